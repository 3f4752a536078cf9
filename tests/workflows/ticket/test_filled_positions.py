"""Positions that a hand filled are nobody else's, and what an expert gives up is not theirs."""

from tests.house import House
from tests.workflows.company import (
    appliance,
    at,
    between,
    crew,
    hire,
    open_list,
    proposals,
    refused,
    rest,
    waiting,
)
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import matched_anew
from tests.workflows.sending import send

AIR_CONDITIONER = appliance("air-conditioner")


async def test_a_position_that_a_hand_filled_is_neither_shown_nor_proposed_for(
    house: House,
) -> None:
    sent, early, late = (hire(house, "hvac") for _ in "123")
    other = hire(house, "electrical")
    ticket_id, visit = await waiting(house, between(8, 16), model_id=AIR_CONDITIONER)
    waits = await house.propose(visit, early, [between(8, 16)])
    assert visit in await open_list(house, late)
    await send(house, visit, sent, at(12))
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["match_state"], seen["missing"]) == ("PARTIAL", ["1.1:electrical"])
    shown = await house.expect(other, "GET", "/marketplace/visits?limit=100")
    [line] = [v for v in shown["items"] if v["id"] == visit]
    assert [p["skill"] for p in line["positions"]] == ["electrical"]
    for who in (late, sent):
        assert visit not in await open_list(house, who)
    body, path = {"windows": [between(8, 16)]}, f"/visits/{visit}/proposals"
    problem = await refused(house, 409, "position-taken", late, "POST", path, body)
    assert problem["evidence"]["positions"] == [0]
    await refused(house, 409, "expert-twice", sent, "POST", path, body)
    again = f"/tickets/{ticket_id}/groups/{seen['group_id']}/re-evaluate"
    assert (await house.expect("helpdesk", "POST", again))["match_state"] == "PARTIAL"
    assert (await proposals(house, visit))[waits["id"]]["state"] == "ACTIVE"
    await house.propose(visit, other, [between(8, 16)])
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [sent, other]
    assert (await proposals(house, visit))[waits["id"]]["state"] == "RELEASED"


async def test_who_takes_a_chosen_offer_back_is_not_booked_again_at_that_hour(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    first = await house.propose(visit, expert, [between(8, 10)])
    second = await house.propose(visit, expert, [between(8, 12), between(14, 16)])
    await house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", SLOTS)
    await house.until(ticket_id, "SCHEDULED")
    await house.expect(expert, "DELETE", f"/proposals/{first['id']}")
    await matched_anew(house, ticket_id)
    ticket = await rest(house, ticket_id)
    assert ticket["status"] == "MATCHING"
    left = (await proposals(house, visit))[second["id"]]
    assert (left["state"], left["priority_seq"]) == ("ACTIVE", second["priority_seq"])
    assert len(left["windows"]) == 1


SLOTS = {"slots": [between(8, 10)]}
