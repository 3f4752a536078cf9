"""The helpdesk sends an expert itself: whatever was proposed, and never twice."""

import asyncio
import uuid
from typing import Any, LiteralString

import pytest

from tests.house import House
from tests.workflows.asking import UNINSURED
from tests.workflows.company import (
    DAY,
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
    rows,
    told,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.sending import WHY, in_order, send, sent_as, wish
from workers.tools.decisions import verify

_STATES: LiteralString = (
    "select state from notifications where ticket_id = %s and template = 'expert.assigned'"
)


async def test_an_expert_who_never_proposed_is_sent_and_everybody_hears_of_it_once(
    house: House,
) -> None:
    sent, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    offered = await house.propose(visit, other, [between(14, 18)])
    answer = await send(house, visit, sent, at(10))
    assert (answer["visit_state"], answer["match_state"]) == ("SCHEDULED", "FINALISED")
    assert answer["status"] == "SCHEDULED"
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (crew(seen), hour(seen["start"]), seen["assignments"][0]["source"]) == (
        [sent],
        10,
        "MANUAL",
    )
    assert (await proposals(house, visit))[offered["id"]]["state"] == "RELEASED"
    assert await told(house, ticket_id, "visit.scheduled") == [
        (await house.ticket(ticket_id))["customer_id"]
    ]
    assert await told(house, ticket_id, "expert.assigned") == [bare(sent)]
    assert await told(house, ticket_id, "proposal.released") == [bare(other)]
    assert in_order(house.database)
    work = await house.expect(sent, "GET", "/experts/me/work-items")
    assert visit in str(work)

    async def delivered() -> bool:
        return rows(house, _STATES, ticket_id) == [{"state": "SENT"}]

    await house.soon(delivered, "the message to be sent")


async def test_the_timeline_says_who_sent_whom_and_why(house: House) -> None:
    sent = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    answer = await send(house, visit, sent, at(10))
    await rest(house, ticket_id)
    happened = await house.timeline(ticket_id)
    [entry] = [e for e in happened if e["type"] == "expert.assigned"]
    assert (entry["actor_role"], entry["actor_id"]) == ("helpdesk", "usr_helpdesk")
    assert entry["data"]["assignment_id"] == answer["assignment_id"]
    assert WHY in str(entry)
    history = await house.workflow(ticket_id).fetch_history()
    assert WHY not in str(history.to_json_dict())


async def test_a_decision_by_hand_says_so_and_who_and_why(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    sent, stranger = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await send(house, visit, sent, at(10))
    seen = (await rest(house, ticket_id))["visits"][0]
    read = await decision(house, seen)
    assert (read["source"], read["keys"], read["proposals"]) == ("MANUAL", None, [])
    assert hour(read["starts"][visit]) == 10
    [chosen] = read["by_hand"]
    assert (chosen["expert_id"], chosen["actor_id"], chosen["reason"]) == (
        bare(sent),
        "usr_helpdesk",
        WHY,
    )
    own = await decision(house, seen, sent)
    assert [(c["expert_id"], c["reason"]) for c in own["by_hand"]] == [(bare(sent), None)]
    await refused(
        house, 404, "decision-unknown", stranger, "GET", f"/groups/{seen['group_id']}/decision"
    )
    assert verify(house.database) == 0, capsys.readouterr().out


async def test_the_proposal_of_whom_the_helpdesk_sends_is_selected_and_says_so(
    house: House,
) -> None:
    sent, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    elsewhere = await house.propose(visit, sent, [between(14, 18)])
    offered = await house.propose(visit, sent, [between(8, 12)])
    lost = await house.propose(visit, other, [between(8, 12)])
    await send(house, visit, sent, at(10), customer_consent=True)
    seen = (await rest(house, ticket_id))["visits"][0]
    states = {p["id"]: p["state"] for p in (await proposals(house, visit)).values()}
    assert states == {
        elsewhere["id"]: "RELEASED",
        offered["id"]: "SELECTED",
        lost["id"]: "RELEASED",
    }
    read = await decision(house, seen)
    said = {p["proposal_id"]: p["verdict"] for p in read["proposals"]}
    assert said[offered["id"]] == "won"
    assert said[lost["id"]] == "chosen-by-hand"
    assert await told(house, ticket_id, "proposal.selected") == []
    assert await told(house, ticket_id, "expert.assigned") == [bare(sent)]
    assert await told(house, ticket_id, "proposal.released") == [bare(other)]
    assert (await decision(house, seen, other))["by_hand"] == []


async def test_an_expert_who_is_busy_is_refused_with_what_keeps_them_and_when(
    house: House,
) -> None:
    sent = hire(house, "refrigeration")
    held, first = await waiting(house, between(8, 12))
    await send(house, first, sent, at(10))
    seen = (await rest(house, held))["visits"][0]
    ticket_id, visit = await waiting(house, between(8, 18))
    path = f"/visits/{visit}/assignments"
    body = wish(sent, at(10.5))
    problem = await refused(house, 409, "expert-busy", "helpdesk", "POST", path, body)
    evidence = problem["evidence"]
    assert evidence["kept_by"] == "assignment"
    assert (hour(evidence["start"]), evidence["end"]) == (10, seen["end"].replace("Z", "+00:00"))
    assert held not in str(problem)
    assert first not in str(problem)
    assert (await rest(house, ticket_id))["visits"][0]["state"] == "OPEN"
    assert assignments(house, ticket_id) == []


async def test_time_off_keeps_an_expert_too(house: House) -> None:
    sent = hire(house, "refrigeration")
    await house.expect(sent, "POST", "/experts/me/time-off", between(8, 20))
    _, visit = await waiting(house, between(8, 18))
    path = f"/visits/{visit}/assignments"
    problem = await refused(house, 409, "expert-busy", "helpdesk", "POST", path, wish(sent, at(10)))
    assert problem["evidence"]["kept_by"] == "time-off"
    assert [hour(problem["evidence"][k]) for k in ("start", "end")] == [8, 20]


async def test_what_a_calendar_refused_is_asked_anew_under_the_same_key(house: House) -> None:
    sent, key = hire(house, "refrigeration"), str(uuid.uuid4())
    off = await house.expect(sent, "POST", "/experts/me/time-off", between(8, 20))
    _, visit = await waiting(house, between(8, 18))
    body = wish(sent, at(10))
    assert (await sent_as(house, visit, body, key)).status_code == 409
    await house.ask(sent, "DELETE", f"/experts/me/time-off/{off['id']}")
    assert (await sent_as(house, visit, body, key)).status_code == 201


async def test_a_time_outside_the_slots_needs_the_customers_consent_and_then_stands(
    house: House,
) -> None:
    sent = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    path = f"/visits/{visit}/assignments"
    problem = await refused(
        house, 422, "consent-missing", "helpdesk", "POST", path, wish(sent, at(18))
    )
    assert problem["errors"][0]["pointer"] == "/customer_consent"
    await send(house, visit, sent, at(18), customer_consent=True)
    await house.expect(
        "customer", "PUT", f"/tickets/{ticket_id}/slots", {"slots": [between(9, 12)]}
    )
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["state"], hour(seen["start"])) == ("SCHEDULED", 18)


async def test_sending_twice_under_one_key_sends_once(house: House) -> None:
    sent, key = hire(house, "refrigeration"), str(uuid.uuid4())
    ticket_id, visit = await waiting(house, between(8, 12))
    body = wish(sent, at(10))
    first = await sent_as(house, visit, body, key)
    again = await sent_as(house, visit, body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    await rest(house, ticket_id)
    assert len(assignments(house, ticket_id)) == 1
    other = wish(sent, at(11))
    assert (await sent_as(house, visit, other, key)).json()["code"] == "idempotency-key-reused"


async def test_of_two_tickets_that_want_one_expert_at_one_time_exactly_one_gets_them(
    house: House,
) -> None:
    for round_ in range(6):
        sent = hire(house, "refrigeration")
        made = [await waiting(house, between(8, 12)) for _ in range(2)]
        answers = await asyncio.gather(
            *(sent_as(house, visit, wish(sent, at(8 + round_ % 2))) for _, visit in made)
        )
        assert sorted(a.status_code for a in answers) == [201, 409]
        [lost] = [a.json() for a in answers if a.status_code == 409]
        assert lost["code"] == "expert-busy"
        seen = [(await rest(house, ticket))["visits"][0]["state"] for ticket, _ in made]
        assert sorted(seen) == ["OPEN", "SCHEDULED"]
    assert in_order(house.database)


async def test_of_two_wishes_for_one_position_exactly_one_is_granted(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    answers = await asyncio.gather(
        *(sent_as(house, visit, wish(who, at(10))) for who in (one, other))
    )
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert len(crew((await rest(house, ticket_id))["visits"][0])) == 1
    assert in_order(house.database)


async def test_a_wish_and_the_matching_do_not_both_book_a_visit(house: House) -> None:
    for _ in range(5):
        sent, own = hire(house, "refrigeration"), hire(house, "refrigeration")
        ticket_id, visit = await waiting(house, between(8, 12))
        answer, _ = await asyncio.gather(
            sent_as(house, visit, wish(sent, at(10))),
            house.ask(own, "POST", f"/visits/{visit}/proposals", {"windows": [between(8, 12)]}),
        )
        seen = (await rest(house, ticket_id))["visits"][0]
        assert crew(seen) == ([sent] if answer.status_code == 201 else [own])
    assert in_order(house.database)


async def test_a_ticket_that_is_cancelled_leaves_the_calendar_free(house: House) -> None:
    sent = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await send(house, visit, sent, at(10))
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    assert [a["state"] for a in assignments(house, ticket_id)] == ["RELEASED"]
    _, again = await waiting(house, between(8, 12))
    await send(house, again, sent, at(10))


async def test_a_ticket_cancelled_while_somebody_is_being_sent_books_nobody(house: House) -> None:
    for _ in range(6):
        sent = hire(house, "refrigeration")
        ticket_id, visit = await waiting(house, between(8, 12))
        answer, _ = await asyncio.gather(
            sent_as(house, visit, wish(sent, at(10))),
            house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {}),
        )
        assert answer.status_code in (201, 409), answer.text
        await house.workflow(ticket_id).result()
        await house.until(ticket_id, "CANCELLED")
        assert all(a["state"] == "RELEASED" for a in assignments(house, ticket_id))


async def test_only_staff_sends_and_only_to_visits_that_exist(house: House) -> None:
    sent = hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 12))
    path, body = f"/visits/{visit}/assignments", wish(sent, at(10))
    for who in ("customer", sent, "integration"):
        await refused(house, 403, "role-not-allowed", who, "POST", path, body)
    nowhere = f"/visits/vis_{uuid.uuid4()}/assignments"
    await refused(house, 404, "visit-unknown", "helpdesk", "POST", nowhere, body)
    await house.expect("manager", "POST", path, body)


