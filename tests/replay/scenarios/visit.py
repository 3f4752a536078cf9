"""The day of service, and experts of whom nothing is heard."""

from datetime import UTC, datetime, timedelta

from tests.house import House, days
from tests.replay.scenarios.living import (
    DESCRIPTION,
    Lived,
    decided,
    history_of,
    matching,
    question,
)
from tests.workflows.company import hire


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


async def silent_expert(house: House) -> Lived:
    """Nobody acknowledges the visit: the expert is reminded, then replaced, and when the new one is
    silent too, the visit is matched anew."""
    silent, _ = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket, visit = await matching(house, slots=days(40, 1))
    await house.propose(visit, silent, days(40, 1))
    await house.until(ticket, "SCHEDULED")
    lived = {}
    for action in ("remind", "replace", "reschedule"):
        await house.later(ticket, timedelta(hours=2, seconds=1))
        asked = await question(house, ticket, "NO_ACK")
        lived[f"escalation_{action}"] = await decided(house, asked, action)
    await house.until(ticket, "MATCHING")
    return {**lived, "silent_expert": await history_of(house, ticket)}
