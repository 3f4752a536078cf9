"""Whom the open list shows what, who may propose, and whose calendar has room, through the API."""

from math import asin, cos, radians, sin, sqrt
from typing import Any

from models.db.people.writes import ExpertRepository
from tests.house import House
from tests.workflows.company import (
    DAY,
    HOME,
    at,
    bare,
    between,
    crew,
    decision,
    hire,
    hour,
    open_list,
    proposals,
    refused,
    rest,
    rows,
    stands,
    times,
    waiting,
    welcome,
)
from tests.workflows.company import (
    parting as parting,
)

LONDON = (51.5074, -0.1278)


async def test_the_open_list_shows_the_visits_for_ones_skills_near_by_without_the_address(
    house: House,
) -> None:
    fitting = hire(house, "refrigeration")
    visitor = hire(house, "refrigeration", zone="london", home=(52.49, 13.41))
    unskilled = hire(house, "plumbing")
    unpractised = hire(house, "hvac", level=1)
    abroad = hire(house, "refrigeration", zone="london", home=LONDON)
    _, visit = await waiting(house, between(8, 20), description="Knock twice at Doe's.")
    for who in (fitting, visitor):
        assert visit in await open_list(house, who)
    for who in (unskilled, unpractised, abroad):
        assert visit not in await open_list(house, who)
        assert (await house.ask(who, "GET", f"/marketplace/visits/{visit}")).status_code == 404
    shown = (await house.ask(fitting, "GET", f"/marketplace/visits/{visit}")).text
    for secret in ("Oranienstra", "10999", "Albrecht", "+4917", "Knock", "52.5"):
        assert secret not in shown


async def test_the_open_list_leaves_out_what_is_booked_or_in_conflict_with_ones_own_work(
    house: House,
) -> None:
    expert, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    booked, visit = await waiting(house, between(8, 10))
    await house.propose(visit, expert, [between(8, 10)])
    await house.until(booked, "SCHEDULED")
    assert visit not in await open_list(house, other)
    _, clashing = await waiting(house, between(8, 10))
    _, fitting = await waiting(house, between(8, 12))
    listed = set(await open_list(house, expert))
    assert (clashing in listed, fitting in listed) == (False, True)
    assert {clashing, fitting} <= set(await open_list(house, other))


async def test_a_change_of_skill_changes_the_open_list_at_once_and_is_kept_on_record(
    house: House,
) -> None:
    expert = hire(house, "plumbing")
    _, visit = await waiting(house, between(8, 20))
    assert visit not in await open_list(house, expert)
    path = f"/experts/{bare(expert)}/skills/refrigeration"
    await house.expect("admin", "PUT", path, {"level": 1})
    assert visit in await open_list(house, expert)
    past = {"level": 1, "expires_at": at(0, -1).isoformat()}
    await house.expect("admin", "PUT", path, past)
    assert visit not in await open_list(house, expert)
    await house.expect("admin", "PUT", path, {"level": 2})
    await house.expect("admin", "DELETE", path)
    assert visit not in await open_list(house, expert)
    await refused(house, 403, "role-not-allowed", expert, "PUT", path, {"level": 1})
    kept = rows(house, "select * from events where aggregate = %s order by seq", bare(expert))
    assert [(e["type"], e["actor_role"]) for e in kept] == [
        ("expert.skill_set", "admin"),
        ("expert.skill_set", "admin"),
        ("expert.skill_set", "admin"),
        ("expert.skill_dropped", "admin"),
    ]


async def test_only_verified_and_flagged_experts_see_and_propose(house: House) -> None:
    expert = hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 20))
    body, path = {"windows": [between(21, 23)]}, f"/visits/{visit}/proposals"
    for status, seen in (
        ("SUSPENDED", False),
        ("APPLIED", False),
        ("VETTING", False),
        ("REJECTED", False),
        ("FLAGGED", True),
        ("VERIFIED", True),
    ):
        standing = {"status": status}
        await house.expect("admin", "PATCH", f"/experts/{bare(expert)}", standing)
        assert (visit in await open_list(house, expert)) is seen, status
        answer = await house.ask(expert, "POST", path, body)
        assert answer.status_code == (201 if seen else 403), f"{status}: {answer.text}"


async def waiting_for_somebody_away(house: House) -> tuple[str, str, str]:
    """An expert who took time off after they had proposed; the ticket that waits for them; the time
    off."""
    away = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    await house.propose(visit, away, [between(8, 12)])
    off = await house.expect(away, "POST", "/experts/me/time-off", between(0, 24))
    await times(house, ticket_id, between(8, 12))
    await stands(house, ticket_id, "NO_COMMON_TIME")
    return away, ticket_id, off["id"]


async def test_whoever_took_time_off_since_is_passed_over_and_wakes_the_ticket_coming_back(
    house: House,
) -> None:
    away, ticket_id, off = await waiting_for_somebody_away(house)
    answer = await house.ask(away, "DELETE", f"/experts/me/time-off/{off}")
    assert answer.status_code == 204
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [away]


async def test_time_that_nobody_lived_to_tell_of_wakes_the_ticket_all_the_same(
    house: House,
) -> None:
    """The time off is gone, and so is the process that gave it back."""
    away, ticket_id, off = await waiting_for_somebody_away(house)
    with house.database.unit_of_work() as session:
        experts = ExpertRepository(session)
        assert experts.drop_time_off(bare(away), off)
        assert not experts.drop_time_off(bare(away), off)
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [away]


