"""What an expert offers, when they may not work any more: by standing, by skill, by the hour."""

import psycopg

from tests.house import House
from tests.workflows.company import at, bare, between, hire, proposals, refused, stands, waiting
from tests.workflows.company import parting as parting

SKILL = "/experts/{}/skills/refrigeration"
MORNING, AFTERNOON = between(8, 12), between(14, 18)


async def test_an_offer_that_waits_counts_no_more_as_soon_as_its_expert_is_suspended(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, AFTERNOON)
    await house.propose(visit, expert, [MORNING])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await house.expect("admin", "PATCH", f"/experts/{bare(expert)}", {"status": "SUSPENDED"})

    async def ineligible() -> bool:
        [offer] = (await proposals(house, visit)).values()
        return offer["state"] == "INELIGIBLE"

    await house.soon(ineligible, "the offer to count no more")
    await stands(house, ticket_id, "EMPTY")


async def test_a_skill_that_ends_at_its_hour_ends_the_offers_that_rest_on_it(
    house: House,
) -> None:
    """Nobody calls when the hour comes, and no row changes."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, AFTERNOON)
    await house.propose(visit, expert, [MORNING])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update expert_skills set expires_at = now() + interval '2 seconds'"
            " where expert_id = %s",
            (bare(expert),),
        )
        session.execute(
            "update experts set rights_changed_at = null where id = %s", (bare(expert),)
        )

    async def empty() -> bool:
        return bool((await house.ticket(ticket_id))["visits"][0]["match_state"] == "EMPTY")

    await house.soon(empty, "the group to have nobody")


async def test_a_skill_that_ends_before_the_window_is_refused_when_it_is_offered(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 20))
    held = {"level": 3, "expires_at": at(9).isoformat()}
    await house.expect("admin", "PUT", SKILL.format(bare(expert)), held)
    path, late = f"/visits/{visit}/proposals", {"windows": [between(10, 14)]}
    problem = await refused(house, 422, "skill-ends-before", expert, "POST", path, late)
    assert problem["evidence"]["expires_at"] == f"{at(9):%Y-%m-%dT%H:%M:%SZ}"
    # 90 minutes from 08:00 end after the skill does.
    early = {"windows": [between(8, 14)]}
    await refused(house, 422, "skill-ends-before", expert, "POST", path, early)
    held = {"level": 3, "expires_at": at(9.5).isoformat()}
    await house.expect("admin", "PUT", SKILL.format(bare(expert)), held)
    offer = await house.expect(expert, "POST", path, early)
    less = {"windows": [between(10, 14)]}
    await refused(
        house, 422, "skill-ends-before", expert, "PATCH", f"/proposals/{offer['id']}", less
    )
