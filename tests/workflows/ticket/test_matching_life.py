"""The published rule of booking, case by case, through the API (docs/rules/matching.md, The
rule)."""

from datetime import datetime, timedelta

from tests.house import REFERENCE, House
from tests.workflows.company import (
    add,
    after,
    appliance,
    assignments,
    at,
    bare,
    between,
    crew,
    hire,
    hour,
    proposals,
    refused,
    rest,
    stands,
    times,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)

AIR_CONDITIONER = appliance("air-conditioner")
"""Two hours for two people: air conditioning and electricity."""
PARTLY_INSURED = next(
    f"customer:{c.id}" for c in REFERENCE.customers if c.zone == "yaounde" and c.subscriptions
)
"""Whose plan covers some appliances: of an unknown one nobody can say."""


async def test_one_person_never_fills_two_positions_of_a_visit_even_with_both_skills(
    house: House,
) -> None:
    both, second = hire(house, "hvac", "electrical"), hire(house, "electrical")
    ticket_id, visit = await waiting(house, between(8, 20), model_id=AIR_CONDITIONER)
    await house.propose(visit, both, [between(8, 20)])
    assert len((await stands(house, ticket_id, "PARTIAL"))["missing"]) == 1
    await house.propose(visit, second, [between(14, 18)])
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert crew(seen) == [both, second]
    assert hour(seen["start"]) == 14


async def test_each_of_two_experts_sees_their_own_work_item_and_the_ticket_stays_one(
    house: House,
) -> None:
    cooler, electrician = hire(house, "hvac"), hire(house, "electrical")
    ticket_id, visit = await waiting(house, between(8, 20), model_id=AIR_CONDITIONER)
    for who in (cooler, electrician):
        await house.propose(visit, who, [between(8, 20)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "acknowledged", cooler)
    await rest(house, ticket_id)
    items = [
        (await house.expect(who, "GET", "/experts/me/work-items"))["items"]
        for who in (cooler, electrician)
    ]
    shown = [[(i["ticket_id"], i["position"], i["state"]) for i in mine] for mine in items]
    assert shown == [[(ticket_id, 0, "ACKNOWLEDGED")], [(ticket_id, 1, "RESERVED")]]


async def test_an_early_plumber_loses_to_a_later_one_when_the_electrician_could_not_follow(
    house: House,
) -> None:
    early, late = hire(house, "refrigeration"), hire(house, "refrigeration")
    electrician = hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first))
    await house.propose(first, early, [between(8, 10)])
    await house.propose(first, late, [between(13, 15)])
    await house.propose(second, electrician, [between(14, 18)])
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [crew(v) for v in seen] == [[late], [electrician]]
    assert [hour(v["start"]) for v in seen] == [13, 14.5]


async def test_the_gap_between_two_visits_is_kept_at_both_ends(house: House) -> None:
    first_expert, second_expert = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", **after(first, "PT2H", "PT3H"))
    await house.propose(first, first_expert, [between(8, 20)])
    await house.propose(second, second_expert, [between(14, 15)])
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [hour(v["start"]) for v in seen] == [9.5, 14]


async def test_the_customers_earliest_time_comes_first_and_then_who_proposed_first(
    house: House,
) -> None:
    first, second, third = (hire(house, "refrigeration") for _ in range(3))
    ticket_id, visit = await waiting(house)
    for who, start in ((first, 10), (second, 8), (third, 8)):
        await house.propose(visit, who, [between(start, 14)])
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([second], 8)


