"""What changes after people proposed, before and after the booking, through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import House
from tests.workflows.company import (
    DAY,
    LET_GO,
    add,
    after,
    assignments,
    at,
    bare,
    between,
    crew,
    decision,
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

NEXT = DAY + 1


async def test_new_times_before_the_booking_leave_the_proposals_as_they_are(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    posted = await house.propose(visit, expert, [between(8, 12, NEXT)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await times(house, ticket_id, between(8, 12), between(9, 12, NEXT))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert hour(seen["start"], NEXT) == 9
    now = (await proposals(house, visit))[posted["id"]]
    assert (now["state"], now["priority_seq"]) == ("SELECTED", posted["priority_seq"])
    assert now["windows"] == posted["windows"]


async def test_new_times_that_hold_the_booked_one_change_nothing(house: House) -> None:
    ticket_id, _, _ = await _booked(house)
    before = (await rest(house, ticket_id))["visits"][0]
    await times(house, ticket_id, between(8, 9.5), between(8, 20, NEXT))
    after_ = (await rest(house, ticket_id))["visits"][0]
    assert (after_["start"], after_["assignments"]) == (before["start"], before["assignments"])
    assert [a["state"] for a in assignments(house, ticket_id)] == ["RESERVED"]
    assert (await decision(house, after_))["round"] == 1


async def test_a_released_group_keeps_its_proposals_and_their_places(house: House) -> None:
    first, second, third = (hire(house, "refrigeration") for _ in range(3))
    ticket_id, visit = await waiting(house)
    await house.propose(visit, first, [between(8, 10)])
    await house.propose(visit, second, [between(8, 10), between(8, 10, NEXT)])
    await house.propose(visit, third, [between(8, 10), between(8, 12, NEXT)])
    placed = {p["expert_id"]: p["priority_seq"] for p in (await proposals(house, visit)).values()}
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert crew(seen) == [first]
    await times(house, ticket_id, between(8, 20, NEXT))
    seen = (await _moved(house, ticket_id, seen["start"]))["visits"][0]
    assert (crew(seen), hour(seen["start"], NEXT)) == ([second], 8)
    now = list((await proposals(house, visit)).values())
    assert {p["expert_id"]: p["priority_seq"] for p in now} == placed
    assert (await decision(house, seen))["round"] == 2
    held = [(a["expert_id"], a["state"]) for a in assignments(house, ticket_id)]
    assert set(held) == {(bare(first), "RELEASED"), (bare(second), "RESERVED")}


async def test_a_released_group_waits_when_nobody_can_come_at_the_new_times(house: House) -> None:
    ticket_id, visit, _ = await _booked(house)
    await times(house, ticket_id, between(8, 20, NEXT))
    assert (await house.until(ticket_id, "MATCHING"))["visits"][0]["start"] is None
    await stands(house, ticket_id, "NO_COMMON_TIME")
    assert [p["state"] for p in (await proposals(house, visit)).values()] == ["ACTIVE"]
    assert [a["state"] for a in assignments(house, ticket_id)] == ["RELEASED"]


async def test_a_visit_may_move_by_half_an_hour_with_the_same_expert(house: House) -> None:
    ticket_id, _, expert = await _booked(house)
    await times(house, ticket_id, between(8.5, 10))
    seen = (await _moved(house, ticket_id, at(8).isoformat().replace("+00:00", "Z")))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([expert], 8.5)


async def test_released_proposals_whose_windows_are_over_stay_released(house: House) -> None:
    over, lasting = hire(house, "refrigeration"), hire(house, "refrigeration")
    soon = datetime.now(UTC) + timedelta(hours=3)
    near = {"start": soon.isoformat(), "end": (soon + timedelta(hours=2)).isoformat()}
    ticket_id, visit = await waiting(house)
    posted = [
        await house.propose(visit, who, [window])
        for who, window in ((lasting, between(8, 12)), (over, near))
    ]
    await times(house, ticket_id, between(8, 20))
    await house.until(ticket_id, "SCHEDULED")
    await house.later(ticket_id, timedelta(hours=6))
    await times(house, ticket_id, between(8, 20, NEXT))
    await stands(house, ticket_id, "NO_COMMON_TIME")
    now = await proposals(house, visit)
    assert [now[p["id"]]["state"] for p in posted] == ["ACTIVE", "RELEASED"]


async def test_the_actual_end_of_a_visit_counts_for_those_that_follow_it(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "electrical", **after(first, "P21D", None))
    await house.propose(first, one, [between(8, 12)])
    await house.propose(second, other, [between(8, 20, 22), between(8, 20, 45)])
    await times(house, ticket_id, between(8, 20), between(8, 20, 45))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert hour(seen[1]["start"], 45) == 8
    for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
        await house.report(first, kind, one)
    await times(house, ticket_id, between(8, 20, 22))
    seen = (await _moved(house, ticket_id, seen[1]["start"], 1))["visits"]
    assert seen[0]["state"] == "COMPLETED"
    assert hour(seen[1]["start"], 22) == 8


async def test_what_follows_a_moved_visit_moves_along(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house)
    own = {"slots": [between(8, 20), between(8, 20, NEXT)], **after(first)}
    second = await add(house, ticket_id, "electrical", **own)
    for visit, who in ((first, one), (second, other)):
        await house.propose(visit, who, [between(8, 20), between(10, 20, NEXT)])
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [hour(v["start"]) for v in seen] == [8, 9.5]
    await times(house, ticket_id, between(8, 20, NEXT))
    seen = (await _moved(house, ticket_id, seen[0]["start"]))["visits"]
    assert [hour(v["start"], NEXT) for v in seen] == [10, 11.5]


async def test_what_precedes_a_moved_visit_stays_while_the_gap_allows_it(house: House) -> None:
    for most, precedes in ((None, 8.0), ("PT4H", 32.0)):
        one, other = hire(house, "electrical"), hire(house, "electrical")
        ticket_id, _ = await waiting(house, between(8, 20))
        own = [between(8, 20), between(8, 20, NEXT)]
        first = await add(house, ticket_id, "electrical", slots=own)
        second = await add(house, ticket_id, "electrical", **after(first, "PT0S", most))
        await house.propose(first, one, own)
        await house.propose(second, other, own)

        async def booked(ticket_id: str = ticket_id) -> Any:
            visits = (await rest(house, ticket_id))["visits"]
            return visits if all(v["start"] for v in visits[1:]) else None

        seen = await house.soon(booked, "both visits to be booked")
        assert [hour(v["start"]) for v in seen[1:]] == [8, 9]
        await times(house, ticket_id, between(8, 20, NEXT))
        seen = (await _moved(house, ticket_id, seen[2]["start"], 2))["visits"]
        follows = 32.0 if most is None else 33.0
        assert [hour(v["start"]) for v in seen[1:]] == [precedes, follows], most
        assert len(seen[1]["assignments"]) == (1 if most is None else 2)


async def test_inside_the_cut_off_only_the_helpdesk_moves_a_visit_and_says_why(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    soonest = (datetime.now(UTC) + timedelta(minutes=62)).timestamp()
    start = datetime.fromtimestamp(soonest // 900 * 900 + 900, UTC)
    near = {"start": start.isoformat(), "end": (start + timedelta(minutes=90)).isoformat()}
    ticket_id, visit = await waiting(house, near)
    await house.propose(visit, expert, [near, between(8, 12)])
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    path, moved = f"/tickets/{ticket_id}/slots", {"slots": [between(8, 12)]}
    await refused(house, 409, "reschedule-cutoff", "customer", "PUT", path, moved)
    await refused(house, 409, "reschedule-cutoff", "helpdesk", "PUT", path, moved)
    pleading = {**moved, "reason": "I want it."}
    await refused(house, 409, "reschedule-cutoff", "customer", "PUT", path, pleading)
    await times(house, ticket_id, near, between(8, 12))
    assert (await rest(house, ticket_id))["visits"][0]["start"] == seen["start"]
    await times(house, ticket_id, between(8, 12), who="helpdesk", reason="They are in hospital.")
    seen = (await _moved(house, ticket_id, seen["start"]))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([expert], 8)


async def test_a_ticket_is_completed_when_all_its_visits_are_done(house: House) -> None:
    expert = hire(house, "refrigeration", "electrical")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "electrical")
    third = await add(house, ticket_id, "electrical")
    for n, visit in enumerate((first, second, third)):
        await house.propose(visit, expert, [between(8 + 3 * n, 10 + 3 * n)])
    await times(house, ticket_id, between(8, 20))
    await house.until(ticket_id, "SCHEDULED")
    for visit, status in ((second, "SCHEDULED"), (first, "SCHEDULED"), (third, "COMPLETED")):
        for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
            await house.report(visit, kind, expert)
        assert (await rest(house, ticket_id))["status"] == status
    items = (await house.expect(expert, "GET", "/experts/me/work-items"))["items"]
    assert {(i["visit_id"], i["state"]) for i in items} <= {
        (v, "DONE") for v in (first, second, third)
    }


async def _booked(house: House) -> tuple[str, str, str]:
    """A ticket whose visit is booked for 08:00, the visit, and who comes."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20))
    await house.propose(visit, expert, [between(8, 12)])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, visit, expert


async def _moved(house: House, ticket_id: str, start: str, visit: int = 0) -> Any:
    """The ticket once one of its visits is booked for another time."""

    async def elsewhere() -> Any:
        ticket = await rest(house, ticket_id)
        seen = ticket["visits"][visit]
        live = [a for a in seen["assignments"] if a["state"] not in LET_GO]
        return ticket if live and seen["start"] not in (None, start) else None

    return await house.soon(elsewhere, "another time")