async def test_a_visit_that_stands_takes_nobody_by_hand(house: House) -> None:
    sent, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 12))
    await send(house, visit, sent, at(10))
    path = f"/visits/{visit}/assignments"
    await refused(house, 409, "illegal-transition", "helpdesk", "POST", path, wish(other, at(10)))


BAD: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "an unknown expert": (
        {"expert_id": f"exp_{uuid.uuid4()}"},
        422,
        "expert-unknown",
        "/expert_id",
    ),
    "a start off the grid": (
        {"start": at(10.1).isoformat()},
        422,
        "start-off-grid",
        "/start",
    ),
    "a start in the past": (
        {"start": at(10, -1).isoformat()},
        422,
        "start-in-the-past",
        "/start",
    ),
    "a start too far ahead": ({"start": at(10, 70).isoformat()}, 422, "start-too-far", "/start"),
    "a time without offset": (
        {"start": at(10).replace(tzinfo=None).isoformat()},
        422,
        "validation-failed",
        "/start",
    ),
    "a position that is not there": ({"position": 3}, 422, "position-unknown", "/position"),
    "a position that cannot be": ({"position": 7}, 422, "validation-failed", "/position"),
    "a reason too long": ({"reason": "x" * 4001}, 422, "validation-failed", "/reason"),
    "a reason of nothing": ({"reason": "  "}, 422, "validation-failed", "/reason"),
    "control characters": ({"reason": "a\x00b"}, 422, "validation-failed", "/reason"),
    "consent that is no yes": (
        {"customer_consent": "yes"},
        422,
        "validation-failed",
        "/customer_consent",
    ),
    "a field of another world": ({"price": 1}, 422, "validation-failed", "/price"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_refused_with_its_field_and_rule(house: House, name: str) -> None:
    change, status, code, field = BAD[name]
    sent = hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 12))
    body = {**wish(sent, at(10)), **change}
    path = f"/visits/{visit}/assignments"
    problem = await refused(house, status, code, "helpdesk", "POST", path, body)
    assert [e["pointer"] for e in problem["errors"]] == [field]


