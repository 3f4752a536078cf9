"""A visit is moved by its customer, or by the helpdesk for them."""

import uuid
from typing import Any

from tests.house import House
from tests.refusals import refused
from tests.workflows.company import (
    add,
    after,
    assignments,
    at,
    bare,
    between,
    crew,
    hire,
    hour,
    proposals,
    rest,
    rows,
    told,
    waiting,
)

DAY, NEXT = 30, 31
BARE = {"start": "2026-12-01T09:00:00", "end": "2026-12-01T12:00:00"}
LOCAL_TIMES = ({"slots": [BARE]}, "offset-missing", "/slots/0/start")
ME, SOMEBODY = "customer", "customer:cus_019b8d63-64e0-7df2-b0ae-bffdf9d40000"


async def test_a_moved_visit_is_booked_anew_once_with_the_places_of_before(house: House) -> None:
    first = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20, DAY), between(8, 20, NEXT))
    await house.propose(visit, first, [between(8, 12, DAY)])
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"], DAY)) == ([first], 8)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    path, wanted = f"/visits/{visit}/reschedule", {"slots": [between(9, 12, DAY)]}
    answers = [await house.ask(ME, "POST", path, wanted, **key) for _ in "12"]
    assert [a.status_code for a in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()

    async def again() -> Any:
        now = (await house.ticket(ticket_id))["visits"][0]
        return now if now["start"] not in (None, seen["start"]) else None

    seen = await house.soon(again, "the visit to be settled anew")
    assert (crew(seen), hour(seen["start"], DAY)) == ([first], 9)
    assert [p["priority_seq"] for p in (await proposals(house, visit)).values()] == [1]
    assert sorted(a["state"] for a in assignments(house, ticket_id)) == ["RELEASED", "RESERVED"]
    happened = [e["type"] for e in await house.timeline(ticket_id)]
    assert happened.count("visit.move_asked") == happened.count("visit.released") == 1
    refused(await house.ask("helpdesk", "POST", path, wanted), 422, "reason-missing", "/reason")
    refused(await house.ask(SOMEBODY, "POST", path, wanted), 404, "visit-unknown")
    refused(await house.ask(first, "POST", path, wanted), 403, "role-not-allowed")
    for wrong, code, pointer in (
        ({"slots": []}, "validation-failed", "/slots"),
        ({"slots": [between(8, 8.25, DAY)]}, "slot-too-short", "/slots/0"),
        LOCAL_TIMES,
        ({"times": []}, "validation-failed", "/times"),
    ):
        answer = await house.ask(ME, "POST", path, wrong)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] in (code, "unknown-field"), answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
    stale = await house.ask(ME, "POST", path, wanted, **{"If-Match": '"1"'})
    refused(stale, 412, "ticket-changed")
    why = {"slots": [between(10, 12, NEXT)], "reason": "They called: they are away that day."}
    await house.expect("helpdesk", "POST", path, why)
    await house.until(ticket_id, "MATCHING")
    [*_, asked] = [e for e in await house.timeline(ticket_id) if e["type"] == "visit.move_asked"]
    assert asked["data"]["note"] == why["reason"]
    await house.expect(ME, "POST", f"/tickets/{ticket_id}/cancel", {})


async def test_what_follows_a_visit_that_its_customer_moves_is_matched_with_it_and_told_once(
    house: House,
) -> None:
    anna, ben = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20, DAY), between(8, 20, NEXT))
    second = await add(house, ticket_id, "electrical", **after(first, "PT30M", "PT2H"))
    await house.propose(first, anna, [between(8, 9.5, DAY)])
    await house.propose(second, ben, [between(8, 20, DAY)])
    settled = await house.until(ticket_id, "SCHEDULED")
    assert [crew(v) for v in settled["visits"]] == [[anna], [ben]]
    wanted = {"slots": [between(14, 18, DAY)]}
    await house.expect(ME, "POST", f"/visits/{first}/reschedule", wanted)
    released = await house.until(ticket_id, "MATCHING")
    assert [crew(v) for v in released["visits"]] == [[], []]
    released = await rest(house, ticket_id)
    assert [v["state"] for v in released["visits"]] == ["OPEN", "OPEN"]
    assert {a["state"] for a in assignments(house, ticket_id)} == {"RELEASED"}
    kept = [p for v in (first, second) for p in (await proposals(house, v)).values()]
    assert [(p["state"], p["priority_seq"]) for p in kept] == [("ACTIVE", 1), ("ACTIVE", 2)]
    both = sorted([bare(anna), bare(ben)])
    assert await told(house, ticket_id, "assignment.cancelled") == both
    for who in (anna, ben):
        live = "select 1 from assignments where expert_id = %s and state <> 'RELEASED'"
        assert rows(house, live, bare(who)) == []
    assert await told(house, ticket_id, "visit.cancelled") == [released["customer_id"]]

    # Whoever was freed can be booked for that very hour.
    _, elsewhere = await waiting(house, between(8, 9.5, DAY))
    await house.propose(elsewhere, anna, [between(8, 9.5, DAY)])

    async def booked() -> bool:
        found = rows(house, "select start_at from assignments where visit_id = %s", elsewhere)
        return [row["start_at"] for row in found] == [at(8, DAY)]

    await house.soon(booked, "the hour that is free again")
    clara = hire(house, "refrigeration")
    await house.propose(first, clara, [between(14, 18, DAY)])
    again = await house.until(ticket_id, "SCHEDULED")
    assert [crew(v) for v in again["visits"]] == [[clara], [ben]]
    [begins, follows] = again["visits"]
    assert hour(begins["start"], DAY) == 14
    assert hour(follows["start"], DAY) == hour(begins["end"], DAY) + 0.5
    assert await told(house, ticket_id, "assignment.cancelled") == both
    await house.expect(ME, "POST", f"/tickets/{ticket_id}/cancel", {})
