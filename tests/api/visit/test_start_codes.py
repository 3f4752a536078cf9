"""The customer has four digits, and the work begins with them."""

import asyncio
import json
import re
import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.http.auth import Principal
from api.intake.as_it_came import PutOff
from api.intake.put_off import asking_again
from models.actor import Role
from models.errors import Unavailable
from models.intake.command import CommandKind, LoggedCommand
from models.rules.visit.start_code import appointment_of
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import HOME, bare, between, hire, rows, waiting, welcome
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, open_question
from tests.workflows.ticket.test_cannot_arrive import REPLACE, number_of

POLICY = "/policies/normal/start_code"


async def booked(house: House, slot: Any = None) -> tuple[str, str, str]:
    """A ticket whose work begins with a code, its visit, and who makes it."""
    expert = hire(house, "refrigeration")
    await house.expect("admin", "PUT", POLICY, {"value": True})
    try:
        slot = slot or between(8, 12)
        ticket_id, visit = await waiting(house, slot, who=welcome(house, *HOME))
    finally:
        await house.expect("admin", "PUT", POLICY, {"value": False})
    await house.propose(visit, expert, [slot])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, visit, expert


async def begin(house: House, visit: str, expert: str, code: str | None, **more: Any) -> Any:
    event = {
        "client_event_id": str(uuid.uuid4()),
        "type": "started",
        "occurred_at": datetime.now(UTC).isoformat(),
        **({"start_code": code} if code else {}),
        **more,
    }
    return await house.ask(expert, "POST", f"/visits/{visit}/events", event)


def code_of(house: House, visit: str) -> str:
    """The code of a visit with those who are booked for it now."""
    held = rows(
        house,
        "select id from assignments where visit_id = %s and state <> 'RELEASED'",
        visit,
    )
    return house.services.start_codes.code(appointment_of(visit, [a["id"] for a in held]))


