"""Every list takes `limit` and `cursor`, and takes them alike."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest_asyncio

from api.http.policy import policies
from tests.house import House, days
from tests.refusals import refused
from tests.town import Town, wondering

TOWN = Town("london")
FIRST_DAY = 44
REFUSED = (
    ("limit=0", "invalid-parameter", "limit"),
    ("limit=101", "invalid-parameter", "limit"),
    ("limit=many", "invalid-parameter", "limit"),
    ("limit=1&limit=2", "invalid-parameter", "limit"),
    ("cursor=a&cursor=b", "invalid-parameter", "cursor"),
    ("cursor=" + "a" * 401, "invalid-parameter", "cursor"),
    ("cursor=nowhere", "cursor-invalid", None),
)
OF_ONE_EXPERT = {"/v1/visits/{visit_id}/reports"}
"""What a visit with a crew of one has one of."""


def lists(house: House) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every route that answers a page, as the description tells it."""
    for path, methods in house.app.openapi()["paths"].items():
        for media in methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {}):
            answer = methods["get"]["responses"]["200"]["content"][media].get("schema", {})
            if "/Page_" in answer.get("$ref", ""):
                yield path, methods["get"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(house: House) -> dict[str, str]:
    """A ticket with two rounds of all that is listed of it, and a visit that two experts want."""
    filed, visit = await TOWN.settled(house, FIRST_DAY)
    await reported(house, filed, visit)
    again = days(FIRST_DAY + 1, 1)
    await house.expect(TOWN.me, "POST", f"/tickets/{filed}/reopen", {"slots": again})
    visit = (await house.until(filed, "MATCHING"))["visits"][-1]["id"]
    await house.propose(visit, TOWN.expert, again)
    await house.until(filed, "SCHEDULED")
    await reported(house, filed, visit)

    async def billed() -> bool:
        bills = await house.expect(TOWN.me, "GET", f"/tickets/{filed}/invoices")
        return len(bills["items"]) == 2

    await house.soon(billed, "the second bill")
    open_tickets = [await TOWN.opened(house, FIRST_DAY + 2) for _ in range(2)]
    for expert in TOWN.skilled[:2]:
        other_times = days(FIRST_DAY + 3, 1)
        await house.propose(open_tickets[0][1], f"expert:{expert.id}", other_times)
    for opened, _ in open_tickets:
        await wondering(house, opened)
    for title in ("Fetch a relay", "Bring it back"):
        await today(house, title)
    key = f"integration.{open_tickets[0][1]}"
    for on in (False, True):
        switch = {"on": on, "reason": "It is listed."}
        await house.expect("admin", "PUT", f"/flags/{key}", switch, **{"If-Match": "*"})
    expert_id = TOWN.expert.partition(":")[2]
    return {
        "ticket_id": filed,
        "visit_id": open_tickets[0][1],
        "done_visit_id": visit,
        "expert_id": expert_id,
        "key": key,
    }


async def reported(house: House, ticket_id: str, visit_id: str) -> None:
    """The work of a visit is done, with a note for others and two photos to come."""
    for kind in ("en_route", "started"):
        await house.report(visit_id, kind, TOWN.expert)
    photos = [{"mime": "image/png", "bytes": 1, "sha256": digit * 64} for digit in "01"]
    report = {"notes": "Done.", "kb_note": "The relay.", "photos": photos}
    await house.report(visit_id, "completed", TOWN.expert, report=report)
    await house.until(ticket_id, "COMPLETED")


async def today(house: House, title: str) -> None:
    """The expert has one more errand today, and reads their route with it."""
    day = (await house.expect(TOWN.expert, "GET", "/experts/me/day"))["date"]
    errand = {"title": title, "date": day, "minutes": 15, "lat": 51.5, "lng": -0.1}
    await house.expect(TOWN.expert, "POST", "/experts/me/stops", errand)
    await house.expect(TOWN.expert, "GET", "/experts/me/route")


async def listed(
    house: House, path: str, ids: Mapping[str, str], query: str = ""
) -> httpx2.Response:
    """A list of the house's as somebody reads it who may."""
    if path.endswith(("/files", "/reports")):
        ids = {**ids, "visit_id": ids["done_visit_id"]}
    at = path.removeprefix("/v1").format(**ids)
    if path == "/v1/notifications":
        query = f"ticket_id={ids['ticket_id']}&{query}"
    policy = policies(house.app)[f"GET {path}"]
    assert policy is not None
    who = "helpdesk" if policy.public or "helpdesk" in policy.roles else TOWN.expert
    return await house.ask(who, "GET", f"{at}?{query}")


async def read(house: House, path: str, ids: Mapping[str, str], query: str) -> Any:
    answer = await listed(house, path, ids, query)
    assert answer.status_code == 200, (path, query, answer.text)
    return answer.json()


NAMES = ("id", "code", "assignment_id", "key", "version", "updated_at")


def names(page: Any) -> list[str]:
    """What rows of a page are called."""
    return [next(row[name] for name in NAMES if name in row) for row in page["items"]]


async def test_every_list_says_that_it_comes_in_pages(house: House) -> None:
    described = dict(lists(house))
    assert len(described) >= 14
    for path, operation in described.items():
        told = {one["name"]: one for one in operation["parameters"] if one["in"] == "query"}
        assert {"limit", "cursor"} <= told.keys(), path
        limit = told["limit"]["schema"]
        assert (limit["minimum"], limit["maximum"]) == (1, 100), path


async def test_every_list_can_be_read_row_by_row(house: House, ids: dict[str, str]) -> None:
    for path, _ in lists(house):
        whole = await read(house, path, ids, "limit=2")
        assert len(whole["items"]) == (1 if path in OF_ONE_EXPERT else 2), path
        if path in OF_ONE_EXPERT:
            continue
        first = await read(house, path, ids, "limit=1")
        assert names(first) == names(whole)[:1], path
        second = await read(house, path, ids, f"limit=1&cursor={first['next_cursor']}")
        assert names(second) == names(whole)[1:], path
        assert second["next_cursor"] == whole["next_cursor"], path


async def test_the_last_page_of_a_list_says_so(house: House, ids: dict[str, str]) -> None:
    for path in ("/v1/tickets/{ticket_id}/invoices", "/v1/tickets/{ticket_id}/groups", "/v1/plans"):
        whole = await read(house, path, ids, "")
        assert whole["next_cursor"] is None
        count = len(whole["items"])
        assert (await read(house, path, ids, f"limit={count}"))["next_cursor"] is None
        assert (await read(house, path, ids, f"limit={count - 1}"))["next_cursor"] is not None


async def test_no_list_takes_a_page_that_is_none(house: House, ids: dict[str, str]) -> None:
    for path, _ in lists(house):
        for query, code, parameter in REFUSED:
            answer = await listed(house, path, ids, query)
            assert answer.status_code == 400, (path, query, answer.text)
            problem = answer.json()
            assert problem["code"] == code, (path, query)
            assert [one["parameter"] for one in problem["errors"]] == [parameter] * bool(parameter)


async def test_a_cursor_of_one_list_leads_nowhere_in_another(
    house: House, ids: dict[str, str]
) -> None:
    skill = (await read(house, "/v1/skills", ids, "limit=1"))["next_cursor"]
    group = (await read(house, "/v1/tickets/{ticket_id}/groups", ids, "limit=1"))["next_cursor"]
    for path, cursor in (
        ("/v1/tickets/{ticket_id}/invoices", skill),
        ("/v1/notifications", group),
        ("/v1/zones", group),
    ):
        answer = await listed(house, path, ids, f"cursor={cursor}")
        refused(answer, 400, "cursor-invalid")
