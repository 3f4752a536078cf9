"""A visit that is given up leaves the customer's calendar, whatever happened to it at once before:
over HTTP, with a relay that tells at once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from icalendar import Calendar

from tests.house import House
from tests.workflows.company import (
    DAY,
    add,
    bare,
    between,
    hire,
    times,
    waiting,
    welcome,
)
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.escalation.escalating import matched_anew
from tests.workflows.ticket.test_told_what_is_different import heard, settled

pytestmark = pytest.mark.long


BERLIN = (52.5, 13.42)
Released = Callable[[House, str, str, str], Awaitable[Any]]


def entries(house: House, told: list[Any], template: str) -> dict[str, tuple[str, int, Any]]:
    """What lies beside the letter of a template: of each visit, by its id, what is to become of its
    entry, as which version, and when it was to be."""
    [letter] = [n["id"] for n in told if n["template"] == template and n["state"] == "SENT"]
    files = [
        Calendar.from_ical(path.read_bytes())
        for path in (house.outbox / "email").glob(f"{letter}-*.ics")
    ]
    return {
        str(event["UID"]): (str(file["METHOD"]), int(event["SEQUENCE"]), event["DTSTART"].dt)
        for file in files
        for event in file.walk("VEVENT")
    }


async def booked(house: House) -> tuple[str, str, str, str, str]:
    """A ticket whose customer was told of its visit by mail; who they and its expert are, the
    visit, and the offer that won it."""
    expert, customer = hire(house, "refrigeration"), welcome(house, *BERLIN)
    ticket_id, visit = await waiting(house, between(8, 12), who=customer)
    offer = await house.propose(visit, expert, [between(8, 12)])
    await house.until(ticket_id, "SCHEDULED")
    await settled(house, ticket_id)
    return ticket_id, customer, expert, visit, offer["id"]


@pytest.mark.parametrize("released_by", ["another day", "the expert", "nobody"])
async def test_what_was_told_is_struck_out_when_the_ticket_is_given_up_at_once(
    house: House, released_by: str
) -> None:
    ticket_id, customer, expert, visit, offer = await booked(house)
    if released_by == "another day":
        await times(house, ticket_id, between(8, 20, DAY + 5), who=customer)
    elif released_by == "the expert":
        await house.expect(expert, "DELETE", f"/proposals/{offer}")
    await house.expect(customer, "POST", f"/tickets/{ticket_id}/cancel", {})
    told = await settled(house, ticket_id)
    assert heard(told, bare(customer)) == ["ticket.received", "visit.scheduled", "ticket.cancelled"]
    assert_struck_out(house, told, visit, "visit.scheduled", "ticket.cancelled")


@pytest.mark.parametrize("released_by", ["the expert", "the helpdesk"])
async def test_a_visit_to_which_nobody_comes_any_more_leaves_the_customers_calendar(
    house: House, released_by: str
) -> None:
    ticket_id, customer, expert, visit, offer = await booked(house)
    if released_by == "the expert":
        await house.expect(expert, "DELETE", f"/proposals/{offer}")
    else:
        await house.expect("admin", "PATCH", f"/experts/{bare(expert)}", {"status": "SUSPENDED"})
    await matched_anew(house, ticket_id)
    told = await settled(house, ticket_id)
    assert heard(told, bare(customer)) == ["ticket.received", "visit.scheduled", "visit.cancelled"]
    assert_struck_out(house, told, visit, "visit.scheduled", "visit.cancelled")


def assert_struck_out(
    house: House, told: list[Any], visit: str, entered_by: str, left_by: str
) -> None:
    """Whoever was told of a visit by one letter was told by another that it is off: as of when it
    was to be, and by a later version."""
    [before] = entries(house, told, entered_by).items()
    [after] = entries(house, told, left_by).items()
    (uid, (entered, told_as, start)), (struck, (left, now, of)) = before, after
    assert (uid, struck) == (visit, visit)
    assert (entered, left) == ("PUBLISH", "CANCEL")
    assert now > told_as
    assert of == start


async def test_both_visits_are_struck_out_though_one_was_released_before(house: House) -> None:
    customer = welcome(house, *BERLIN)
    ann, ben = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, first = await waiting(house, who=customer)
    second = await add(house, ticket_id, "refrigeration")
    posted = {}
    for visit, expert in ((first, ann), (second, ben)):
        posted[visit] = await house.propose(visit, expert, [between(8, 20)])
    await times(house, ticket_id, between(8, 20), who=customer)
    await house.until(ticket_id, "SCHEDULED")
    await settled(house, ticket_id)
    await house.expect(ben, "DELETE", f"/proposals/{posted[second]['id']}")
    await house.expect(customer, "POST", f"/tickets/{ticket_id}/cancel", {})
    told = await settled(house, ticket_id)
    struck = entries(house, told, "ticket.cancelled")
    assert {uid: method for uid, (method, _, _) in struck.items()} == {
        first: "CANCEL",
        second: "CANCEL",
    }
