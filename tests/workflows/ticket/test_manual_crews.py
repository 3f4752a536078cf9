"""Experts sent by hand to visits that need several people, or hang together with others."""

from typing import Any

import pytest

from tests.house import House
from tests.workflows.company import (
    add,
    after,
    appliance,
    at,
    bare,
    between,
    crew,
    decision,
    hire,
    hour,
    refused,
    rest,
    rows,
    told,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.sending import in_order, send, wish
from workers.tools.decisions import verify

AIR_CONDITIONER = appliance("air-conditioner")


async def for_two(house: House, *slots: Any) -> tuple[str, str]:
    """A visit that needs air conditioning and electrics."""
    return await waiting(house, *slots, model_id=AIR_CONDITIONER)


async def test_who_is_sent_to_a_joint_visit_is_booked_at_once_and_fixes_its_start(
    house: House,
) -> None:
    sent, other = hire(house, "hvac", "electrical"), hire(house, "electrical")
    ticket_id, visit = await for_two(house, between(8, 16))
    answer = await send(house, visit, sent, at(12))
    assert (answer["visit_state"], answer["match_state"]) == ("OPEN", "PARTIAL")
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (crew(seen), hour(seen["start"]), seen["state"]) == ([sent], 12, "OPEN")
    assert in_order(house.database)
    path = f"/visits/{visit}/assignments"
    for who, start, position, code in (
        (other, 13, 1, "start-fixed"),
        (other, 12, 0, "position-taken"),
        (sent, 12, 1, "expert-twice"),
    ):
        await refused(house, 409, code, "helpdesk", "POST", path, wish(who, at(start), position))
    assert await told(house, ticket_id, "visit.scheduled") == []
    assert await told(house, ticket_id, "expert.assigned") == [bare(sent)]


async def test_the_matching_fills_what_a_hand_left_open_at_exactly_that_start(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    sent, other, late = (
        hire(house, "hvac", "electrical"),
        *(hire(house, "electrical") for _ in "12"),
    )
    ticket_id, visit = await for_two(house, between(8, 16))
    own = await house.propose(visit, sent, [between(8, 16)])
    await send(house, visit, sent, at(12))
    await house.propose(visit, late, [between(8, 12)])
    assert (await rest(house, ticket_id))["visits"][0]["match_state"] == "NO_COMMON_TIME"
    won = await house.propose(visit, other, [between(8, 16)])
    ticket = await rest(house, ticket_id)
    seen = ticket["visits"][0]
    assert (ticket["status"], crew(seen), hour(seen["start"])) == ("SCHEDULED", [sent, other], 12)
    assert [a["source"] for a in seen["assignments"]] == ["MANUAL", "AUTO"]
    assert await told(house, ticket_id, "visit.scheduled") == [ticket["customer_id"]]
    assert await told(house, ticket_id, "expert.assigned") == [bare(sent)]
    assert await told(house, ticket_id, "proposal.selected") == [bare(other)]
    assert await told(house, ticket_id, "proposal.released") == [bare(late)]
    read = await decision(house, seen)
    assert (read["source"], [c["expert_id"] for c in read["by_hand"]]) == ("AUTO", [bare(sent)])
    said = {p["proposal_id"]: p["verdict"] for p in read["proposals"]}
    assert (said[own["id"]], said[won["id"]]) == ("won", "won")
    assert verify(house.database) == 0, capsys.readouterr().out
    assert in_order(house.database)


async def test_a_joint_visit_is_staffed_by_hand_alone(house: House) -> None:
    one, other = hire(house, "hvac"), hire(house, "electrical")
    ticket_id, visit = await for_two(house, between(8, 16))
    await send(house, visit, other, at(12), 1)
    answer = await send(house, visit, one, at(12))
    assert (answer["visit_state"], answer["match_state"]) == ("SCHEDULED", "FINALISED")
    ticket = await rest(house, ticket_id)
    seen = ticket["visits"][0]
    assert crew(seen) == [one, other]
    assert await told(house, ticket_id, "visit.scheduled") == [ticket["customer_id"]]
    assert await told(house, ticket_id, "expert.assigned") == sorted([bare(one), bare(other)])
    read = await decision(house, seen)
    assert (read["source"], len(read["by_hand"])) == ("MANUAL", 2)
    assert in_order(house.database)


async def test_whoever_is_sent_to_half_a_visit_is_let_go_when_the_customer_moves(
    house: House,
) -> None:
    sent = hire(house, "hvac")
    ticket_id, visit = await for_two(house, between(8, 16))
    await send(house, visit, sent, at(12))
    times = {"slots": [between(8, 12)]}
    await house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", times)
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (crew(seen), seen["start"]) == ([], None)
    await send(house, visit, sent, at(8))
    assert await told(house, ticket_id, "assignment.cancelled") == [bare(sent)]
    assert in_order(house.database)


async def test_times_that_are_suggested_keep_a_start_that_a_hand_fixed(house: House) -> None:
    sent, other = hire(house, "hvac"), hire(house, "electrical")
    ticket_id, visit = await for_two(house, between(8, 16))
    await send(house, visit, sent, at(12))
    await house.propose(visit, other, [between(8, 13)])
    path = f"/tickets/{ticket_id}/suggested-slots"
    assert (await house.expect("helpdesk", "GET", path))["suggestions"] == []
    shown = await house.expect(other, "GET", f"/marketplace/visits/{visit}")
    assert [hour(s["start"]) for s in shown["slots"]] == [12]


async def test_half_a_crew_may_take_its_proposal_back(house: House) -> None:
    sent = hire(house, "hvac")
    ticket_id, visit = await for_two(house, between(8, 16))
    own = await house.propose(visit, sent, [between(8, 16)])
    await send(house, visit, sent, at(12))
    answer = await house.ask(sent, "DELETE", f"/proposals/{own['id']}")
    assert answer.is_success, answer.text
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (crew(seen), seen["start"]) == ([], None)


async def test_the_successor_is_matched_behind_the_visit_that_a_hand_fixed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    sent, follower = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first))
    await house.propose(second, follower, [between(8, 20)])
    answer = await send(house, first, sent, at(12))
    assert (answer["visit_state"], answer["match_state"]) != ("OPEN", "FINALISED")
    ticket = await rest(house, ticket_id)
    one, other = ticket["visits"]
    assert (ticket["status"], hour(one["start"]), hour(other["start"])) == ("SCHEDULED", 12, 13.5)
    assert crew(other) == [follower]
    assert await told(house, ticket_id, "visit.scheduled") == [ticket["customer_id"]]
    read = await decision(house, other)
    assert (read["source"], set(read["starts"])) == ("AUTO", {second})
    assert [c["visit_id"] for c in read["by_hand"]] == [first]
    assert verify(house.database) == 0, capsys.readouterr().out
    assert in_order(house.database)


