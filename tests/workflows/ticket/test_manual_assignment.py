"""The helpdesk sends an expert itself, whatever was proposed."""

from typing import LiteralString

import pytest

from tests.house import House
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
from tests.workflows.company import parting as parting
from tests.workflows.sending import WHY, in_order, send, wish
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


async def test_a_time_outside_the_slots_needs_consent_and_stands_until_the_customer_names_others(
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
    path = f"/tickets/{ticket_id}/slots"
    await house.expect("customer", "PUT", path, {"slots": [between(8, 12)]})
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["state"], hour(seen["start"])) == ("SCHEDULED", 18)
    await house.expect("customer", "PUT", path, {"slots": [between(9, 12)]})
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["state"], seen["start"]) == ("OPEN", None)


async def test_a_ticket_that_is_cancelled_leaves_the_calendar_free(house: House) -> None:
    sent = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await send(house, visit, sent, at(10))
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    assert [a["state"] for a in assignments(house, ticket_id)] == ["RELEASED"]
    _, again = await waiting(house, between(8, 12))
    await send(house, again, sent, at(10))


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
