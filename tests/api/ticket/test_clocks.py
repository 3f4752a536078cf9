"""A ticket's clocks: what runs, and what was promised."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.house import FRIDGE, REFERENCE, House, days
from tests.town import Town
from tests.workflows.escalation.escalating import policy

TOWN = Town("chicago")


async def test_every_running_clock_is_listed_with_its_due_time(house: House) -> None:
    started = datetime.now(UTC)
    for changes, patience in (
        ({}, timedelta(hours=24)),
        ({"urgency": "urgent", "accept_fee": True}, timedelta(hours=2)),
    ):
        filed, _ = await TOWN.opened(house, **changes)
        running = (await house.expect(TOWN.me, "GET", f"/tickets/{filed}/timers"))["timers"]
        [clock] = [t for t in running if t["name"] == "pending_timeout"]
        assert sorted(t["subject"] for t in running if t is not clock) == sorted(
            f"{filed}:{name}" for name in ("schedule", "onsite", "resolve") for _ in range(2)
        )
        due = datetime.fromisoformat(clock["due_at"])
        assert timedelta(0) <= due - started - patience < timedelta(seconds=30)
    filed, _ = await TOWN.settled(house, 37)
    running = (await house.expect(TOWN.me, "GET", f"/tickets/{filed}/timers"))["timers"]
    names = [clock["name"] for clock in running if not clock["name"].startswith("sla_")]
    assert names == ["ack_timeout", "late_start", "overrun"]
    left = {clock["subject"] for clock in running if clock["name"].startswith("sla_")}
    assert left == {f"{filed}:onsite", f"{filed}:resolve"}


# What was promised.


async def test_a_ticket_shows_by_when_it_is_scheduled_begun_and_done(house: House) -> None:
    async with (
        policy(house, "report_lead", "P60D", "PT12H", "urgent"),
        policy(house, "early_completion", "P60D", "PT4H", "urgent"),
    ):
        filed, visit = await TOWN.opened(house, urgency="urgent", accept_fee=True)
    ticket = await house.ticket(filed, TOWN.me)
    opened = datetime.fromisoformat(ticket["opened_at"])
    home = datetime.fromisoformat(ticket["slots"][0]["start"])
    promised = ticket["sla"]
    schedule_by, onsite_by, resolve_by = (
        datetime.fromisoformat(promised[name])
        for name in ("schedule_by", "onsite_by", "resolve_by")
    )
    assert schedule_by == opened + timedelta(hours=2)
    # Nobody can be with the customer before the first time that they named.
    assert onsite_by == home + timedelta(hours=8)
    assert resolve_by == home + timedelta(hours=24)
    assert promised["state"] == "RUNNING"
    assert _states(ticket) == ["RUNNING", "PAUSED", "PAUSED"]
    await house.propose(visit, TOWN.expert, days(30, 1))
    settled = await house.until(filed, "SCHEDULED")
    assert _states(settled) == ["MET", "PAUSED", "PAUSED"]
    await house.report(visit, "on_site", TOWN.expert)
    assert _states(await house.until(filed, "IN_PROGRESS")) == ["MET", "MET", "PAUSED"]
    for kind in ("started", "completed"):
        await house.report(visit, kind, TOWN.expert)
    assert (await house.until(filed, "COMPLETED"))["sla"]["state"] == "MET"


async def test_a_normal_ticket_counts_the_hours_in_which_its_zone_works(house: House) -> None:
    filed, _ = await TOWN.opened(house)
    ticket = await house.ticket(filed)
    due = datetime.fromisoformat(ticket["sla"]["onsite_by"]).astimezone(ZoneInfo("America/Chicago"))
    # Two working days of nine hours: it ends as its day began, or with a working day.
    assert due.weekday() < 5
    assert time(9) < due.time() <= time(18)
    assert all(clock["business_hours"] for clock in ticket["sla"]["clocks"])


async def test_whoever_owes_us_times_stops_the_clocks(house: House) -> None:
    body = {"description": "It hums.", "model_id": FRIDGE, "slots_later": True}
    filed = (await house.expect(TOWN.me, "POST", "/tickets", body))["id"]
    waiting = (await house.until(filed, "MATCHING"))["sla"]
    assert (waiting["state"], waiting["schedule_by"], waiting["onsite_by"]) == (
        "PAUSED",
        None,
        None,
    )
    await house.expect(TOWN.me, "PUT", f"/tickets/{filed}/slots", {"slots": days(30, 1)})

    async def resumed() -> bool:
        return bool((await house.ticket(filed))["sla"]["state"] == "RUNNING")

    await house.soon(resumed, "a running clock")


async def test_a_better_plan_promises_more(house: House) -> None:
    subscriber = next(
        c for c in REFERENCE.customers if any(s.plan == "complete-usd" for s in c.subscriptions)
    )
    filed = await house.file(f"customer:{subscriber.id}")
    promised = (await house.until(filed, "MATCHING"))["sla"]["clocks"]
    assert [clock["target"] for clock in promised] == ["PT4H", "PT9H", "P1DT3H"]


def _states(ticket: Any) -> list[str]:
    return [clock["state"] for clock in ticket["sla"]["clocks"]]
