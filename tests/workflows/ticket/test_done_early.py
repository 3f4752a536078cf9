"""Who is done before the planned end has the rest of the time for others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.house import House
from tests.workflows.company import assignments, bare, hire, rest, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import policy
from tests.workflows.sending import in_order

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


async def given_away(house: House, how: str, **said: Any) -> tuple[str, str, str, str, Any]:
    """Two tickets with their visits at the same time: the first's expert said that they were done
    before it began, and was given to the second, too; who that is and what they said."""
    expert = hire(house, "refrigeration")
    first, visit = await urgent(house, soon(NOW, 3))
    await house.propose(visit, expert, [soon(NOW, 3)])
    planned = (await house.until(first, "SCHEDULED"))["visits"][0]
    start, end = planned["start"], planned["end"]
    second, other = await urgent(house, {"start": start, "end": end})
    await house.propose(other, expert, [{"start": start, "end": end}])
    assert (await house.ticket(second))["status"] == "MATCHING"
    told = {"client_event_id": f"done-{visit}", **said}
    await house.report(visit, how, expert, **told)
    settled = (await house.until(second, "SCHEDULED"))["visits"][0]
    assert settled["assignments"][0]["expert_id"] == bare(expert)
    assert settled["start"] == start
    return first, visit, second, other, expert


@pytest.mark.parametrize(
    ("how", "said"),
    [("completed", {}), ("incomplete", {"reason": "OUT_OF_TIME", "follow_up": False})],
)
async def test_a_visit_that_waits_for_them_is_settled_in_the_time_that_is_left(
    house: House, how: str, said: Any
) -> None:
    await given_away(house, how, **said)


@pytest.fixture
async def patience(house: House) -> AsyncIterator[None]:
    """What is reported may be taken back."""
    async with policy(house, "correction_window", "PT10M", "PT0S", "urgent"):
        yield


@pytest.mark.usefixtures("patience")
async def test_who_was_not_done_after_all_goes_on_though_their_time_was_given_away(
    house: House,
) -> None:
    """Their reservation stays as short as it was; the ticket goes on, and a person is to see it."""
    first, visit, second, other, expert = await given_away(house, "completed")
    before = [a["blocked"] for a in assignments(house, second)]
    said = {"corrects": f"done-{visit}", "occurred_at": datetime.now(UTC).isoformat()}
    body = {"client_event_id": f"sorry-{visit}", **said}
    answer = await house.expect(expert, "POST", f"/visits/{visit}/events", body)
    assert (answer["effect"], answer["state"]) == ("applied", "SCHEDULED")
    await house.report(visit, "on_site", expert)
    seen = await rest(house, first)
    assert (seen["status"], seen["attention"]) == ("IN_PROGRESS", ["time_taken"])
    assert "time_taken" not in (await house.ticket(first, "customer"))["attention"]
    [row] = assignments(house, first)
    assert (row["done_at"], row["blocked"].isempty) == (None, True)
    assert [a["blocked"] for a in assignments(house, second)] == before
    assert in_order(house.database)
    more = await house.report(visit, "need_more_time", expert, minutes=15)
    assert more["effect"] == "applied", "what is free afterwards is theirs"
    assert in_order(house.database)
    await house.report(other, "completed", expert)
    await rest(house, second)
    assert (await house.ticket(first))["attention"] == []
