"""Decisions that cannot be: each is refused by field and rule, and nothing moves."""

import asyncio
import uuid
from typing import Any

import pytest

from tests.api.people.test_customer_files import FILE
from tests.house import House
from tests.refusals import refused
from tests.town import wondering
from tests.workflows.company import between, hire, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import escalated, open_question, shown, written_of

WITHOUT_PLAN = "customer:cus_019b8d7f-c680-7099-a8b8-64564e621c1b"
NOWHERE = "esc_00000000-0000-7000-8000-000000000000"
ANA, BOB = "helpdesk:usr_ana", "helpdesk:usr_bob"
WAIT = ("extend_wait", "hours")
DEEP: list[Any] = []
for _ in range(400):
    DEEP = [DEEP, 1]


async def uncovered(house: House) -> str:
    """The escalation of a ticket that no plan pays, once its facts are gathered."""
    filed = await house.file(WITHOUT_PLAN)
    await house.until(filed, "REVIEW")
    await open_question(house, filed, "NOT_COVERED")
    [row] = await shown(house, filed)
    escalation_id: str = row["id"]
    return escalation_id


async def resolve(house: House, escalation_id: str, body: Any, who: str = ANA, **more: str) -> Any:
    """The answer to a decision."""
    return await house.ask(who, "POST", f"/escalations/{escalation_id}/resolve", body, **more)


async def as_it_was(house: House, escalation_id: str) -> None:
    seen = await house.expect(ANA, "GET", f"/escalations/{escalation_id}")
    assert (seen["state"], seen["deciding"], seen["refusal"]) == ("OPEN", None, None)


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "validation-failed", "/action"),
        ({"action": "dance"}, "validation-failed", "/action"),
        ({"action": "assign"}, "action-not-allowed", "/action"),
        ({"action": "waive", "because": "x"}, "validation-failed", "/because"),
        ({"action": "waive", "note": "x" * 4001}, "validation-failed", "/note"),
        ({"action": "waive", "note": "a\x00b"}, "validation-failed", "/note"),
        ({"action": "waive", "note": "\u2028"}, "validation-failed", "/note"),
        ({"action": "waive", "note": ""}, "validation-failed", "/note"),
        ({"action": "waive", "note": 7}, "validation-failed", "/note"),
        ({"action": "waive", "params": "Mrs Roe, +49 30 1"}, "parameter-wrong", "/params"),
        ({"action": "waive", "params": {"note_id": "x"}}, "parameter-unknown", "/params/note_id"),
        ({"action": "waive", "params": 10**30}, "validation-failed", "/params"),
        ({"action": "waive", "params": 1.5}, "validation-failed", "/params"),
        ({"action": "waive", "params": "x" * 201}, "validation-failed", "/params"),
        ({"action": "waive", "params": {"a": 1, "b": 2}}, "parameter-unknown", "/params/a"),
        ({"action": "waive", "params": {"Mrs Roe": 1}}, "parameter-unknown", "/params"),
        ({"action": "waive", "params": DEEP}, "validation-failed", "/params"),
        ([], "validation-failed", ""),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_decision_that_is_none_is_refused_by_field(
    house: House, body: Any, code: str, pointer: str
) -> None:
    row = await uncovered(house)
    refused(await resolve(house, row, body), 422, code, pointer)
    await as_it_was(house, row)


