"""The helpdesk's list of what waits."""

import pytest

from tests.api.escalation.answering import resolve
from tests.house import House
from tests.town import Town, pages, wondering
from tests.workflows.company import parting as parting

TOWN = Town("kathmandu")


async def test_the_list_is_narrowed_by_every_filter_and_read_page_by_page(house: House) -> None:
    tickets = [(await TOWN.opened(house, 44))[0] for _ in range(3)]
    ids = [await wondering(house, ticket) for ticket in tickets]
    everything = await pages(house, "helpdesk", "/escalations?zone=kathmandu")
    order = [(row["opened_at"], row["id"]) for row in everything]
    assert order == sorted(order)
    assert [row["id"] for row in everything if row["id"] in ids] == ids
    await house.expect("helpdesk:usr_pia", "POST", f"/escalations/{ids[0]}/claim", {})
    await resolve(house, everything[[r["id"] for r in everything].index(ids[1])], "told")
    for query, expected in (
        ("state=CLAIMED", {0}),
        ("state=OPEN", {2}),
        ("state=RESOLVED", {1}),
        ("live=true", {0, 2}),
        ("live=false", {1}),
        ("reason=NOTIFICATION_UNDELIVERABLE", {0, 1, 2}),
        ("reason=PARTIAL", set()),
        ("level=1", {0, 1, 2}),
        ("level=3", set()),
        ("claimed_by=usr_pia", {0}),
        (f"ticket_id={tickets[2]}", {2}),
        ("live=true&claimed_by=usr_pia&level=1", {0}),
    ):
        found = await pages(house, "manager", f"/escalations?zone=kathmandu&{query}")
        mine = {ids.index(row["id"]) for row in found if row["id"] in ids}
        assert mine == expected, query
    elsewhere = await pages(house, "helpdesk", "/escalations?zone=chicago", limit=100)
    assert not {row["id"] for row in elsewhere} & set(ids)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("state=SOLVED", 400, "invalid-parameter"),
        ("live=perhaps", 400, "invalid-parameter"),
        ("reason=BOREDOM", 400, "invalid-parameter"),
        ("level=4", 400, "invalid-parameter"),
        ("live=yes", 400, "invalid-parameter"),
        ("live=1", 400, "invalid-parameter"),
        ("zone=atlantis", 422, "zone-unknown"),
        ("ticket_id=tkt_1", 400, "invalid-parameter"),
        ("claimed_by=a b", 400, "invalid-parameter"),
        ("state=OPEN&state=CLAIMED", 400, "invalid-parameter"),
        ("limit=0", 400, "invalid-parameter"),
        ("limit=101", 400, "invalid-parameter"),
        ("cursor=nonsense", 400, "cursor-invalid"),
        ("colour=red", 400, "unknown-parameter"),
    ],
)
async def test_a_filter_that_is_none_is_refused_by_name(
    house: House, query: str, status: int, code: str
) -> None:
    answer = await house.ask("helpdesk", "GET", f"/escalations?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
