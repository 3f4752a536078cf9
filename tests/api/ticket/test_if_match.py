"""Commands that rest on a ticket as somebody read it: `If-Match`."""

import asyncio
import uuid
from typing import Any

import httpx2
import pytest

from tests.house import House, days
from tests.refusals import refused
from tests.town import Town
from tests.workflows.company import rest

TOWN = Town("phoenix")
COMMANDS: dict[str, tuple[str, str, Any]] = {
    "PUT /v1/tickets/{ticket_id}/slots": ("PUT", "slots", {"slots": days(47, 1)}),
    "POST /v1/tickets/{ticket_id}/cancel": ("POST", "cancel", {}),
    "POST /v1/tickets/{ticket_id}/confirm": ("POST", "confirm", {}),
    "POST /v1/tickets/{ticket_id}/reopen": ("POST", "reopen", {"slots": days(47, 1)}),
    "POST /v1/tickets/{ticket_id}/coverage": ("POST", "coverage", {"coverage": "WAIVED"}),
    "POST /v1/tickets/{ticket_id}/visits": (
        "POST",
        "visits",
        {"minutes": 60, "positions": [{"skill": "electrical"}]},
    ),
}


async def etag(house: House, ticket_id: str) -> str:
    """The ETag of a ticket once nothing more happens to it by itself."""
    await rest(house, ticket_id)
    return (await house.ask("helpdesk", "GET", f"/tickets/{ticket_id}")).headers["ETag"]


async def command(
    house: House, ticket_id: str, name: str, if_match: str, **more: str
) -> httpx2.Response:
    method, path, body = COMMANDS[name]
    headers = {"If-Match": if_match, **more}
    return await house.ask("helpdesk", method, f"/tickets/{ticket_id}/{path}", body, **headers)


async def test_every_command_on_a_ticket_says_that_it_takes_an_etag(house: House) -> None:
    for path, methods in house.app.openapi()["paths"].items():
        if not path.startswith("/v1/tickets/{ticket_id}"):
            continue
        for method, operation in methods.items():
            taken = [one["name"] for one in operation.get("parameters", ())]
            assert ("If-Match" in taken) == (method != "get"), (method, path)


async def test_a_command_that_rests_on_an_older_ticket_is_not_carried_out(house: House) -> None:
    ticket_id, _ = await TOWN.opened(house, 46)
    seen = await etag(house, ticket_id)
    await house.expect(TOWN.me, "PUT", f"/tickets/{ticket_id}/slots", {"slots": days(46, 2)})
    before = await etag(house, ticket_id)
    assert before != seen
    for name in (
        "POST /v1/tickets/{ticket_id}/cancel",
        "PUT /v1/tickets/{ticket_id}/slots",
        "POST /v1/tickets/{ticket_id}/visits",
    ):
        problem = refused(await command(house, ticket_id, name, seen), 412, "ticket-changed")
        assert f'"{problem["evidence"]["seq"]}"' == before
    assert await etag(house, ticket_id) == before
    cancelled = await command(house, ticket_id, "POST /v1/tickets/{ticket_id}/cancel", before)
    assert cancelled.status_code == 200, cancelled.text


async def test_a_refused_command_may_be_sent_under_its_key_with_the_present_etag(
    house: House,
) -> None:
    ticket_id, _ = await TOWN.opened(house, 46)
    key, name = str(uuid.uuid4()), "POST /v1/tickets/{ticket_id}/cancel"
    stale = await command(house, ticket_id, name, '"0"', **{"Idempotency-Key": key})
    refused(stale, 412, "ticket-changed")
    present = await etag(house, ticket_id)
    done = await command(house, ticket_id, name, present, **{"Idempotency-Key": key})
    assert done.status_code == 200, done.text
    again = await command(house, ticket_id, name, present, **{"Idempotency-Key": key})
    assert (again.status_code, again.json()) == (200, done.json())


async def test_of_two_who_read_the_same_ticket_one_changes_it(house: House) -> None:
    ticket_id, _ = await TOWN.opened(house, 46)
    seen = await etag(house, ticket_id)
    name = "POST /v1/tickets/{ticket_id}/visits"
    answers = await asyncio.gather(*(command(house, ticket_id, name, seen) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
    await house.expect(TOWN.me, "POST", f"/tickets/{ticket_id}/cancel", {})


async def test_whatever_stands_is_asked_for_by_a_star(house: House) -> None:
    ticket_id, _ = await TOWN.opened(house, 46)
    answer = await command(house, ticket_id, "POST /v1/tickets/{ticket_id}/cancel", "*")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("wrong", ["3", 'W/"3"', '"a"', '"1", "2"', '"' * 300, '"-1"'])
async def test_an_etag_that_is_none_of_ours_is_refused_by_name(
    house: House, name: str, wrong: str
) -> None:
    nobodys = f"tkt_{uuid.uuid4()}"
    problem = refused(await command(house, nobodys, name, wrong), 400, "invalid-parameter", None)
    assert [one["parameter"] for one in problem["errors"]] == ["If-Match"]