async def test_who_is_not_able_is_not_sent(house: House) -> None:
    unskilled, dismissed = hire(house, "electrical"), hire(house, "refrigeration")
    await house.expect("admin", "PATCH", f"/experts/{bare(dismissed)}", {"status": "SUSPENDED"})
    _, visit = await waiting(house, between(8, 12))
    path = f"/visits/{visit}/assignments"
    for who, code in ((unskilled, "skill-missing"), (dismissed, "expert-not-verified")):
        await refused(house, 409, code, "helpdesk", "POST", path, wish(who, at(10)))


async def test_nobody_is_sent_before_it_is_settled_who_pays(house: House) -> None:
    sent = hire(house, "refrigeration")
    ticket_id = await house.file(UNINSURED, slots=[between(8, 12)])
    visit = (await house.until(ticket_id, "REVIEW"))["visits"][0]["id"]
    path = f"/visits/{visit}/assignments"
    await refused(house, 409, "illegal-transition", "helpdesk", "POST", path, wish(sent, at(10)))


async def test_a_visit_sent_to_by_hand_is_done_and_billed_like_any_other(house: House) -> None:
    sent = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await send(house, visit, sent, at(10))
    for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
        await house.report(visit, kind, sent)
    await house.until(ticket_id, "COMPLETED")
    earned = await house.expect(sent, "GET", "/experts/me/earnings")
    assert visit in str(earned)


async def test_the_customer_moves_what_the_helpdesk_settled_like_anything_else(
    house: House,
) -> None:
    sent, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await send(house, visit, sent, at(10))
    day = {"slots": [between(8, 12, DAY + 1)]}
    await house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", day)
    await house.propose(visit, other, [between(8, 12, DAY + 1)])
    ticket = await rest(house, ticket_id)
    assert (crew(ticket["visits"][0]), ticket["status"]) == ([other], "SCHEDULED")
    read = await decision(house, ticket["visits"][0])
    assert (read["source"], read["by_hand"]) == ("AUTO", [])
