"""Nobody proposes, or not for the customer's times, and a person is asked."""

from datetime import datetime, timedelta

from models.actor import Actor, Role
from models.rules.escalation.kind import REFRESH
from temporal.ids import signed
from tests.house import House, days
from tests.issuing import SUBJECTS
from tests.replay.scenarios.living import (
    FRIDGE_EXPERTS,
    REASON,
    Lived,
    decided,
    escalation_of,
    history_of,
    matching,
    question,
)

PENDING = timedelta(hours=24, seconds=1)
HELPDESK = Actor(role=Role.HELPDESK, id=SUBJECTS["helpdesk"])


async def asked_the_helpdesk(house: House) -> Lived:
    """Nobody proposes for a day, the helpdesk is asked, then an expert turns up; still open."""
    ticket, visit = await matching(house)
    await house.later(ticket, timedelta(hours=24, seconds=1))
    asked = await question(house, ticket)
    await house.propose(visit)
    await house.until(ticket, "SCHEDULED")
    healed = await escalation_of(house, asked)
    return {"asked_the_helpdesk": await history_of(house, ticket), "escalation_healed": healed}


async def decided_by_a_person(house: House) -> Lived:
    """Nobody proposes for a day; somebody claims the question, lets go of it, looks again,
    decides the impossible, waits longer, and at last sends an expert."""
    ticket, _ = await matching(house)
    await house.later(ticket, timedelta(hours=24, seconds=1))
    asked = await question(house, ticket)
    path = f"/escalations/{asked['id']}"
    for word in ("claim", "release", "claim"):
        await house.expect("helpdesk", "POST", f"{path}/{word}", {})
    handle = house.env.client.get_workflow_handle(asked["workflow_id"])
    await handle.execute_update(REFRESH, id=signed(HELPDESK, "looks-again"))
    await house.ask("helpdesk", "POST", f"{path}/resolve", {"action": "offer_slots"})
    decision = {"action": "extend_wait", "params": 2, "note": REASON}
    await house.expect("helpdesk", "POST", f"{path}/resolve", decision)
    waited = await escalation_of(house, asked)
    await house.later(ticket, timedelta(hours=2, seconds=1))
    asked = await question(house, ticket)
    path = f"/escalations/{asked['id']}"
    sent = {"action": "assign", "params": {"candidate": 1}, "note": REASON}
    await house.expect("manager", "POST", f"{path}/resolve", sent)
    await house.until(ticket, "SCHEDULED")
    return {
        "decided_by_a_person": await history_of(house, ticket),
        "escalation_waited": waited,
        "escalation_assigned": await escalation_of(house, asked),
    }


async def times_offered(house: House) -> Lived:
    """Experts could come, but not when the customer has time: the helpdesk offers their times, and
    the customer takes one by the link."""
    ticket, visit = await matching(house, slots=days(30, 1))
    await house.propose(visit, FRIDGE_EXPERTS[0], days(33, 1))
    await house.later(ticket, PENDING)
    asked = await question(house, ticket, "NO_COMMON_TIME")
    offered = await decided(house, asked, "offer_slots")
    [offer] = [e["data"] for e in await house.timeline(ticket) if e["type"] == "slots.offered"]
    expires = datetime.fromisoformat(offer["expires_at"])
    token = house.services.offers.token(ticket, offer["offer_id"], expires)
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 0})
    assert answer.is_success, answer.text
    await house.until(ticket, "SCHEDULED")
    return {
        "times_offered": await history_of(house, ticket),
        "escalation_times_offered": offered,
    }