@pytest.mark.parametrize("number", ["NaN", "1e999", "9" * 5000, "-Infinity"])
async def test_a_number_that_is_none_is_refused(house: House, number: str) -> None:
    row = await uncovered(house)
    path, headers = f"/v1/escalations/{row}/resolve", house.headers("helpdesk")
    content = f'{{"action": "waive", "params": {number}}}'
    headers["Content-Type"] = "application/json"
    answer = await house.http.post(path, content=content, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["code"] in ("validation-failed", "malformed-json")
    await as_it_was(house, row)


@pytest.mark.parametrize("params", [0, 99, -1, "many", True, {"candidate": "first"}])
async def test_a_number_that_is_no_candidates_is_answered_with_the_range(
    house: House, params: Any
) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    await escalated(house, ticket_id, "NO_PROPOSALS")
    [row] = await shown(house, ticket_id)
    answer = await resolve(house, row["id"], {"action": "assign", "params": params})
    problem = refused(answer, 422, "parameter-wrong", "/params")
    assert problem["evidence"]["least"] == 1
    assert problem["evidence"]["most"] <= 5


async def test_a_number_that_is_sent_as_text_is_refused_at_its_field(house: House) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    await escalated(house, ticket_id, "NO_PROPOSALS")
    [row] = await shown(house, ticket_id)
    for text in ("1", " 1 ", "\u0661", "\uff11", "\u2460", "9" * 200):
        for action, name in (("assign", "candidate"), ("assign", "candidate_id"), WAIT):
            for params, pointer in ((text, "/params"), ({name: text}, f"/params/{name}")):
                answer = await resolve(house, row["id"], {"action": action, "params": params})
                problem = refused(answer, 422, "parameter-wrong", pointer)
                assert "JSON number" in problem["detail"]
    await as_it_was(house, row["id"])


async def test_a_value_of_another_name_is_refused_by_its_name(house: House) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    await escalated(house, ticket_id, "NO_PROPOSALS")
    [row] = await shown(house, ticket_id)
    for action, params, name in (
        ("assign", {"hours": 1}, "hours"),
        ("assign", {"candidate": 1, "start": None}, "start"),
        ("extend_wait", {"hours": 2, "minutes": 30}, "minutes"),
        ("cancel", {"reason": "moved"}, "reason"),
    ):
        answer = await resolve(house, row["id"], {"action": action, "params": params})
        refused(answer, 422, "parameter-unknown", f"/params/{name}")
    both = {"action": "assign", "params": {"candidate": 1, "candidate_id": "cnd_1"}}
    refused(await resolve(house, row["id"], both), 422, "parameter-wrong", "/params")
    await as_it_was(house, row["id"])


async def test_what_the_facts_leave_no_choice_of_is_refused(house: House) -> None:
    ticket_id, _ = await waiting(house, between(8, 20))
    await escalated(house, ticket_id, "NO_PROPOSALS")
    [row] = await shown(house, ticket_id)
    answer = await resolve(house, row["id"], {"action": "offer_slots"})
    refused(answer, 409, "decision-impossible")
    await as_it_was(house, row["id"])


async def test_claiming_and_releasing_need_no_words(house: House) -> None:
    row = await uncovered(house)
    for door, state in (("claim", "CLAIMED"), ("release", "OPEN")):
        answer = await house.ask(ANA, "POST", f"/escalations/{row}/{door}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)


async def test_what_another_has_claimed_is_theirs_or_a_managers(house: House) -> None:
    row = await uncovered(house)
    await house.expect(ANA, "POST", f"/escalations/{row}/claim", {})
    for door, body in (("claim", {}), ("release", {}), ("resolve", {"action": "waive"})):
        answer = await house.ask(BOB, "POST", f"/escalations/{row}/{door}", body)
        assert refused(answer, 409, "escalation-claimed")["evidence"]["by"] == "usr_ana"
    taken = await house.expect("manager:usr_mia", "POST", f"/escalations/{row}/claim", {})
    assert taken["claimed_by"] == "usr_mia"
    assert (await resolve(house, row, {"action": "waive"}, "manager:usr_mia")).is_success


async def test_what_is_over_takes_no_decision_and_passes_it_to_no_later_question(
    house: House,
) -> None:
    filed = await house.file()
    await house.until(filed, "MATCHING")
    first = await wondering(house, filed)
    assert (await resolve(house, first, {"action": "told"})).is_success
    second = await wondering(house, filed)
    rows = {row["id"]: row for row in await shown(house, filed)}
    assert rows[first]["workflow_id"] == rows[second]["workflow_id"]
    for door, body in (("claim", {}), ("release", {}), ("resolve", {"action": "told"})):
        answer = await house.ask(BOB, "POST", f"/escalations/{first}/{door}", body)
        refused(answer, 409, "escalation-over")
    await as_it_was(house, second)


@pytest.mark.parametrize("door", ["", "/claim", "/release", "/resolve"])
async def test_an_escalation_that_is_none_is_not_found(house: House, door: str) -> None:
    method, body = ("POST", {"action": "waive"} if door == "/resolve" else {})
    answer = await house.ask(ANA, method if door else "GET", f"/escalations/{NOWHERE}{door}", body)
    refused(answer, 404, "escalation-unknown")
    malformed = await house.ask(ANA, "GET" if not door else "POST", f"/escalations/1{door}", body)
    refused(malformed, 404, "not-found")


@pytest.mark.parametrize("who", ["customer", "expert", "integration"])
async def test_only_staff_sees_and_decides_escalations(house: House, who: str) -> None:
    for method, path in (("GET", ""), ("GET", f"/{NOWHERE}"), ("POST", f"/{NOWHERE}/claim")):
        refused(await house.ask(who, method, f"/escalations{path}", {}), 403, "role-not-allowed")


# Twice, and at once.


async def test_a_decision_sent_again_is_answered_as_it_was(house: House) -> None:
    row = await uncovered(house)
    key, body = str(uuid.uuid4()), {"action": "waive", "note": "They are ours."}
    first = await resolve(house, row, body, **{"Idempotency-Key": key})
    again = await resolve(house, row, body, **{"Idempotency-Key": key})
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await resolve(house, row, {"action": "cancel"}, **{"Idempotency-Key": key})
    refused(other, 422, "idempotency-key-reused")
    fresh = await resolve(house, row, {"action": "cancel"})
    refused(fresh, 409, "escalation-over")


async def test_of_two_decisions_at_once_one_counts_and_the_other_hears_so(house: House) -> None:
    row = await uncovered(house)
    answers = await asyncio.gather(
        resolve(house, row, {"action": "waive"}, ANA),
        resolve(house, row, {"action": "cancel"}, BOB),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    won = next(a for a in answers if a.is_success).json()
    lost = next(a for a in answers if not a.is_success)
    assert lost.json()["code"] in ("escalation-decided", "escalation-over")
    assert won["decided_by"] == ("usr_ana" if answers[0].is_success else "usr_bob")
    assert won["action"] == ("waive" if answers[0].is_success else "cancel")


async def test_what_the_ticket_refuses_leaves_the_question_open_and_says_why(house: House) -> None:
    filed = await house.file(model_id=None, model_text="Quux Frost 9")
    await open_question(house, filed, "MODEL_UNRESOLVED")
    [row] = await shown(house, filed)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"action": "create_model", "params": "spaceship"}
    answer = await resolve(house, row["id"], body, **key)
    assert "no such category" in refused(answer, 409, "decision-refused")["detail"]
    seen = await house.expect(ANA, "GET", f"/escalations/{row['id']}")
    assert (seen["state"], seen["action"]) == ("OPEN", None)
    assert "no such category" in seen["refusal"]
    # Something else under the key of what was refused is another decision.
    body = {"action": "go_on_without"}
    assert (await resolve(house, row["id"], body, **key)).json()["action"] == "go_on_without"


async def test_words_in_the_place_of_a_category_never_reach_a_history(house: House) -> None:
    words = f"Mrs Roe {uuid.uuid4()}"
    filed = await house.file(model_id=None, model_text="Quux Frost 9")
    asked = await open_question(house, filed, "MODEL_UNRESOLVED")
    [row] = await shown(house, filed)
    answer = await resolve(house, row["id"], {"action": "create_model", "params": words})
    refused(answer, 422, "parameter-wrong", "/params")
    assert words not in await written_of(asked)
    assert row["id"] in await written_of(asked)


async def test_the_same_request_after_a_refusal_is_tried_anew(house: House) -> None:
    customer = f"cus_{uuid.uuid4()}"
    filed = await house.file("helpdesk", channel="phone", on_behalf_of=customer)
    await open_question(house, filed, "DATA_MISSING")
    [row] = await shown(house, filed)
    key, body = {"Idempotency-Key": str(uuid.uuid4())}, {"action": "look_again"}
    answer = await resolve(house, row["id"], body, **key)
    assert "no file" in refused(answer, 409, "decision-refused")["detail"]
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", FILE)
    again = await resolve(house, row["id"], body, **key)
    assert (again.status_code, again.json()["state"]) == (200, "RESOLVED"), again.text
    assert (await house.ticket(filed))["zone"] == "kathmandu"


@pytest.mark.parametrize("words", ["Bosch of Mrs Roe, +49 30 1234567", "sam@example.org", "x" * 90])
async def test_what_is_no_models_name_comes_into_no_catalogue(house: House, words: str) -> None:
    filed = await house.file(model_id=None, model_text=words)
    await open_question(house, filed, "MODEL_UNRESOLVED")
    [row] = await shown(house, filed)
    seen = await house.expect(ANA, "GET", f"/escalations/{row['id']}")
    possible = {a["action"] for a in seen["allowed_actions"] if a["possible"]}
    assert "go_on_without" in possible
    assert "create_model" not in possible
    assert any("no model's name" in fact for fact in seen["facts"])
    answer = await resolve(house, row["id"], {"action": "create_model", "params": "oven"})
    refused(answer, 409, "decision-impossible")
    assert words not in (await house.ask("customer", "GET", "/models?limit=100")).text
