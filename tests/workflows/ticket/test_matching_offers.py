"""Places in the queue, holds, coverage, and times offered to the customer, through the API."""

import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.house import LIMIT, REFERENCE, House
from tests.workflows.company import (
    DAY,
    add,
    after,
    at,
    bare,
    between,
    crew,
    hire,
    hour,
    open_list,
    proposals,
    refused,
    stands,
    times,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)

UNINSURED = next(c for c in REFERENCE.customers if c.zone == "berlin" and not c.subscriptions)
PARTLY_INSURED = next(c for c in REFERENCE.customers if c.zone == "yaounde" and c.subscriptions)
YAOUNDE = (3.8667, 11.518)


async def test_narrowing_keeps_the_place_and_widening_needs_a_new_proposal(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    first = await house.propose(visit, one, [between(8, 14), between(16, 20)])
    second = await house.propose(visit, other, [between(8, 14)])
    path, narrower = f"/proposals/{first['id']}", {"windows": [between(10, 13)]}
    kept = await house.expect(one, "PATCH", path, narrower)
    assert kept["priority_seq"] == first["priority_seq"] < second["priority_seq"]
    for wider in (between(10, 13.25), between(9.75, 12), between(16, 18)):
        for windows in ([wider], [between(10, 12), wider]):
            more = {"windows": windows}
            await refused(house, 422, "windows-wider", one, "PATCH", path, more)
    again = await house.propose(visit, one, [between(16, 18)])
    assert again["priority_seq"] > second["priority_seq"]
    await times(house, ticket_id, between(10, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([one], 10)


async def test_a_narrowed_window_is_not_used_any_more(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    first = await house.propose(visit, one, [between(8, 14)])
    await house.propose(visit, other, [between(9, 14)])
    body = {"windows": [between(12, 14)]}
    await house.expect(one, "PATCH", f"/proposals/{first['id']}", body)
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([other], 9)


async def test_who_withdraws_loses_their_place_and_is_nobody_elses_to_touch(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    first = await house.propose(visit, one, [between(8, 14)])
    second = await house.propose(visit, other, [between(8, 14)])
    path = f"/proposals/{first['id']}"
    await refused(house, 404, "proposal-unknown", other, "DELETE", path)
    gone = await house.expect(one, "DELETE", path)
    assert gone["state"] == "WITHDRAWN"
    back = await house.propose(visit, one, [between(8, 14)])
    assert back["priority_seq"] > second["priority_seq"]
    await times(house, ticket_id, between(8, 20))
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [other]
    states = [p["state"] for p in (await proposals(house, visit)).values()]
    assert sorted(states) == ["RELEASED", "SELECTED", "WITHDRAWN"]


async def test_a_withdrawn_proposal_leaves_the_ticket_without_proposals(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    posted = await house.propose(visit, expert, [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await house.expect(expert, "DELETE", f"/proposals/{posted['id']}")
    await stands(house, ticket_id, "EMPTY")


async def test_a_full_group_is_held_for_better_proposals_and_the_hold_does_not_restart(
    house: House,
) -> None:
    late, early = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await _held_for_two_hours(house)
    before = datetime.now(at(0).tzinfo)
    await house.propose(visit, late, [between(12, 20)])
    await stands(house, ticket_id, "FULL_HELD")
    held = await _hold(house, ticket_id)
    assert timedelta(hours=2) <= held - before <= timedelta(hours=2, seconds=20)
    await house.later(ticket_id, timedelta(hours=1))
    await house.propose(visit, early, [between(9, 20)])
    await stands(house, ticket_id, "FULL_HELD")
    assert await _hold(house, ticket_id) == held
    await house.later(ticket_id, timedelta(hours=1, seconds=20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([early], 9)


async def test_a_hold_runs_on_from_the_first_time_the_group_was_full(house: House) -> None:
    fickle, steady = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await _held_for_two_hours(house)
    posted = await house.propose(visit, fickle, [between(8, 20)])
    await stands(house, ticket_id, "FULL_HELD")
    held = await _hold(house, ticket_id)
    await house.expect(fickle, "DELETE", f"/proposals/{posted['id']}")
    await stands(house, ticket_id, "EMPTY")
    await house.propose(visit, steady, [between(10, 20)])
    await stands(house, ticket_id, "FULL_HELD")
    assert await _hold(house, ticket_id) == held


async def test_once_booked_nobody_proposes_or_narrows(house: House) -> None:
    expert, late = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20))
    posted = await house.propose(visit, expert, [between(8, 20)])
    await house.until(ticket_id, "SCHEDULED")
    body = {"windows": [between(8, 10)]}
    for who, method, path in (
        (late, "POST", f"/visits/{visit}/proposals"),
        (expert, "PATCH", f"/proposals/{posted['id']}"),
    ):
        problem = await refused(house, 409, "illegal-transition", who, method, path, body)
        assert "state" in problem["evidence"]


async def test_unknown_coverage_holds_a_full_group_until_the_helpdesk_decides(
    house: House,
) -> None:
    expert = hire(house, "diagnostics", zone="yaounde", home=YAOUNDE)
    customer = f"customer:{PARTLY_INSURED.id}"
    body = {"model_id": None, "model_text": "A grey box"}
    ticket_id, visit = await waiting(house, between(8, 20), who=customer, **body)
    assert (await house.ticket(ticket_id))["coverage"] == "UNKNOWN"
    await house.propose(visit, expert, [between(8, 20)])
    await stands(house, ticket_id, "FULL_HELD")
    decided = {"coverage": "WAIVED", "reason": "A good customer."}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/coverage", decided)
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert crew(seen) == [expert]


async def test_what_no_plan_covers_waits_in_review_and_no_expert_sees_it(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id = await house.file(f"customer:{UNINSURED.id}", slots=[between(8, 20)])
    ticket = await house.until(ticket_id, "REVIEW")
    assert ticket["coverage"] == "NOT_COVERED"
    for visit in ticket["visits"]:
        shown = await house.ask(expert, "GET", f"/marketplace/visits/{visit['id']}")
        assert shown.status_code == 404
    assert not {v["id"] for v in ticket["visits"]} & set(await open_list(house, expert))
    accepted = {"coverage": "PAY_PER_JOB"}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/coverage", accepted)
    visit = (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]
    assert visit in await open_list(house, expert)


async def test_suggested_times_are_ten_at_most_an_hour_apart_and_name_nobody(
    house: House,
) -> None:
    expert, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    windows = [between(7 + 2 * n, 9 + 2 * n, DAY + 1) for n in range(6)]
    for who, day in ((expert, DAY + 1), (other, DAY + 2)):
        await house.propose(visit, who, [between(6.25, 20, day)])
    await house.propose(visit, other, windows)
    answer = await house.ask("customer", "GET", f"/tickets/{ticket_id}/suggested-slots")
    starts = [_start(s) for s in answer.json()["suggestions"]]
    assert starts[0] == at(6.25, DAY + 1)
    assert len(starts) == 10
    ordered = sorted(starts)
    assert all(b - a >= timedelta(hours=1) for a, b in pairwise(ordered))
    assert starts == ordered
    for who in (expert, other):
        assert bare(who) not in answer.text
    assert "Jo Doe" not in answer.text
    assert "prp_" not in answer.text
    await refused(
        house, 403, "role-not-allowed", expert, "GET", f"/tickets/{ticket_id}/suggested-slots"
    )


async def test_a_suggestion_is_a_time_for_the_whole_chain_and_taking_it_settles_it(
    house: House,
) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 12))
    second = await add(house, ticket_id, "electrical", **after(first, "PT1H", "PT2H"))
    await house.propose(first, one, [between(8, 20, DAY + 1)])
    await house.propose(second, other, [between(14, 16, DAY + 1)])
    found = await house.expect("customer", "GET", f"/tickets/{ticket_id}/suggested-slots")
    best = {v["visit_id"]: v for v in found["suggestions"][0]["visits"]}
    assert [hour(best[v]["start"], DAY + 1) for v in (first, second)] == [10.5, 14]
    slots = [{"start": v["start"], "end": v["end"]} for v in best.values()]
    began = time.monotonic()
    await times(house, ticket_id, *slots)
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert time.monotonic() - began < LIMIT
    assert [hour(v["start"], DAY + 1) for v in seen] == [10.5, 14]


async def _held_for_two_hours(house: House) -> tuple[str, str]:
    """A ticket of a time when full groups are held for two hours, and its visit."""
    policy = "/policies/normal/match_hold"
    await house.expect("admin", "PUT", policy, {"value": "PT2H"})
    try:
        return await waiting(house, between(8, 20))
    finally:
        await house.expect("admin", "PUT", policy, {"value": "PT0S"})


async def _hold(house: House, ticket_id: str) -> datetime:
    page = await house.expect("customer", "GET", f"/tickets/{ticket_id}/groups")
    return datetime.fromisoformat(page["items"][0]["hold_until"])


def _start(suggestion: Any) -> datetime:
    return datetime.fromisoformat(suggestion["visits"][0]["start"])