async def test_of_two_fitting_proposals_of_one_expert_the_earlier_counts(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    earlier = await house.propose(visit, expert, [between(8, 12)])
    later = await house.propose(visit, expert, [between(8, 20)])
    await times(house, ticket_id, between(8, 20))
    await house.until(ticket_id, "SCHEDULED")
    states = {p["id"]: p["state"] for p in (await proposals(house, visit)).values()}
    assert states == {earlier["id"]: "SELECTED", later["id"]: "RELEASED"}


async def test_a_partly_staffed_group_names_who_is_missing_and_holds_nobody(house: House) -> None:
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "electrical", "plumbing", **after(first))
    await house.propose(first, hire(house, "refrigeration"), [between(8, 20)])
    proposed = await house.propose(second, hire(house, "electrical"), [between(8, 20)])
    seen = await stands(house, ticket_id, "PARTIAL")
    [missing] = seen["missing"]
    assert "plumbing" in missing
    assert assignments(house, ticket_id) == []
    assert (await proposals(house, second))[proposed["id"]]["state"] == "ACTIVE"
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    asked = (await rest(house, ticket_id))["escalations"]
    assert [e["reason"] for e in asked] == ["PARTIAL"]


async def test_no_proposal_is_empty_and_a_proposal_at_other_times_is_no_common_time(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await stands(house, ticket_id, "EMPTY")
    await house.propose(visit, expert, [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    asked = (await rest(house, ticket_id))["escalations"]
    assert [(e["reason"], e["state"]) for e in asked] == [("NO_COMMON_TIME", "OPEN")]


async def test_windows_are_glued_within_a_proposal_and_never_across_two(house: House) -> None:
    expert = hire(house, "refrigeration")
    halves = [between(7, 9.75), between(9.75, 12)]
    ticket_id, visit = await waiting(house, between(9, 10.5))
    for half in halves:
        await house.propose(visit, expert, [half])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await house.propose(visit, expert, halves)
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert hour(seen["start"]) == 9


async def test_a_visit_lies_in_one_slot_of_the_customers_and_touching_slots_are_one(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 9.5), between(10, 11.5))
    await house.propose(visit, expert, [between(9, 11)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await times(house, ticket_id, between(8, 10), between(10, 12))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert hour(seen["start"]) == 9


async def test_two_visits_of_one_group_do_not_take_one_expert_at_one_time(house: House) -> None:
    expert = hire(house, "refrigeration", "electrical")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "electrical", **after(first, "PT0S", None))
    third = await add(house, ticket_id, "electrical", **after(first, "PT0S", None))
    for visit in (first, second, third):
        await house.propose(visit, expert, [between(8, 20)])
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [hour(v["start"]) for v in seen] == [8, 9.5, 10.5]


async def test_visits_without_an_order_may_overlap_with_different_experts(house: House) -> None:
    one, other, base = (hire(house, "electrical", "refrigeration") for _ in range(3))
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "electrical", **after(first, "PT0S", None))
    third = await add(house, ticket_id, "electrical", **after(first, "PT0S", None))
    for visit, who in ((first, base), (second, one), (third, other)):
        await house.propose(visit, who, [between(8, 20)])
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [hour(v["start"]) for v in seen] == [8, 9.5, 9.5]


async def test_the_same_expert_must_do_both_visits_where_that_is_asked(house: House) -> None:
    once, twice = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "refrigeration", **after(first, same_expert=True))
    for visit, who in ((first, once), (first, twice), (second, twice)):
        await house.propose(visit, who, [between(8, 20)])
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [crew(v) for v in seen] == [[twice], [twice]]


async def test_a_dependency_makes_two_groups_one_and_the_places_stay(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "electrical")
    placed = [
        (await house.propose(visit, who, [between(8, 20)]))["priority_seq"]
        for visit, who in ((second, other), (first, one))
    ]
    chain = {"predecessor": first, "successor": second, "min_gap": "PT1H", "max_gap": "PT2H"}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/dependencies", chain)
    groups = (await house.expect("customer", "GET", f"/tickets/{ticket_id}/groups"))["items"]
    assert [set(g["visit_ids"]) for g in groups] == [{first, second}]
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [hour(v["start"]) for v in seen] == [8, 10.5]
    now = [*(await proposals(house, second)).values(), *(await proposals(house, first)).values()]
    assert [p["priority_seq"] for p in now] == placed
    assert len(set(placed)) == 2


async def test_a_cycle_is_refused_and_nothing_follows_or_precedes_a_booked_visit(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, first = await waiting(house, between(8, 12))
    second = await add(house, ticket_id, "electrical", **after(first))
    third = await add(house, ticket_id, "electrical", **after(second))
    path = f"/tickets/{ticket_id}/dependencies"
    for pred, succ in ((second, first), (third, first), (first, first)):
        cycle = {"predecessor": pred, "successor": succ}
        await refused(house, 422, "dependency-cycle", "helpdesk", "POST", path, cycle)
    booked, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 12)])
    await house.until(booked, "SCHEDULED")
    follower = {"minutes": 60, "positions": [{"skill": "electrical"}], **after(visit)}
    path = f"/tickets/{booked}/visits"
    await refused(house, 409, "group-finalised", "helpdesk", "POST", path, follower)
    alone, path = await add(house, booked, "electrical"), f"/tickets/{booked}/dependencies"
    chain = {"predecessor": visit, "successor": alone}
    await refused(house, 409, "group-finalised", "helpdesk", "POST", path, chain)


