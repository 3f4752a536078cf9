"""Who comes, and when."""

from tests.house import House, days
from tests.replay.scenarios.living import (
    DESCRIPTION,
    FRIDGE_EXPERTS,
    REASON,
    Lived,
    given_up,
    history_of,
    matching,
)
from tests.workflows.escalation.escalating import policy
from tests.workflows.ticket.test_policies_change import changed, held, told


async def proposals_released(house: House) -> Lived:
    """Two experts propose, the times come last, one is chosen and the other let go."""
    ticket, visit = await matching(house, slots=[], slots_later=True)
    for expert in FRIDGE_EXPERTS[:2]:
        await house.propose(visit, expert)
    await house.expect("customer", "PUT", f"/tickets/{ticket}/slots", {"slots": days(30, 3)})
    await house.until(ticket, "SCHEDULED")
    return {"proposals_released": await history_of(house, ticket)}


async def sent_by_hand(house: House) -> Lived:
    """Nobody proposes; the helpdesk looks again, and sends an expert itself."""
    ticket, visit = await matching(house)
    group = (await house.ticket(ticket))["visits"][0]["group_id"]
    await house.expect("helpdesk", "POST", f"/tickets/{ticket}/groups/{group}/re-evaluate")
    expert = FRIDGE_EXPERTS[0].partition(":")[2]
    wish = {"expert_id": expert, "position": 0, "reason": REASON, "customer_consent": True}
    # A night of its own: by day other scenarios book the same experts.
    path, night = f"/visits/{visit}/assignments", days(55, 1)[0]["end"]
    await house.expect("helpdesk", "POST", path, {**wish, "start": night})
    await house.until(ticket, "SCHEDULED")
    return {"sent_by_hand": await history_of(house, ticket)}


async def chained(house: House) -> Lived:
    """A second visit follows the first; one expert offers less than before, another nothing any
    more."""
    ticket, first = await matching(house, slots=[], slots_later=True)
    more = {"minutes": 60, "positions": [{"skill": "refrigeration"}]}
    added = await house.expect("helpdesk", "POST", f"/tickets/{ticket}/visits", more)
    chain = {"predecessor": first, "successor": added["visit_id"]}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket}/dependencies", chain)
    stays, leaves = FRIDGE_EXPERTS[:2]
    await house.propose(first, stays)
    offer = await house.propose(added["visit_id"], stays)
    await house.expect(stays, "PATCH", f"/proposals/{offer['id']}", {"windows": days(30, 3)})
    taken_back = await house.propose(first, leaves)
    await house.expect(leaves, "DELETE", f"/proposals/{taken_back['id']}")
    await house.expect("customer", "PUT", f"/tickets/{ticket}/slots", {"slots": days(30, 3)})
    await house.until(ticket, "SCHEDULED")
    return {"chained": await history_of(house, ticket)}


async def waited_for_an_expert(house: House) -> Lived:
    """The expert who would come is booked elsewhere, until that ticket is given up."""
    [day] = days(45, 1)
    morning = [{"start": day["start"], "end": day["start"].replace("T08", "T10")}]
    other, visit = await matching(house, slots=morning)
    await house.propose(visit, FRIDGE_EXPERTS[1], morning)
    await house.until(other, "SCHEDULED")
    ticket, visit = await matching(house, slots=morning)
    await house.propose(visit, FRIDGE_EXPERTS[1], morning)
    await given_up(house, other)
    await house.until(ticket, "SCHEDULED")
    return {"waited_for_an_expert": await history_of(house, ticket)}


async def held_longer(house: House) -> Lived:
    """Somebody would come, and better proposals are waited for; policies have that wait become
    longer, then end, and the visit is booked."""
    ticket, _ = await held(house, description=DESCRIPTION)
    async with policy(house, "match_hold", "PT5H", "PT0S"):
        await told(house, ticket)
        await changed(house, ticket, "match_hold")
    await told(house, ticket)
    await house.until(ticket, "SCHEDULED")
    return {"held_longer": await history_of(house, ticket)}
