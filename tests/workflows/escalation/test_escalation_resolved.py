"""A match that is found later settles the question (docs/rules/matching.md, When something
changes)."""

from datetime import timedelta

from tests.house import House
from tests.workflows.company import between, hire, rest, stands, waiting
from tests.workflows.company import parting as parting


async def test_a_question_is_answered_by_itself_once_the_group_is_booked(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    await rest(house, ticket_id)
    await house.propose(visit, expert, [between(8, 12)])
    await house.until(ticket_id, "SCHEDULED")
    asked = (await rest(house, ticket_id))["escalations"]
    assert [(e["reason"], e["state"]) for e in asked] == [("NO_COMMON_TIME", "AUTO_RESOLVED")]
