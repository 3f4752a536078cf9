"""Filing twice opens one ticket and gives one answer, whoever repeats it and whenever."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from models.identity import ticket_id
from tests.api.http.asked_twice import REPLAYED, ask, body, new_key, open_visit
from tests.house import REFERENCE, House, days
from tests.issuing import SUBJECTS
from tests.refusals import refused
from tests.until import until

NEIGHBOUR = REFERENCE.customers[1].id


async def tickets_of(house: House, who: str = "customer") -> set[str]:
    found: set[str] = set()
    path = "/tickets?limit=100"
    while True:
        page = await house.expect(who, "GET", path)
        found |= {ticket["id"] for ticket in page["items"]}
        if page["next_cursor"] is None:
            return found
        path = f"/tickets?limit=100&cursor={page['next_cursor']}"


async def test_the_same_request_names_the_same_ticket_and_gets_the_same_answer(
    house: House,
) -> None:
    key, wanted = new_key(), body()
    first = await ask(house, key, "POST", "/tickets", wanted)
    assert (first.status_code, REPLAYED in first.headers) == (201, False)
    for _ in range(3):
        again = await ask(house, key, "POST", "/tickets", wanted)
        assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
        assert again.json() == first.json()
        assert again.headers["Location"] == first.headers["Location"]


async def test_the_same_ticket_answers_when_it_is_cancelled_long_since(house: House) -> None:
    key, wanted = new_key(), body()
    first = await ask(house, key, "POST", "/tickets", wanted)
    await house.expect("customer", "POST", f"/tickets/{first.json()['id']}/cancel", {})
    await house.until(first.json()["id"], "CANCELLED")
    again = await ask(house, key, "POST", "/tickets", wanted)
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert again.json() == first.json()
    assert (await house.ticket(first.json()["id"]))["status"] == "CANCELLED"


async def test_a_ticket_whose_slot_has_come_meanwhile_still_answers(house: House) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    slots = [{"start": soon.isoformat(), "end": (soon + timedelta(hours=8)).isoformat()}]
    key, wanted = new_key(), body(slots=slots)
    first = await ask(house, key, "POST", "/tickets", wanted)
    assert first.status_code == 201
    await until(lambda: datetime.now(UTC) > soon, "the slot")
    again = await ask(house, key, "POST", "/tickets", wanted)
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert again.json() == first.json()
    another = await ask(house, new_key(), "POST", "/tickets", wanted)
    refused(another, 422, "slot-in-the-past", "/slots/0/start")


async def test_another_body_under_the_same_key_is_refused_and_changes_nothing(
    house: House,
) -> None:
    key = new_key()
    first = await ask(house, key, "POST", "/tickets", body())
    for other in (body(description="It burns."), body(slots=days(33, 1)), body(channel="app")):
        refused(await ask(house, key, "POST", "/tickets", other), 422, "idempotency-key-reused")
    ticket = await house.until(first.json()["id"], "MATCHING")
    assert (ticket["description"], ticket["channel"]) == ("It hums.", "web")


async def test_twenty_at_once_open_one_ticket(house: House) -> None:
    key, wanted, before = new_key(), body(), await tickets_of(house)
    answers = await asyncio.gather(
        *(ask(house, key, "POST", "/tickets", wanted) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sorted(REPLAYED in answer.headers for answer in answers) == [False] + [True] * 19
    filed = answers[0].json()["id"]
    await house.until(filed, "MATCHING")
    assert await tickets_of(house) - before == {filed}


async def test_twenty_at_once_with_different_bodies_open_one_ticket_and_the_others_hear_of_it(
    house: House,
) -> None:
    key = new_key()
    answers = await asyncio.gather(
        *(
            ask(house, key, "POST", "/tickets", body(description=f"It hums {n} times."))
            for n in range(20)
        )
    )
    taken = [answer for answer in answers if answer.is_success]
    assert len(taken) == 1
    for answer in answers:
        if answer is not taken[0]:
            refused(answer, 422, "idempotency-key-reused")


async def test_without_a_key_nothing_is_created(house: House) -> None:
    filed, visit = await open_visit(house, days(34, 1))
    for who, path, sent in (
        ("customer", "/tickets", body()),
        ("expert", f"/visits/{visit}/proposals", {"windows": days(34, 1)}),
        ("customer", f"/tickets/{filed}/reopen", {"slots": days(34, 1)}),
    ):
        headers = house.headers(who)
        del headers["Idempotency-Key"]
        answer = await house.http.post(f"/v1{path}", json=sent, headers=headers)
        refused(answer, 400, "idempotency-key-missing")


@pytest.mark.parametrize("key", ["", "a b", "é" * 3, "k" * 256, "k" * 20_000])
async def test_a_key_that_cannot_be_one_is_refused(house: House, key: str) -> None:
    headers = {**house.headers("customer"), "Idempotency-Key": ""}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    raw = [(n, key.encode("latin-1") if n == b"Idempotency-Key" else v) for n, v in raw]
    answer = await house.http.post("/v1/tickets", json=body(), headers=raw)
    assert refused_parameter(answer) == "Idempotency-Key"


def refused_parameter(answer: httpx2.Response) -> str:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid-parameter"), answer.text
    [error] = problem["errors"]
    parameter: str = error["parameter"]
    return parameter


async def test_the_longest_key_and_the_oddest_are_good_keys(house: House) -> None:
    for key in ("k" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "../../../etc/passwd"):
        key += new_key()[: 255 - len(key)] if len(key) < 200 else ""
        first = await ask(house, key, "POST", "/tickets", body())
        again = await ask(house, key, "POST", "/tickets", body())
        assert (first.status_code, again.json()) == (201, first.json())


async def test_two_callers_may_choose_the_same_key(house: House) -> None:
    key, wanted = new_key(), body()
    mine = await ask(house, key, "POST", "/tickets", wanted)
    yours = await ask(house, key, "POST", "/tickets", wanted, f"customer:{NEIGHBOUR}")
    assert (yours.status_code, REPLAYED in yours.headers) == (201, False)
    assert mine.json()["id"] != yours.json()["id"]
    ticket = await house.ticket(yours.json()["id"], f"customer:{NEIGHBOUR}")
    assert ticket["customer_id"] == NEIGHBOUR


async def test_one_caller_may_use_one_key_at_two_addresses(house: House) -> None:
    key = new_key()
    filed = (await ask(house, key, "POST", "/tickets", body())).json()["id"]
    other = await house.file()
    for ticket in (filed, other):
        given_up = await ask(house, key, "POST", f"/tickets/{ticket}/cancel", {})
        assert (given_up.status_code, REPLAYED in given_up.headers) == (200, False)


async def test_an_id_is_told_before_any_answer_comes(house: House) -> None:
    key = new_key()
    filed = (await ask(house, key, "POST", "/tickets", body())).json()["id"]
    assert filed == ticket_id(SUBJECTS["customer"], key)
