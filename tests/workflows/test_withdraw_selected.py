"""§3.6: "expert withdraws a SELECTED proposal | as `cannot_arrive` (§4.3)"; now 409."""

from tests.house import House
from tests.workflows.company import between, hire, times, waiting
from tests.workflows.company import parting as parting


async def test_withdrawing_a_selected_proposal_is_cannot_arrive(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    chosen = await house.propose(visit, one, [between(8, 12)])
    await house.propose(visit, other, [between(8, 12)])
    await times(house, ticket_id, between(8, 12))
    await house.until(ticket_id, "SCHEDULED")
    answer = await house.ask(one, "DELETE", f"/proposals/{chosen['id']}")
    assert answer.is_success, answer.text
