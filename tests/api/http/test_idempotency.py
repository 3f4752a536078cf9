"""Asking twice has one effect and gives one answer, whoever repeats it and whenever."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from models.identity import ticket_id
from tests.house import FRIDGE, REFERENCE, SUBJECTS, House, days
from tests.refusals import refused

NEIGHBOUR = REFERENCE.customers[1].id
REPLAYED = "Idempotency-Replayed"


def body(**changes: Any) -> dict[str, Any]:
    return {"description": "It hums.", "model_id": FRIDGE, "slots": days(33, 2), **changes}


def new_key() -> str:
    return str(uuid.uuid4())


async def ask(
    house: House, key: str, method: str, path: str, sent: Any, who: str = "customer"
) -> httpx2.Response:
    return await house.ask(who, method, path, sent, **{"Idempotency-Key": key})


async def open_visit(house: House, slots: Any, **changes: Any) -> tuple[str, str]:
    filed = await house.file(slots=slots, **changes)
    return filed, (await house.until(filed, "MATCHING"))["visits"][0]["id"]


async def tickets_of(house: House, who: str = "customer") -> set[str]:
    found: set[str] = set()
    path = "/tickets?limit=100"
    while True:
        page = await house.expect(who, "GET", path)
        found |= {ticket["id"] for ticket in page["items"]}
        if page["next_cursor"] is None:
            return found
        path = f"/tickets?limit=100&cursor={page['next_cursor']}"


async def test_the_same_request_names_the_same_ticket_and_gets_the_same_answer(
    house: House,
) -> None:
    key, wanted = new_key(), body()
    first = await ask(house, key, "POST", "/tickets", wanted)
    assert (first.status_code, REPLAYED in first.headers) == (201, False)
    for _ in range(3):
        again = await ask(house, key, "POST", "/tickets", wanted)
        assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
        assert again.json() == first.json()
        assert again.headers["Location"] == first.headers["Location"]


async def test_the_same_ticket_answers_when_it_is_cancelled_long_since(house: House) -> None:
    key, wanted = new_key(), body()
    first = await ask(house, key, "POST", "/tickets", wanted)
    await house.expect("customer", "POST", f"/tickets/{first.json()['id']}/cancel", {})
    await house.until(first.json()["id"], "CANCELLED")
    again = await ask(house, key, "POST", "/tickets", wanted)
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert again.json() == first.json()
    assert (await house.ticket(first.json()["id"]))["status"] == "CANCELLED"


async def test_a_ticket_whose_slot_has_come_meanwhile_still_answers(house: House) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    slots = [{"start": soon.isoformat(), "end": (soon + timedelta(hours=8)).isoformat()}]
    key, wanted = new_key(), body(slots=slots)
    first = await ask(house, key, "POST", "/tickets", wanted)
    assert first.status_code == 201
    await asyncio.sleep(1.1)
    again = await ask(house, key, "POST", "/tickets", wanted)
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert again.json() == first.json()
    another = await ask(house, new_key(), "POST", "/tickets", wanted)
    refused(another, 422, "slot-in-the-past", "/slots/0/start")


async def test_another_body_under_the_same_key_is_refused_and_changes_nothing(
    house: House,
) -> None:
    key = new_key()
    first = await ask(house, key, "POST", "/tickets", body())
    for other in (body(description="It burns."), body(slots=days(33, 1)), body(channel="app")):
        refused(await ask(house, key, "POST", "/tickets", other), 422, "idempotency-key-reused")
    ticket = await house.until(first.json()["id"], "MATCHING")
    assert (ticket["description"], ticket["channel"]) == ("It hums.", "web")


async def test_twenty_at_once_open_one_ticket(house: House) -> None:
    key, wanted, before = new_key(), body(), await tickets_of(house)
    answers = await asyncio.gather(
        *(ask(house, key, "POST", "/tickets", wanted) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sorted(REPLAYED in answer.headers for answer in answers) == [False] + [True] * 19
    filed = answers[0].json()["id"]
    await house.until(filed, "MATCHING")
    assert await tickets_of(house) - before == {filed}


async def test_twenty_at_once_with_different_bodies_open_one_ticket_and_the_others_hear_of_it(
    house: House,
) -> None:
    key = new_key()
    answers = await asyncio.gather(
        *(
            ask(house, key, "POST", "/tickets", body(description=f"It hums {n} times."))
            for n in range(20)
        )
    )
    taken = [answer for answer in answers if answer.is_success]
    assert len(taken) == 1
    for answer in answers:
        if answer is not taken[0]:
            refused(answer, 422, "idempotency-key-reused")


async def test_without_a_key_nothing_is_created(house: House) -> None:
    filed, visit = await open_visit(house, days(34, 1))
    for who, path, sent in (
        ("customer", "/tickets", body()),
        ("expert", f"/visits/{visit}/proposals", {"windows": days(34, 1)}),
        ("customer", f"/tickets/{filed}/reopen", {"slots": days(34, 1)}),
    ):
        headers = house.headers(who)
        del headers["Idempotency-Key"]
        answer = await house.http.post(f"/v1{path}", json=sent, headers=headers)
        refused(answer, 400, "idempotency-key-missing")


@pytest.mark.parametrize("key", ["", "a b", "é" * 3, "k" * 256, "k" * 20_000])
async def test_a_key_that_cannot_be_one_is_refused(house: House, key: str) -> None:
    headers = {**house.headers("customer"), "Idempotency-Key": ""}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    raw = [(n, key.encode("latin-1") if n == b"Idempotency-Key" else v) for n, v in raw]
    answer = await house.http.post("/v1/tickets", json=body(), headers=raw)
    assert refused_parameter(answer) == "Idempotency-Key"


def refused_parameter(answer: httpx2.Response) -> str:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid-parameter"), answer.text
    [error] = problem["errors"]
    parameter: str = error["parameter"]
    return parameter


async def test_the_longest_key_and_the_oddest_are_good_keys(house: House) -> None:
    for key in ("k" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "../../../etc/passwd"):
        key += new_key()[: 255 - len(key)] if len(key) < 200 else ""
        first = await ask(house, key, "POST", "/tickets", body())
        again = await ask(house, key, "POST", "/tickets", body())
        assert (first.status_code, again.json()) == (201, first.json())


async def test_two_callers_may_choose_the_same_key(house: House) -> None:
    key, wanted = new_key(), body()
    mine = await ask(house, key, "POST", "/tickets", wanted)
    yours = await ask(house, key, "POST", "/tickets", wanted, f"customer:{NEIGHBOUR}")
    assert (yours.status_code, REPLAYED in yours.headers) == (201, False)
    assert mine.json()["id"] != yours.json()["id"]
    ticket = await house.ticket(yours.json()["id"], f"customer:{NEIGHBOUR}")
    assert ticket["customer_id"] == NEIGHBOUR


async def test_one_caller_may_use_one_key_at_two_addresses(house: House) -> None:
    key = new_key()
    filed = (await ask(house, key, "POST", "/tickets", body())).json()["id"]
    other = await house.file()
    for ticket in (filed, other):
        given_up = await ask(house, key, "POST", f"/tickets/{ticket}/cancel", {})
        assert (given_up.status_code, REPLAYED in given_up.headers) == (200, False)


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
    other = await house.ask("expert", "POST", path, {**event, "client_event_id": new_key()})
    refused(other, 409, "ticket-closed")


async def test_an_id_is_told_before_any_answer_comes(house: House) -> None:
    key = new_key()
    filed = (await ask(house, key, "POST", "/tickets", body())).json()["id"]
    assert filed == ticket_id(SUBJECTS["customer"], key)
