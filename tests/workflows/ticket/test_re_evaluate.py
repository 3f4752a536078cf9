"""The helpdesk has a group evaluated at once (docs/rules/matching.md, When it is evaluated)."""

import uuid

import psycopg

from tests.house import House
from tests.workflows.company import (
    bare,
    between,
    crew,
    hire,
    refused,
    rest,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)


async def test_a_group_is_booked_as_soon_as_somebody_has_it_evaluated(house: House) -> None:
    expert = hire(house, "refrigeration")
    await house.expect(expert, "POST", "/experts/me/time-off", between(8, 20))
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 12)])
    seen = (await rest(house, ticket_id))["visits"][0]
    assert seen["match_state"] == "NO_COMMON_TIME"
    path = f"/tickets/{ticket_id}/groups/{seen['group_id']}/re-evaluate"
    told = await house.expect("helpdesk", "POST", path)
    assert (told["match_state"], told["group_id"]) == ("NO_COMMON_TIME", seen["group_id"])
    # Behind the house's back: nobody wakes the ticket.
    with psycopg.connect(house.database_url) as session:
        session.execute("delete from time_off where expert_id = %s", (bare(expert),))
    told = await house.expect("manager", "POST", path)
    assert told["match_state"] == "FINALISED"
    ticket = await rest(house, ticket_id)
    assert (ticket["status"], crew(ticket["visits"][0])) == ("SCHEDULED", [expert])
    asked = [e for e in await house.timeline(ticket_id) if e["type"] == "group.re_evaluated"]
    assert [(e["actor_role"], e["actor_id"]) for e in asked] == [
        ("helpdesk", "usr_helpdesk"),
        ("manager", "usr_manager"),
    ]
    await refused(house, 409, "illegal-transition", "helpdesk", "POST", path)


async def test_an_evaluation_names_what_is_missing(house: House) -> None:
    ticket_id, visit = await waiting(house, between(8, 12), model_id="mod_daikin-ftxm35r")
    await house.propose(visit, hire(house, "hvac"), [between(8, 12)])
    group = (await rest(house, ticket_id))["visits"][0]["group_id"]
    told = await house.expect(
        "helpdesk", "POST", f"/tickets/{ticket_id}/groups/{group}/re-evaluate"
    )
    assert (told["match_state"], told["missing"]) == ("PARTIAL", ["1.1:electrical"])


async def test_a_settled_group_of_a_ticket_that_still_matches_is_not_evaluated(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 12)])
    group = (await rest(house, ticket_id))["visits"][0]["group_id"]
    body = {"minutes": 60, "positions": [{"skill": "electrical"}]}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/visits", body)
    path = f"/tickets/{ticket_id}/groups/{group}/re-evaluate"
    problem = await refused(house, 409, "illegal-transition", "helpdesk", "POST", path)
    assert problem["evidence"]["state"] == "FINALISED"


async def test_only_groups_that_exist_are_evaluated_and_only_for_staff(house: House) -> None:
    ticket_id, _ = await waiting(house, between(8, 12))
    group = (await rest(house, ticket_id))["visits"][0]["group_id"]
    path = f"/tickets/{ticket_id}/groups/{group}/re-evaluate"
    await refused(house, 403, "role-not-allowed", "customer", "POST", path)
    nowhere = f"/tickets/{ticket_id}/groups/grp_{uuid.uuid4()}/re-evaluate"
    await refused(house, 404, "group-unknown", "helpdesk", "POST", nowhere)
