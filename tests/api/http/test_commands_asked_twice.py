"""A command asked twice has one effect and gives one answer."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.api.http.asked_twice import REPLAYED, ask, new_key, open_visit
from tests.house import House, days
from tests.refusals import refused


async def test_a_proposal_sent_twice_has_one_place_in_the_queue(house: House) -> None:
    slots = days(43, 1)
    elsewhere = days(44, 1)
    _, visit = await open_visit(house, slots)
    path, key, offer = f"/visits/{visit}/proposals", new_key(), {"windows": elsewhere}
    answers = await asyncio.gather(
        *(ask(house, key, "POST", path, offer, "expert") for _ in "12345")
    )
    answers.append(await ask(house, key, "POST", path, offer, "expert"))
    assert {answer.status_code for answer in answers} <= {201, 409}
    taken = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.text for answer in taken}) == 1
    assert sum(REPLAYED not in answer.headers for answer in taken) == 1
    for answer in answers:
        if answer not in taken:
            refused(answer, 409, "request-in-progress")
    [kept] = await _soon_proposals(house, path)
    assert (kept["id"], kept["priority_seq"]) == (taken[0].json()["id"], 1)
    another = await ask(house, key, "POST", path, {"windows": slots}, "expert")
    refused(another, 422, "idempotency-key-reused")


async def _soon_proposals(house: House, path: str) -> list[Any]:
    async def look() -> list[Any]:
        items: list[Any] = (await house.expect("helpdesk", "GET", path))["items"]
        return items

    found: list[Any] = await house.soon(look, "the proposal")
    return found


async def test_a_proposal_answers_as_it_did_when_the_visit_is_settled(house: House) -> None:
    slots = days(45, 1)
    filed, visit = await open_visit(house, slots)
    path, key = f"/visits/{visit}/proposals", new_key()
    first = await ask(house, key, "POST", path, {"windows": slots}, "expert")
    await house.until(filed, "SCHEDULED")
    again = await ask(house, key, "POST", path, {"windows": slots}, "expert")
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert again.json() == first.json()
    await house.expect("customer", "POST", f"/tickets/{filed}/cancel", {})


async def test_a_ticket_is_given_up_once_and_everybody_is_told_once(house: House) -> None:
    filed, _ = await open_visit(house, days(46, 1))
    key, why = new_key(), {"reason": "It works again."}
    answers = [await ask(house, key, "POST", f"/tickets/{filed}/cancel", why) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.headers.get(REPLAYED) for answer in answers] == [None, "true", "true"]
    assert len({answer.text for answer in answers}) == 1
    await house.until(filed, "CANCELLED")
    happened = [e["type"] for e in await house.timeline(filed)]
    assert happened.count("ticket.cancelled") == 1
    other = await ask(house, key, "POST", f"/tickets/{filed}/cancel", {"reason": "Other."})
    refused(other, 422, "idempotency-key-reused")
    refused(
        await ask(house, new_key(), "POST", f"/tickets/{filed}/cancel", why), 409, "ticket-closed"
    )


async def test_a_ticket_is_reopened_once_however_often_it_is_said(house: House) -> None:
    slots = days(47, 1)
    filed, visit = await open_visit(house, slots)
    await house.propose(visit, windows=slots)
    await house.until(filed, "SCHEDULED")
    for kind in ("started", "completed"):
        await house.report(visit, kind)
    await house.until(filed, "COMPLETED")
    key, wanted = new_key(), {"slots": days(48, 1), "reason": "It hums again."}
    path = f"/tickets/{filed}/reopen"
    answers = [await ask(house, key, "POST", path, wanted) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.text for answer in answers}) == 1
    ticket = await house.until(filed, "MATCHING")
    assert (ticket["round"], len(ticket["visits"])) == (2, 2)


async def test_a_refused_command_may_be_tried_again_under_its_key(house: House) -> None:
    slots = days(49, 1)
    filed, visit = await open_visit(house, slots)
    key, path = new_key(), f"/tickets/{filed}/confirm"
    refused(await ask(house, key, "POST", path, {}), 409, "illegal-transition")
    offer_key, offers = new_key(), f"/visits/{visit}/proposals"
    offered = await ask(house, offer_key, "POST", offers, {"windows": days(-3, 1)}, "expert")
    refused(offered, 422, "windows-too-short", "/windows")
    offered = await ask(house, offer_key, "POST", offers, {"windows": slots}, "expert")
    assert (offered.status_code, REPLAYED in offered.headers) == (201, False)
    await house.until(filed, "SCHEDULED")
    for kind in ("started", "completed"):
        await house.report(visit, kind)
    await house.until(filed, "COMPLETED")
    confirmed = await ask(house, key, "POST", path, {})
    assert (confirmed.status_code, REPLAYED in confirmed.headers) == (200, False)
    await house.until(filed, "CLOSED")


async def test_the_words_of_a_refused_command_are_not_those_of_the_next(house: House) -> None:
    slots = days(50, 1)
    filed, visit = await open_visit(house, slots)
    await house.propose(visit, windows=slots)
    await house.until(filed, "SCHEDULED")
    await house.report(visit, "en_route")
    await house.until(filed, "IN_PROGRESS")
    key, path = new_key(), f"/tickets/{filed}/cancel"
    first = await ask(house, key, "POST", path, {"reason": "They are late."})
    refused(first, 403, "helpdesk-only")
    await house.report(visit, "completed")
    await house.until(filed, "COMPLETED")
    again = {"slots": days(51, 1), "reason": "It hums."}
    await house.expect("customer", "POST", f"/tickets/{filed}/reopen", again)
    await house.until(filed, "MATCHING")
    given_up = await ask(house, key, "POST", path, {"reason": "I bought another."})
    assert given_up.status_code == 200
    await house.until(filed, "CANCELLED")
    [cancelled] = [e for e in await house.timeline(filed) if e["type"] == "ticket.cancelled"]
    assert cancelled["data"]["note"] == "I bought another."


async def test_a_request_id_of_their_own_choice_hides_no_second_change(house: House) -> None:
    filed, _ = await open_visit(house, days(34, 1))
    same = {"X-Request-Id": "always-the-same"}
    for first in (35, 36):
        wanted = days(first, 1)
        answer = await house.ask(
            "customer", "PUT", f"/tickets/{filed}/slots", {"slots": wanted}, **same
        )
        assert answer.status_code == 200
    start = datetime.fromisoformat(days(36, 1)[0]["start"])
    await house.soon(lambda: _starts_at(house, filed, start), "the second change")
    for ticket, why in ((filed, "One."), (await house.file(), "Two.")):
        headers = {**house.headers("customer"), **same}
        del headers["Idempotency-Key"]
        path = f"/v1/tickets/{ticket}/cancel"
        answer = await house.http.post(path, json={"reason": why}, headers=headers)
        assert answer.status_code == 200


async def _starts_at(house: House, filed: str, start: datetime) -> bool:
    slots = (await house.ticket(filed))["slots"]
    return [datetime.fromisoformat(slot["start"]) for slot in slots] == [start]


async def test_a_report_from_the_field_sent_twice_has_one_effect(house: House) -> None:
    slots = days(52, 1)
    filed, visit = await open_visit(house, slots)
    await house.propose(visit, windows=slots)
    await house.until(filed, "SCHEDULED")
    event = {
        "client_event_id": new_key(),
        "type": "completed",
        "occurred_at": datetime.now(UTC).isoformat(),
        "report": {"notes": "Relay replaced."},
    }
    path = f"/visits/{visit}/events"
    answers = await asyncio.gather(*(house.ask("expert", "POST", path, event) for _ in "1234"))
    assert {answer.status_code for answer in answers} == {200}
    late = {**event, "type": "started", "client_event_id": new_key()}
    del late["report"]
    assert (await house.expect("expert", "POST", path, late))["out_of_order"]
    await house.until(filed, "COMPLETED")
    happened = [e["type"] for e in await house.timeline(filed)]
    assert (happened.count("visit.completed"), happened.count("visit.started")) == (1, 1)
    assert happened.count("ticket.completed") == 1
    await house.expect("customer", "POST", f"/tickets/{filed}/confirm", {})
    await house.until(filed, "CLOSED")
    assert (await house.expect("expert", "POST", path, event))["state"] == "COMPLETED"
    other = await house.expect("expert", "POST", path, {**event, "client_event_id": new_key()})
    assert (other["effect"], other["state"]) == ("repeated", "COMPLETED")


async def test_a_proposal_is_taken_back_and_times_are_set_however_often_it_is_said(
    house: House,
) -> None:
    filed, visit = await open_visit(house, days(33, 1))
    offered = await house.propose(visit, windows=days(34, 1))
    path = f"/proposals/{offered['id']}"
    answers = [await house.ask("expert", "DELETE", path) for _ in "123"]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert {answer.json()["state"] for answer in answers} == {"WITHDRAWN"}
    assert len({answer.text for answer in answers}) == 1
    wanted = {"slots": days(35, 1)}
    for _ in "123":
        await house.expect("customer", "PUT", f"/tickets/{filed}/slots", wanted)
    start = datetime.fromisoformat(days(35, 1)[0]["start"])
    await house.soon(lambda: _starts_at(house, filed, start), "the times")
    await house.expect("customer", "POST", f"/tickets/{filed}/cancel", {})
    assert (await house.ask("expert", "DELETE", path)).status_code == 200
