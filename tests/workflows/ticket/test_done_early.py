"""Who is done before the planned end has the rest of the time for others."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import House
from tests.workflows.company import assignments, bare, hire, waiting
from tests.workflows.company import parting as parting

NOW = 0.01


def soon(first: float, last: float) -> dict[str, str]:
    """From so many hours from now to so many."""
    start, end = (datetime.now(UTC) + timedelta(hours=h) for h in (first, last))
    return {"start": start.isoformat(), "end": end.isoformat()}


async def urgent(house: House, *slots: Any) -> tuple[str, str]:
    return await waiting(house, *slots, urgency="urgent", accept_fee=True)


async def ahead_of(house: House, expert: str) -> list[Any]:
    """The assignments of an expert's calendar, from now on."""
    found = await house.expect(expert, "GET", "/experts/me/calendar")
    booked: list[Any] = found["assignments"]
    return booked


async def test_a_calendar_ends_an_assignment_when_its_expert_was_done(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await urgent(house, soon(NOW, 6))
    await house.propose(visit, expert, [soon(NOW, 6)])
    ticket = await house.until(ticket_id, "SCHEDULED")
    [planned] = ticket["visits"]
    assert len(await ahead_of(house, expert)) == 1
    await house.report(visit, "completed", expert)
    await house.until(ticket_id, "COMPLETED")
    assert await ahead_of(house, expert) == []
    [row] = assignments(house, ticket_id)
    assert row["end_at"] == datetime.fromisoformat(planned["end"])
    assert row["done_at"] < row["end_at"]


async def test_a_visit_that_waits_for_them_is_settled_in_the_time_that_is_left(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    first, visit = await urgent(house, soon(NOW, 3))
    await house.propose(visit, expert, [soon(NOW, 3)])
    planned = (await house.until(first, "SCHEDULED"))["visits"][0]
    start, end = planned["start"], planned["end"]
    second, other = await urgent(house, {"start": start, "end": end})
    await house.propose(other, expert, [{"start": start, "end": end}])
    assert (await house.ticket(second))["status"] == "MATCHING"
    await house.report(visit, "completed", expert)
    settled = (await house.until(second, "SCHEDULED"))["visits"][0]
    assert settled["assignments"][0]["expert_id"] == bare(expert)
    assert settled["start"] == start
