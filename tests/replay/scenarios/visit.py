"""The day of service, and experts of whom nothing is heard."""

from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowHistory

from models.ticket import TicketStatus
from tests.house import House, days
from tests.replay.scenarios.living import (
    DESCRIPTION,
    NOTES,
    REASON,
    Lived,
    decided,
    ended,
    escalation_of,
    history_of,
    matching,
    question,
)
from tests.workflows.company import bare, hire


async def reported_out_of_order(house: House) -> Lived:
    """Reports come by signal, the last one first, one twice, and one is not a report at all."""
    ticket = await house.scheduled(description=DESCRIPTION)
    visit = ticket["visits"][0]
    handle = house.workflow(ticket["id"])
    for kind in ("on_site", "completed", "started", "started"):
        fact = {
            "visit_id": visit["id"],
            "kind": kind,
            "expert_id": visit["assignments"][0]["expert_id"],
            "occurred_at": datetime.now(UTC).isoformat(),
            "client_event_id": f"phone-{kind}",
            "by": {"actor": {"role": "expert", "id": visit["assignments"][0]["expert_id"]}},
        }
        await handle.signal("visit_reported", fact)
    await handle.signal("visit_reported", "not a report")
    await house.until(ticket["id"], "COMPLETED")
    return {"reported_out_of_order": await history_of(house, ticket["id"])}


async def suspended_expert(house: House) -> Lived:
    """An expert is suspended and reports all the same; verified again, and the question is gone;
    suspended once more, and the visit is matched anew. One signal says nothing."""
    suspended = hire(house, "refrigeration")
    path = f"/experts/{bare(suspended)}"
    ticket, visit = await matching(house, slots=days(41, 1))
    await house.propose(visit, suspended, days(41, 1))
    await house.until(ticket, "SCHEDULED")
    lived = {}
    await house.expect("admin", "PATCH", path, {"status": "SUSPENDED"})
    asked = await question(house, ticket, "CANNOT_ARRIVE")
    await house.report(visit, "en_route", suspended)
    await house.expect("admin", "PATCH", path, {"status": "VERIFIED"})
    lived["escalation_verified_again"] = await escalation_of(house, asked)
    await house.expect("admin", "PATCH", path, {"status": "SUSPENDED"})
    asked = await question(house, ticket, "CANNOT_ARRIVE")
    lived["escalation_suspended"] = await decided(house, asked, "reschedule")
    await house.workflow(ticket).signal("rights_changed", "nobody")
    await house.until(ticket, "MATCHING")
    return {**lived, "suspended_expert": await history_of(house, ticket)}


async def implausible_work(house: House) -> Lived:
    """Three experts are done five hours before their visits begin: one is billed as reported, one
    by the minute, one not at all."""
    lived: dict[str, WorkflowHistory] = {}
    now = datetime.now(UTC)
    slots = [
        {name: (now + timedelta(hours=h)).isoformat() for name, h in (("start", 5), ("end", 9))}
    ]
    for action, minutes in (
        ("bill_as_reported", None),
        ("bill_minutes", 45),
        ("bill_nothing", None),
    ):
        ticket, visit = await matching(house, urgency="urgent", accept_fee=True, slots=slots)
        expert = hire(house, "refrigeration")
        await house.propose(visit, expert, slots)
        await house.until(ticket, "SCHEDULED")
        await house.report(visit, "completed", expert)
        asked = await question(house, ticket, "WORK_IMPLAUSIBLE")
        lived[f"escalation_{action}"] = await decided(house, asked, action, minutes)
        lived[f"work_{action}"] = await history_of(house, ticket)
    lived["implausible_work"] = lived.pop("work_bill_minutes")
    return lived


async def silent_expert(house: House) -> Lived:
    """Nobody acknowledges the visit: the expert is reminded, then replaced, and when the new one is
    silent too, the visit is matched anew."""
    silent, _ = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket, visit = await matching(house, slots=days(40, 1))
    await house.propose(visit, silent, days(40, 1))
    await house.until(ticket, "SCHEDULED")
    lived = {}
    for action in ("remind", "replace", "reschedule"):
        await house.later(ticket, timedelta(hours=4, seconds=1))
        asked = await question(house, ticket, "NO_ACK")
        lived[f"escalation_{action}"] = await decided(house, asked, action)
    await house.until(ticket, "MATCHING")
    return {**lived, "silent_expert": await history_of(house, ticket)}


async def work_after_cancel(house: House) -> Lived:
    """A visit is moved, and cancelled while its expert has no coverage: what they did is paid, or
    in another life not."""
    lived: dict[str, WorkflowHistory] = {}
    for action in ("pay_expert", "do_not_pay"):
        expert = hire(house, "refrigeration")
        ticket, visit = await matching(house, slots=days(42, 2))
        await house.propose(visit, expert, days(42, 2))
        await house.until(ticket, "SCHEDULED")
        wanted = {"slots": days(43, 1), "reason": REASON}
        await house.expect("helpdesk", "POST", f"/visits/{visit}/reschedule", wanted)
        await house.until(ticket, "SCHEDULED")
        await house.expect("helpdesk", "POST", f"/tickets/{ticket}/cancel", {"reason": REASON})
        await house.until(ticket, "CANCELLED")
        await house.report(visit, "completed", expert, report={"notes": NOTES})
        asked = await question(house, ticket, "WORK_AFTER_CANCEL")
        lived[f"escalation_{action}"] = await decided(house, asked, action)
        await ended(house, ticket, TicketStatus.CANCELLED)
        lived[f"work_{action}"] = await history_of(house, ticket)
    lived["work_after_cancel"] = lived.pop("work_pay_expert")
    return lived