async def test_a_group_has_six_visits_and_a_visit_five_positions_at_most(house: House) -> None:
    ticket_id, last = await waiting(house, between(8, 12))
    for _ in range(5):
        last = await add(house, ticket_id, "electrical", **after(last))
    path, one = f"/tickets/{ticket_id}/visits", [{"skill": "electrical"}]
    answer = await house.ask(
        "helpdesk", "POST", path, {"minutes": 60, "positions": one, **after(last)}
    )
    assert answer.status_code == 422, answer.text
    answer = await house.ask("helpdesk", "POST", path, {"minutes": 60, "positions": one * 6})
    assert answer.status_code == 422, answer.text
    alone, path = await add(house, ticket_id, "electrical"), f"/tickets/{ticket_id}/dependencies"
    chain = {"predecessor": last, "successor": alone}
    assert (await house.ask("helpdesk", "POST", path, chain)).status_code == 422


async def test_a_proposal_needs_a_window_for_the_visit_and_a_skill_for_it(house: House) -> None:
    able, unable = hire(house, "refrigeration"), hire(house, "plumbing")
    _, visit = await waiting(house, between(8, 12))
    path = f"/visits/{visit}/proposals"
    short = {"windows": [between(8, 9), between(10, 11)]}
    many = {"windows": [between(h / 4, h / 4 + 2, 30 + h % 20) for h in range(51)]}
    await refused(house, 422, "windows-too-short", able, "POST", path, short)
    assert (await house.ask(able, "POST", path, many)).status_code == 422
    await refused(house, 403, "skill-missing", unable, "POST", path, {"windows": [between(8, 12)]})


async def test_a_start_lies_on_the_quarter_hour_and_not_before_the_lead_time(
    house: House,
) -> None:
    urgent = {"urgency": "urgent", "accept_fee": True}
    for lead, body in ((timedelta(minutes=60), {}), (timedelta(0), urgent)):
        expert, now = hire(house, "refrigeration"), datetime.now(at(0).tzinfo)
        soon = {
            "start": (now + timedelta(seconds=30)).isoformat(),
            "end": (now + timedelta(hours=6)).isoformat(),
        }
        ticket_id, visit = await waiting(house, soon, **body)
        await house.propose(visit, expert, [soon])
        seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
        start = datetime.fromisoformat(seen["start"])
        assert start.timestamp() % 900 == 0
        assert lead <= start - now <= lead + timedelta(minutes=16)
        assert [a["expert_id"] for a in assignments(house, ticket_id)] == [bare(expert)]


async def test_a_visit_that_joins_a_full_group_makes_it_wait_again(house: House) -> None:
    expert = hire(house, "diagnostics", zone="yaounde", home=(3.8667, 11.518))
    body = {"model_id": None, "model_text": "A grey box"}
    ticket_id, visit = await waiting(house, between(8, 20), who=PARTLY_INSURED, **body)
    await house.propose(visit, expert, [between(8, 20)])
    await stands(house, ticket_id, "FULL_HELD")
    await add(house, ticket_id, "electrical", **after(visit))
    assert "electrical" in (await stands(house, ticket_id, "PARTIAL"))["missing"][0]
