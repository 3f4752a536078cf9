"""Suggested times can be taken as they are, also those of a shorter visit of a chain."""

from tests.house import House
from tests.workflows.company import (
    DAY,
    add,
    after,
    between,
    hire,
    times,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)


async def test_the_suggested_times_of_a_chain_can_be_taken_as_they_are(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 12))
    second = await add(house, ticket_id, "electrical", **after(first, "PT1H", "PT2H"))
    await house.propose(first, one, [between(8, 20, DAY + 1)])
    await house.propose(second, other, [between(14, 16, DAY + 1)])
    found = await house.expect("customer", "GET", f"/tickets/{ticket_id}/suggested-slots")
    slots = [{"start": v["start"], "end": v["end"]} for v in found["suggestions"][0]["visits"]]
    await times(house, ticket_id, *slots)
    await house.until(ticket_id, "SCHEDULED")
