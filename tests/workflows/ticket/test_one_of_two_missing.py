"""Two are booked for one visit, and one of them never comes: over the whole house."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.house import House
from tests.workflows.company import (
    add,
    assignments,
    at,
    bare,
    between,
    hire,
    open_list,
    rest,
    rows,
    told,
    waiting,
)
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide
from tests.workflows.escalation.questions import briefed
from tests.workflows.sending import in_order

pytestmark = pytest.mark.usefixtures("parting")


async def joint(house: House, day: int = 2) -> tuple[str, str, str, str]:
    """A ticket whose second visit is of two people, its first being done; that visit; the two."""
    anna, ben, cat = (hire(house, skill) for skill in ("electrical", "plumbing", "refrigeration"))
    ticket_id, first = await waiting(house, between(8, 20, day))
    visit = await add(house, ticket_id, "electrical", "plumbing")
    for who, where in ((cat, first), (anna, visit), (ben, visit)):
        await house.propose(where, who, [between(8, 20, day)])
    await house.until(ticket_id, "SCHEDULED")
    for kind in ("started", "completed"):
        await house.report(first, kind, cat)
    return ticket_id, visit, anna, ben


def of_visit(house: House, ticket_id: str, visit: str) -> dict[str, str]:
    found = assignments(house, ticket_id)
    return {a["expert_id"]: a["state"] for a in found if a["visit_id"] == visit}


async def test_whoever_cannot_come_to_work_that_was_begun_without_them_is_not_paid(
    house: House,
) -> None:
    ticket_id, visit, anna, ben = await joint(house)
    await house.report(visit, "start_partial", ben, reason="Anna is late.")
    await house.report(visit, "cannot_arrive", anna, reason="VEHICLE")
    await house.report(visit, "completed", ben)
    await house.until(ticket_id, "COMPLETED")

    async def billed() -> Any:
        return rows(house, "select lines from invoices where ticket_id = %s", ticket_id)

    await house.soon(billed, "the bill")
    paid = rows(
        house,
        "select e.expert_id from earnings e join assignments a on a.id = e.assignment_id"
        " where a.visit_id = %s",
        visit,
    )
    assert paid == [{"expert_id": bare(ben)}]


async def test_who_is_missing_is_asked_about_and_let_go_when_the_others_are_done(
    house: House,
) -> None:
    ticket_id, visit, anna, ben = await joint(house)
    await house.report(visit, "acknowledged", ben)
    await house.report(visit, "on_site", anna)
    late = at(8.25, 2) - datetime.now(UTC) + timedelta(seconds=1)
    await house.later(ticket_id, late)
    await briefed(house, ticket_id, "LATE_START", 2)
    assert await told(house, ticket_id, "visit.running_late") == []
    await house.later(ticket_id, timedelta(hours=2))
    asked = await briefed(house, ticket_id, "OVERRUN", 2)
    await decide(asked, ANA, "2_it_is_done")
    assert (await asked.result())["action"] == "it_is_done"
    seen = await rest(house, ticket_id)
    assert seen["visits"][1]["state"] == "COMPLETED"
    assert of_visit(house, ticket_id, visit) == {bare(anna): "DONE", bare(ben): "RELEASED"}
    assert await told(house, ticket_id, "assignment.cancelled") == [bare(ben)]
    done = [e for e in await house.timeline(ticket_id) if e["type"] == "visit.completed"]
    assert [e["data"]["expert_id"] for e in done if e["data"]["visit_id"] == visit] == [bare(anna)]
    assert in_order(house.database)
    # Of one who was let go before anybody was there, a place would be empty.
    moved = "update visits set start_at = start_at + %s::interval where id = %s returning id"
    rows(house, moved, "1 year", visit)
    with pytest.raises(AssertionError):
        in_order(house.database)
    rows(house, moved, "-1 year", visit)


async def test_of_the_follow_up_only_they_hear_first_who_were_there(house: House) -> None:
    ticket_id, visit, anna, ben = await joint(house)
    await house.report(visit, "start_partial", anna, reason="Ben is late.")
    await house.report(visit, "incomplete", anna, reason="NEEDS_PARTS")
    follow_up = (await rest(house, ticket_id))["visits"][2]["id"]
    assert await told(house, ticket_id, "visit.open_first") == [bare(anna)]
    assert follow_up in await open_list(house, anna)
    assert follow_up not in await open_list(house, ben)