async def test_time_off_lets_the_next_proposal_win_and_the_decision_says_so(house: House) -> None:
    away, second = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    for who in (away, second):
        await house.propose(visit, who, [between(8, 12)])
    await house.expect(away, "POST", "/experts/me/time-off", between(7, 9.75))
    await times(house, ticket_id, between(8, 11))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([second], 8)
    said = (await decision(house, seen))["proposals"]
    assert [p["verdict"] for p in said] == ["busy-elsewhere", "won"]


async def test_who_was_suspended_or_lost_the_skill_before_the_booking_is_ineligible(
    house: House,
) -> None:
    suspended, unlearned, third = (hire(house, "refrigeration") for _ in range(3))
    ticket_id, visit = await waiting(house)
    for who in (suspended, unlearned, third):
        await house.propose(visit, who, [between(8, 12)])
    standing = {"status": "SUSPENDED"}
    await house.expect("admin", "PATCH", f"/experts/{bare(suspended)}", standing)
    skill = f"/experts/{bare(unlearned)}/skills/refrigeration"
    await house.expect("admin", "DELETE", skill)
    await times(house, ticket_id, between(8, 12))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert crew(seen) == [third]
    states = [p["state"] for p in (await proposals(house, visit)).values()]
    assert states == ["INELIGIBLE", "INELIGIBLE", "SELECTED"]


async def test_a_skill_that_a_proposer_gains_wakes_the_ticket_that_lacked_it(
    house: House,
) -> None:
    one, learner = hire(house, "electrical"), hire(house, "electrical")
    ticket_id, visit = await waiting(house, between(8, 12), model_id="mod_daikin-ftxm35r")
    for who in (one, learner):
        await house.propose(visit, who, [between(8, 12)])
    assert "hvac" in (await stands(house, ticket_id, "PARTIAL"))["missing"][0]
    await house.expect("admin", "PUT", f"/experts/{bare(learner)}/skills/hvac", {"level": 2})
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [learner, one]


async def test_a_skill_that_ends_before_the_visit_does_not_count_then(house: House) -> None:
    ending, lasting = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    for who in (ending, lasting):
        await house.propose(visit, who, [between(8, 12)])
    held = {"level": 3, "expires_at": at(7).isoformat()}
    await house.expect("admin", "PUT", f"/experts/{bare(ending)}/skills/refrigeration", held)
    await times(house, ticket_id, between(8, 12))
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [lasting]


async def test_the_way_between_two_addresses_is_kept_free_and_none_is_needed_at_one(
    house: House,
) -> None:
    expert = hire(house, "refrigeration", radius=100)
    far = (HOME[0] + 0.178, HOME[1])
    near = (HOME[0] + 0.01, HOME[1])
    travel = _kilometres(HOME, far) * 1.4 / 40
    # Three quarters of an hour on the grid; half an hour, were the way as straight as the crow's.
    assert 0.5 < travel < 0.75
    assert travel / 1.4 < 0.5
    await _booked(house, expert, "customer", 12, between(12, 13.5))
    day = [between(8, 20)]
    # The slots leave room on one side of the booking only.
    await _booked(house, expert, welcome(house, *far), 14.25, between(13, 20), windows=day)
    await _booked(house, expert, "customer", 16.5, between(15, 20), windows=day)
    await _booked(house, expert, welcome(house, *near), 18.25, between(17, 20), windows=day)
    page = await house.expect(expert, "GET", "/experts/me/work-items")
    assert [hour(i["start"]) for i in page["items"]] == [12, 14.25, 16.5, 18.25]


async def test_two_visits_at_one_address_may_follow_without_a_pause(house: House) -> None:
    expert = hire(house, "refrigeration")
    await _booked(house, expert, "customer", 8, between(8, 9.5))
    await _booked(house, expert, "customer", 9.5, between(8, 20), windows=[between(8, 20)])


async def test_the_calendar_follows_local_time_across_the_change_of_the_clocks(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    week = {"week": [{"weekday": d, "start": "09:00", "end": "17:00"} for d in range(7)]}
    await house.expect(expert, "PUT", "/experts/me/availability", week)
    span = "from=2027-03-27T00:00:00Z&to=2027-03-29T00:00:00Z"
    shown = await house.expect(expert, "GET", f"/experts/me/calendar?{span}")
    free = [(f["start"], f["end"]) for f in shown["free"]]
    assert free == [
        ("2027-03-27T08:00:00Z", "2027-03-27T16:00:00Z"),
        ("2027-03-28T07:00:00Z", "2027-03-28T15:00:00Z"),
    ]


async def _booked(
    house: House, who: str, customer: str, expected: float, slot: Any, windows: Any = None
) -> None:
    ticket_id, visit = await waiting(house, slot, who=customer)
    await house.propose(visit, who, windows or [slot])
    await house.until(ticket_id, "SCHEDULED")
    seen = (await rest(house, ticket_id))["visits"][0]
    assert hour(seen["start"], DAY) == expected


def _kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along a great circle."""
    (lat1, lng1), (lat2, lng2) = ((radians(a), radians(b)) for a, b in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lng2 - lng1) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))