async def test_work_begins_with_the_code_and_whoever_guesses_has_to_wait(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    code = code_of(house, visit)
    refused(await begin(house, visit, expert, None), 403, "start-code-wrong", "/start_code")
    for guess in wrong(code, 5):
        refused(await begin(house, visit, expert, guess), 403, "start-code-wrong", "/start_code")
    locked = await begin(house, visit, expert, code)
    refused(locked, 403, "start-code-locked", "/start_code")
    assert (await house.ticket(ticket_id))["status"] == "SCHEDULED"
    _forget(house, visit)
    answer = await begin(house, visit, expert, code)
    assert answer.status_code == 200, answer.text
    malformed = await begin(house, visit, expert, "12a4")
    assert (malformed.status_code, malformed.json()["code"]) == (422, "validation-failed")
    told = str(await house.timeline(ticket_id))
    history = await house.workflow(ticket_id).fetch_history()
    assert not any(digits in told for digits in (f"'{code}'", f'"{code}"'))
    assert f'"{code}"' not in history.to_json()


async def test_the_helpdesk_begins_for_them_and_no_coverage_keeps_nobody_from_work(
    house: House,
) -> None:
    _, visit, expert = await booked(house)
    who = {"expert_id": expert.partition(":")[2]}
    refused(await begin(house, visit, "helpdesk", None, **who), 422, "reason-missing", "/reason")
    began = await begin(house, visit, "helpdesk", None, reason="They lost the message.", **who)
    assert began.status_code == 200, began.text
    ticket_id, visit, expert = await booked(house)
    earlier = datetime.now(UTC).isoformat()
    assert house.shift is not None
    async with house.shift.over():
        left = await begin(house, visit, expert, "0000", occurred_at=earlier)
        assert (left.status_code, left.json()["code_pending"]) == (202, True)
    ticket = await house.until(ticket_id, "IN_PROGRESS")
    right = code_of(house, visit) == "0000"
    assert ticket["attention"] == ([] if right else ["start_code_wrong"])


async def test_the_customer_has_the_code_with_the_word_that_their_expert_comes(
    house: House,
) -> None:
    now = datetime.now(UTC)
    soon = {name: (now + timedelta(hours=h)).isoformat() for name, h in (("start", 2), ("end", 6))}
    ticket_id, visit, expert = await booked(house, soon)
    code, number = code_of(house, visit), (await house.ticket(ticket_id))["number"]
    await house.report(visit, "en_route", expert)

    def told() -> list[str]:
        return [e for e in house.letters() if number in e and f"the code {code} at the door" in e]

    [letter] = await house.soon(told, "the word that the expert comes")
    assert "on the way" in letter
    assert not [e for e in house.letters() if "SYSOPS" in e and holds(e, code)]
    events = str(await house.timeline(ticket_id))
    assert "'start_code': True" in events
    assert f"'{code}'" not in events


def holds(letter: str, code: str) -> bool:
    """Whether a letter has the code as a word; an id in an address may have the same digits."""
    return re.search(rf"(?<![\w-]){code}(?![\w-])", letter) is not None


def wrong(code: str, count: int) -> list[str]:
    """So many codes that are others."""
    return [f"{(int(code) + n) % 10_000:04d}" for n in range(1, count + 1)]


async def test_of_many_guesses_at_once_no_more_than_five_are_looked_at(house: House) -> None:
    _, visit, expert = await booked(house)
    code = code_of(house, visit)
    guesses = [begin(house, visit, expert, guess) for guess in wrong(code, 12)]
    answers = await asyncio.gather(*guesses)
    codes = Counter((a.status_code, a.json()["code"]) for a in answers)
    assert codes == {(403, "start-code-wrong"): 5, (403, "start-code-locked"): 7}
    refused(await begin(house, visit, expert, code), 403, "start-code-locked", "/start_code")


async def test_whoever_mistypes_says_the_same_again_with_the_right_code(house: House) -> None:
    _, visit, expert = await booked(house)
    code, same = code_of(house, visit), {"client_event_id": "began"}
    same |= {"occurred_at": datetime.now(UTC).isoformat()}
    for guess in wrong(code, 4):
        refused(
            await begin(house, visit, expert, guess, **same), 403, "start-code-wrong", "/start_code"
        )
    began = await begin(house, visit, expert, code, **same)
    assert began.status_code == 200, began.text
    left = "select wrong from start_code_attempts where visit_id = %s"
    await house.soon(lambda: rows(house, left, visit) == [], "the end of the counting")


async def test_what_a_phone_kept_is_taken_though_no_code_is_looked_at(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    code = code_of(house, visit)
    for guess in wrong(code, 5):
        refused(await begin(house, visit, expert, guess), 403, "start-code-wrong", "/start_code")
    said = {"occurred_at": datetime.now(UTC).isoformat()}
    later = timedelta(minutes=5, seconds=1)
    services = replace(house.services, clock=lambda: datetime.now(UTC) + later)
    house.app.state.services = services
    try:
        kept = await begin(house, visit, expert, wrong(code, 1)[0], **said)
    finally:
        house.app.state.services = house.services
    assert kept.status_code == 200, kept.text
    ticket = await house.until(ticket_id, "IN_PROGRESS")
    assert ticket["attention"] == ["start_code_wrong"]


async def test_what_was_put_off_is_taken_whatever_its_code(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    code, now = code_of(house, visit), datetime.now(UTC)
    for guess in wrong(code, 5):
        refused(await begin(house, visit, expert, guess), 403, "start-code-wrong", "/start_code")
    event = {"client_event_id": "kept", "type": "started", "start_code": wrong(code, 1)[0]}
    put_off = PutOff(
        principal=Principal(role=Role.EXPERT, subject=bare(expert)),
        asked_at=now,
        method="POST",
        path=f"/v1/visits/{visit}/events",
        headers=(("content-type", "application/json"),),
        body=json.dumps({**event, "occurred_at": now.isoformat()}),
    )
    sealed = house.services.keyring.seal(put_off.model_dump(mode="json"), visit, now)
    command = LoggedCommand(
        kind=CommandKind.HTTP,
        workflow_id=put_off.path,
        name=put_off.method,
        update_id=visit,
        argument=json.dumps(sealed),
        logged_at=now,
    )
    again = asking_again(house.services, house.app)
    with pytest.raises(Unavailable):
        # It is left for its ticket.
        await again(command)
    ticket = await house.until(ticket_id, "IN_PROGRESS")
    assert ticket["attention"] == ["start_code_wrong"]
    await again(command)


async def test_where_way_and_arrival_come_at_once_the_customer_has_the_code(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    code, number = code_of(house, visit), (await house.ticket(ticket_id))["number"]
    kept = [
        {
            "visit_id": visit,
            "client_event_id": str(uuid.uuid4()),
            "type": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        for kind in ("en_route", "on_site")
    ]
    await house.expect(expert, "POST", "/visits/events:batch", {"events": kept})

    def told() -> list[str]:
        return [e for e in house.letters() if number in e and f"the code {code} at the door" in e]

    assert len(await house.soon(told, "the code")) == 1
    began = await begin(house, visit, expert, code)
    assert began.status_code == 200, began.text
    assert not [e for e in house.letters() if "SYSOPS" in e and holds(e, code)]


async def test_with_somebody_else_the_code_is_another_and_the_old_one_is_wrong(
    house: House,
) -> None:
    now = datetime.now(UTC)
    soon = {name: (now + timedelta(hours=h)).isoformat() for name, h in (("start", 2), ("end", 6))}
    ticket_id, visit, expert = await booked(house, soon)
    number = (await house.ticket(ticket_id))["number"]
    colleague = hire(house, "refrigeration")
    old = code_of(house, visit)
    await house.report(visit, "en_route", expert)

    def told(code: str) -> list[str]:
        return [e for e in house.letters() if number in e and f"the code {code} at the door" in e]

    await house.soon(lambda: told(old), "the word that the expert comes")
    await house.report(visit, "cannot_arrive", expert, reason="VEHICLE")
    question = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    number_of_theirs = await number_of(house, question, colleague)
    await decide(question, ANA, REPLACE, number_of_theirs)
    await question.result()
    new = code_of(house, visit)
    await house.report(visit, "en_route", colleague)
    await house.soon(lambda: told(new), "the word that somebody else comes, with another code")
    if old != new:
        answer = await begin(house, visit, colleague, old)
        refused(answer, 403, "start-code-wrong", "/start_code")
    answer = await begin(house, visit, colleague, new)
    assert answer.status_code == 200, answer.text


async def test_at_another_time_the_code_is_another(house: House) -> None:
    tomorrow = between(8, 12, 21)
    ticket_id, visit, expert = await booked(house)
    old = code_of(house, visit)
    first = (await house.ticket(ticket_id))["visits"][0]
    body = {"slots": [between(8, 12), tomorrow], "reason": "They asked for it."}
    await house.expect("helpdesk", "POST", f"/visits/{visit}/reschedule", body)

    async def again() -> Any:
        seen = (await house.ticket(ticket_id))["visits"][0]
        ids = {a["id"] for a in first["assignments"]}
        return [a for a in seen["assignments"] if a["id"] not in ids]

    await house.soon(again, "the visit to be settled again")
    new = code_of(house, visit)
    if old != new:
        refused(await begin(house, visit, expert, old), 403, "start-code-wrong", "/start_code")


async def test_whoever_guessed_waits_though_the_house_begins_again(house: House) -> None:
    _, visit, expert = await booked(house)
    code = code_of(house, visit)
    for n in range(1, 6):
        await begin(house, visit, expert, f"{(int(code) + n) % 10_000:04d}")
    started = create_app(house.services, house.keys)
    transport = httpx2.ASGITransport(app=started)
    async with httpx2.AsyncClient(transport=transport, base_url="http://house") as fresh:
        answer = await begin(replace(house, http=fresh), visit, expert, code)
    refused(answer, 403, "start-code-locked", "/start_code")
    left = datetime.fromisoformat(answer.json()["evidence"]["until"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


def _forget(house: House, visit: str) -> None:
    """The quarter of an hour is over."""
    rows(house, "delete from start_code_attempts where visit_id = %s returning wrong", visit)
