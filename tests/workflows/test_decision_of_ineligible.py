"""Issue 3: the decision names "for every proposal why it won or lost"."""

from tests.house import House
from tests.workflows.company import (
    bare,
    between,
    decision,
    hire,
    rest,
    times,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)


async def test_a_proposal_that_became_ineligible_before_the_last_evaluation_is_explained_too(
    house: House,
) -> None:
    unlearned, second = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    for who in (unlearned, second):
        await house.propose(visit, who, [between(8, 10)])
    skill = f"/experts/{bare(unlearned)}/skills/refrigeration"
    await house.expect("admin", "DELETE", skill)
    await rest(house, ticket_id)
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    said = {p["expert_id"] for p in (await decision(house, seen))["proposals"]}
    assert said == {bare(unlearned), bare(second)}