async def test_the_predecessor_is_matched_before_the_visit_that_a_hand_fixed(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    early, sent = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first))
    await send(house, second, sent, at(15))
    waits = (await rest(house, ticket_id))["visits"]
    assert [v["state"] for v in waits] == ["OPEN", "SCHEDULED"]
    assert in_order(house.database)
    await house.propose(first, early, [between(8, 20)])
    ticket = await rest(house, ticket_id)
    one, _ = ticket["visits"]
    assert (ticket["status"], hour(one["start"])) == ("SCHEDULED", 12.5)
    assert verify(house.database) == 0, capsys.readouterr().out


async def test_a_gap_to_a_visit_that_stands_is_kept_by_hand_too(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first))
    await send(house, first, one, at(10))
    path = f"/visits/{second}/assignments"
    for start in (11, 13):
        problem = await refused(
            house, 409, "gap-broken", "helpdesk", "POST", path, wish(other, at(start))
        )
        evidence = problem["evidence"]
        assert (hour(evidence["earliest"]), hour(evidence["latest"])) == (11.5, 12.5)
    answer = await send(house, second, other, at(12))
    assert answer["match_state"] == "FINALISED"
    ticket = await rest(house, ticket_id)
    assert ticket["status"] == "SCHEDULED"
    assert in_order(house.database)


async def test_one_person_is_not_sent_to_two_visits_of_a_group_at_one_time(house: House) -> None:
    sent = hire(house, "refrigeration", "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical")
    await send(house, first, sent, at(10))
    path = f"/visits/{second}/assignments"
    await refused(house, 409, "expert-busy", "helpdesk", "POST", path, wish(sent, at(10)))
    await send(house, second, sent, at(11.5))
    ticket = await rest(house, ticket_id)
    assert [crew(v) for v in ticket["visits"]] == [[sent], [sent]]


async def test_visits_that_need_the_same_person_get_the_one_whom_a_hand_sent(
    house: House,
) -> None:
    sent, other = (hire(house, "refrigeration", "electrical") for _ in range(2))
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first, same_expert=True))
    await send(house, second, sent, at(15))
    await house.propose(first, other, [between(8, 20)])
    assert (await rest(house, ticket_id))["status"] == "MATCHING"
    path = f"/visits/{first}/assignments"
    await refused(house, 409, "same-expert-broken", "helpdesk", "POST", path, wish(other, at(13)))
    await house.propose(first, sent, [between(8, 20)])
    ticket = await rest(house, ticket_id)
    assert [crew(v) for v in ticket["visits"]] == [[sent], [sent]]
    assert in_order(house.database)


async def test_a_shared_crew_of_several_is_not_chosen_by_hand(house: House) -> None:
    sent = hire(house, "hvac", "electrical")
    ticket_id, first = await for_two(house, between(8, 20))
    await add(house, ticket_id, "hvac", "electrical", **after(first, same_expert=True))
    path = f"/visits/{first}/assignments"
    await refused(house, 409, "same-expert-crew", "helpdesk", "POST", path, wish(sent, at(10)))


async def test_nothing_is_chained_between_two_visits_that_stand(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first))
    third = await add(house, ticket_id, "electrical", **after(second))
    await send(house, first, one, at(10))
    await send(house, third, other, at(13.5))
    body = {"predecessor": first, "successor": third, "min_gap": "PT5H", "max_gap": None}
    path = f"/tickets/{ticket_id}/dependencies"
    await refused(house, 409, "group-finalised", "helpdesk", "POST", path, body)


async def test_a_visit_may_follow_one_that_a_hand_fixed_in_a_group_that_waits(
    house: House,
) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first))
    await send(house, first, one, at(10))
    third = await add(house, ticket_id, "electrical", **after(first))
    for visit in (second, third):
        await house.propose(visit, other, [between(8, 20)])
    ticket = await rest(house, ticket_id)
    assert ticket["status"] == "SCHEDULED"
    assert in_order(house.database)


async def test_a_cancelled_group_lets_go_of_whom_a_hand_sent_to_half_of_it(house: House) -> None:
    sent = hire(house, "hvac")
    ticket_id, visit = await for_two(house, between(8, 16))
    await send(house, visit, sent, at(12))
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    states = rows(house, "select state from assignments where ticket_id = %s", ticket_id)
    assert states == [{"state": "RELEASED"}]
    assert await told(house, ticket_id, "assignment.cancelled") == [bare(sent)]
