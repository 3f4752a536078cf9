"""Everybody is told once of a finalisation, who won of each visit, and nobody who won that they
lost."""

from tests.house import House
from tests.workflows.company import (
    add,
    after,
    bare,
    between,
    hire,
    rest,
    times,
    told,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)


async def test_a_winner_with_a_second_proposal_is_not_told_that_they_lost(house: House) -> None:
    winner = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    for _ in range(2):
        await house.propose(visit, winner, [between(8, 12)])
    await times(house, ticket_id, between(8, 20))
    await house.until(ticket_id, "SCHEDULED")
    await rest(house, ticket_id)
    assert await told(house, ticket_id, "proposal.selected") == [bare(winner)]
    assert await told(house, ticket_id, "proposal.released") == []


async def test_who_wins_two_visits_of_a_group_is_told_of_each_and_the_customer_of_both(
    house: House,
) -> None:
    winner = hire(house, "refrigeration")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "refrigeration", **after(first))
    for visit in (first, second):
        await house.propose(visit, winner, [between(8, 20)])
    await times(house, ticket_id, between(8, 20))
    await house.until(ticket_id, "SCHEDULED")
    customer = (await rest(house, ticket_id))["customer_id"]
    assert await told(house, ticket_id, "proposal.selected") == [bare(winner)] * 2
    assert await told(house, ticket_id, "visit.scheduled") == [customer]
