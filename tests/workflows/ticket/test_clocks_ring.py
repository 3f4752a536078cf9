"""The clocks of a service level ring by themselves; a breach is asked about once, and mended."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.api.escalation.answering import resolve
from tests.house import House, days
from tests.workflows.asking import UNINSURED
from tests.workflows.company import hire, told
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    buttons,
    decide,
    details,
    open_question,
    policy,
    shown,
)

pytestmark = pytest.mark.long


SHARP = timedelta(seconds=2)
WAS = {
    "sla_schedule": "PT2H",
    "sla_onsite": "PT8H",
    "sla_asks": "breach",
    "pending_timeout": "PT2H",
    "evidence_grace": "P1D",
}
"""What urgent tickets are promised; their clocks run day and night."""


@pytest_asyncio.fixture(autouse=True)
async def hurry(house: House) -> AsyncIterator[None]:
    """Urgent tickets are to be settled in two seconds."""
    async with short(house, sla_schedule="PT2S"):
        yield


@asynccontextmanager
async def short(house: House, **policies: str) -> AsyncIterator[None]:
    """Policies of urgent tickets, for a while."""
    async with AsyncExitStack() as changed:
        for name, value in policies.items():
            await changed.enter_async_context(policy(house, name, value, WAS[name], "urgent"))
        yield


async def urgent(house: House, who: str = "customer", **body: Any) -> str:
    return await house.file(who, urgency="urgent", accept_fee=True, **body)


async def written(house: House, ticket_id: str, kind: str, clock: str = "schedule") -> Any:
    """The event of a clock, as soon as it is in the timeline."""

    async def found() -> Any:
        entries = await house.timeline(ticket_id)
        return [e for e in entries if e["type"] == kind and e["data"]["clock"] == clock]

    [event] = await house.soon(found, f"{kind} of {clock}")
    return event


def moments(event: Any) -> tuple[datetime, datetime]:
    """When it was, and when that was written down."""
    return (
        datetime.fromisoformat(event["occurred_at"]),
        datetime.fromisoformat(event["recorded_at"]),
    )


async def sla(house: House, ticket_id: str, clock: str = "schedule") -> Any:
    """A clock as the ticket shows it, and whether all that is breached is provisional."""
    seen = (await house.ticket(ticket_id))["sla"]
    [found] = [c for c in seen["clocks"] if c["name"] == clock]
    return {**found, "overall": seen["state"], "all_provisional": seen["provisional"]}


async def booked_soon(house: House) -> tuple[str, str, str]:
    """An urgent ticket whose customer is at home in a moment, its visit, and who comes to it."""
    now = datetime.now(UTC)
    home = {
        "start": (now + timedelta(seconds=1)).isoformat(),
        "end": (now + timedelta(hours=6)).isoformat(),
    }
    ticket_id = await urgent(house, slots=[home])
    visit: str = (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]
    expert = hire(house, "refrigeration")
    await house.propose(visit, expert, [home])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, visit, expert


async def test_three_quarters_and_the_end_are_written_down_when_they_come(house: House) -> None:
    ticket_id = await urgent(house)
    opened = datetime.fromisoformat((await house.until(ticket_id, "MATCHING"))["opened_at"])
    timers = (await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/timers"))["timers"]
    assert {"sla_at_risk", "sla_breached"} <= {t["name"] for t in timers}
    risk = await written(house, ticket_id, "sla.at_risk")
    breach = await written(house, ticket_id, "sla.breached")
    for event, seconds in ((risk, 1.5), (breach, 2)):
        occurred, recorded = moments(event)
        assert occurred == opened + timedelta(seconds=seconds)
        assert timedelta(0) <= recorded - occurred < SHARP
        assert datetime.fromisoformat(event["data"]["due"]) == opened + timedelta(seconds=2)
    seen = await sla(house, ticket_id)
    assert (seen["state"], seen["provisional"], seen["all_provisional"]) == ("BREACHED", True, True)
    final = datetime.fromisoformat(seen["final_at"])
    assert final == opened + timedelta(days=1, seconds=2)


async def test_a_breach_is_decided_in_the_temporal_ui_and_the_customer_is_told(
    house: House,
) -> None:
    ticket_id = await urgent(house)
    asked = await open_question(house, ticket_id, "SLA_BREACHED", "schedule")
    assert asked.id.endswith(".SLA_BREACHED.schedule")
    page = await details(asked)
    assert "is not settled, and should have been by" in page
    names = ["1_tell_delay", "2_note_delay", "3_extend_wait", "4_cancel"]
    assert [name for name in await buttons(asked) if name in names] == names
    await decide(asked, ANA, "1_tell_delay")
    assert (await asked.result())["action"] == "tell_delay"
    customer = (await house.ticket(ticket_id))["customer_id"]
    assert await told(house, ticket_id, "ticket.delayed") == [customer]
    await house.later(ticket_id, timedelta(hours=1))
    assert len(await shown(house, ticket_id)) == 1


async def test_who_takes_note_over_http_is_asked_no_more(house: House) -> None:
    ticket_id = await urgent(house)
    await open_question(house, ticket_id, "SLA_BREACHED", "schedule")
    [row] = await shown(house, ticket_id)
    closed = await resolve(house, row, "note_delay", note="Seen.")
    assert (closed["state"], closed["action"]) == ("RESOLVED", "note_delay")
    assert "delay.noted" in {e["type"] for e in await house.timeline(ticket_id)}


async def test_what_is_settled_at_last_ends_the_question_by_itself(house: House) -> None:
    ticket_id = await urgent(house, slots=days(30, 2))
    asked = await open_question(house, ticket_id, "SLA_BREACHED", "schedule")
    visit = (await house.ticket(ticket_id))["visits"][0]["id"]
    await house.propose(visit, hire(house, "refrigeration"), days(30, 2))
    await house.until(ticket_id, "SCHEDULED")
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    [row] = await shown(house, ticket_id)
    assert row["because"] is None


async def test_where_it_is_asked_already_who_pays_nobody_is_asked_about_the_clock(
    house: House,
) -> None:
    ticket_id = await urgent(house, UNINSURED)
    await open_question(house, ticket_id, "NOT_COVERED")
    await written(house, ticket_id, "sla.breached")
    await house.later(ticket_id, timedelta(hours=1))
    assert [row["reason"] for row in await shown(house, ticket_id)] == ["NOT_COVERED"]


async def test_who_decided_to_wait_is_asked_all_the_same_when_the_clock_runs_out(
    house: House,
) -> None:
    async with short(house, sla_schedule="PT1H", pending_timeout="PT1S"):
        ticket_id = await urgent(house)
        asked = await open_question(house, ticket_id, "NO_PROPOSALS")
    await decide(asked, ANA, "3_extend_wait", 48)
    assert (await asked.result())["action"] == "extend_wait"
    assert await house.later(ticket_id, timedelta(hours=1, minutes=1))
    await open_question(house, ticket_id, "SLA_BREACHED", "schedule")
    reasons = [(row["reason"], row["state"]) for row in await shown(house, ticket_id)]
    assert sorted(reasons) == [("NO_PROPOSALS", "RESOLVED"), ("SLA_BREACHED", "OPEN")]


@pytest.mark.parametrize(("asks", "reasons"), [("nobody", []), ("risk", ["SLA_AT_RISK"])])
async def test_the_policy_says_whether_somebody_is_asked(
    house: House, asks: str, reasons: list[str]
) -> None:
    async with short(house, sla_asks=asks):
        ticket_id = await urgent(house)
        await house.until(ticket_id, "MATCHING")
    await written(house, ticket_id, "sla.breached")
    if reasons:
        await open_question(house, ticket_id, "SLA_BREACHED", "schedule")
        reasons = [*reasons, "SLA_BREACHED"]
    assert [row["reason"] for row in await shown(house, ticket_id)] == reasons


async def test_a_report_that_comes_late_of_what_was_in_time_mends_the_breach(house: House) -> None:
    async with short(house, sla_onsite="PT6S"):
        ticket_id, visit, expert = await booked_soon(house)
    in_time = datetime.now(UTC).isoformat()
    asked = await open_question(house, ticket_id, "SLA_BREACHED", "onsite")
    seen = await sla(house, ticket_id, "onsite")
    assert (seen["state"], seen["provisional"], seen["overall"]) == ("BREACHED", True, "BREACHED")
    await house.report(visit, "on_site", expert, occurred_at=in_time)
    restated = await written(house, ticket_id, "sla.restated", "onsite")
    assert restated["data"] == {"clock": "onsite", "round": 1, "cause": "late_evidence"}
    assert datetime.fromisoformat(restated["occurred_at"]) == datetime.fromisoformat(in_time)
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    assert "A report came late" in await details(asked)
    [row] = [r for r in await shown(house, ticket_id) if r["workflow_id"] == asked.id]
    assert (row["state"], row["because"]) == ("AUTO_RESOLVED", "late_evidence")
    seen = await sla(house, ticket_id, "onsite")
    assert (seen["state"], seen["restated"], seen["provisional"]) == ("MET", True, False)


async def test_one_that_comes_when_the_verdict_is_final_changes_nothing(house: House) -> None:
    async with short(house, sla_onsite="PT6S", evidence_grace="PT1S"):
        ticket_id, visit, expert = await booked_soon(house)
    in_time = datetime.now(UTC).isoformat()
    breached = await written(house, ticket_id, "sla.breached", "onsite")

    async def final() -> bool:
        return not (await sla(house, ticket_id, "onsite"))["provisional"]

    await house.soon(final, "a final verdict")
    await house.report(visit, "on_site", expert, occurred_at=in_time)
    seen = await sla(house, ticket_id, "onsite")
    assert (seen["state"], seen["judged_at"]) == ("BREACHED", breached["occurred_at"])
    kinds = {e["type"] for e in await house.timeline(ticket_id)}
    assert "sla.restated" not in kinds


async def done_and_confirmed(house: House) -> tuple[str, str, str, str]:
    """A ticket whose expert was there in time, said so when it was done, and whose customer closed
    it at once; its visit, the expert, and when they were there."""
    async with short(house, sla_onsite="PT6S"):
        ticket_id, visit, expert = await booked_soon(house)
    in_time = datetime.now(UTC).isoformat()
    await written(house, ticket_id, "sla.breached", "onsite")
    await house.report(visit, "completed", expert)
    await house.until(ticket_id, "COMPLETED")
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/confirm", {})
    await house.until(ticket_id, "CLOSED")
    return ticket_id, visit, expert, in_time


async def test_a_report_that_comes_after_the_customer_confirmed_mends_the_breach(
    house: House,
) -> None:
    ticket_id, visit, expert, in_time = await done_and_confirmed(house)
    assert await house.later(ticket_id, timedelta(hours=23))
    timers = (await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/timers"))["timers"]
    assert [t["name"] for t in timers] == ["evidence_grace"]
    seen = await sla(house, ticket_id, "onsite")
    assert (seen["state"], seen["provisional"]) == ("BREACHED", True)
    answer = await house.report(visit, "on_site", expert, occurred_at=in_time)
    assert answer["effect"] == "applied"
    await written(house, ticket_id, "sla.restated", "onsite")
    seen = await sla(house, ticket_id, "onsite")
    assert (seen["state"], seen["restated"]) == ("MET", True)
    # Nothing else of it can be mended: it ends at once.
    assert (await house.workflow(ticket_id).result())["status"] == "CLOSED"


async def test_a_ticket_that_nothing_mends_ends_with_the_grace_of_its_breach(house: House) -> None:
    ticket_id, visit, expert, in_time = await done_and_confirmed(house)
    assert not await house.later(ticket_id, timedelta(days=1, hours=1))
    assert (await house.workflow(ticket_id).result())["status"] == "CLOSED"
    answer = await house.report(visit, "on_site", expert, occurred_at=in_time)
    assert answer["effect"] == "recorded_only"
    assert (await sla(house, ticket_id, "onsite"))["state"] == "BREACHED"
    assert "sla.restated" not in {e["type"] for e in await house.timeline(ticket_id)}
