"""The desk finishes what it asks: a file, an address, a model; and nothing that was typed is
lost."""

import uuid
from html import unescape
from typing import Any

import psycopg
import pytest

from models.actor import Role
from tests.api.web.desk_of_house import Agent, at_the_desk, hidden
from tests.house import House
from tests.workflows.company import bare, between, hire, rest, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    decide,
    escalated,
    known,
    open_question,
    shown,
    written_of,
)
from tests.workflows.escalation.questions import FILE, briefed, silent, uncovered, undeliverable

TYPED = {**FILE, "region": "Berlin"}


async def unfiled(house: House) -> tuple[str, str, Any]:
    """A call of a customer of whom there is no file: the customer, the ticket, its question."""
    customer = f"cus_{uuid.uuid4()}"
    filed = await house.file("helpdesk", channel="phone", on_behalf_of=customer)
    return customer, filed, await briefed(house, filed, "DATA_MISSING")


async def said(house: House, agent: Agent, asked: Any) -> str:
    return unescape(await agent.sees((await known(asked)).id))


async def test_a_missing_file_is_written_on_our_page_and_the_ticket_goes_on(house: House) -> None:
    customer, filed, asked = await unfiled(house)
    escalation_id = (await known(asked)).id
    typed = {**TYPED, "street": f"Feldweg {uuid.uuid4().hex[:6]}"}
    async with at_the_desk(house) as ana:
        assert "Write the customer's file" in await said(house, ana, asked)
        answer = await ana.sends(escalation_id, "customer", **typed, note="Told by phone.")
        assert answer.status_code == 303, unescape(answer.text)
        assert "DONE" in await said(house, ana, asked)
    kept = await house.expect("helpdesk", "GET", f"/customers/{customer}")
    assert {name: kept[name] for name in typed} == typed
    assert (await rest(house, filed))["zone"] == "berlin"
    for workflow in (house.workflow(filed), asked):
        assert typed["street"] not in await written_of(workflow)


async def test_one_missing_file_asks_one_question_and_its_answer_tells_the_customer(
    house: House,
) -> None:
    _, filed, asked = await unfiled(house)

    async def given_up() -> Any:
        events = await house.timeline(filed)
        return [e for e in events if e["type"] == "notification.undeliverable"]

    await house.soon(given_up, "the message that reaches nobody")
    await rest(house, filed)
    assert [row["reason"] for row in await shown(house, filed)] == ["DATA_MISSING"]
    async with at_the_desk(house) as ana:
        await ana.sends((await known(asked)).id, "customer", **TYPED)

    async def arrived() -> Any:
        page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={filed}")
        states = {n["state"] for n in page["items"] if n["template"] == "ticket.received"}
        return states == {"SENT"}

    await house.soon(arrived, "the customer to be told")
    await rest(house, filed)
    reasons = [row["reason"] for row in await shown(house, filed) if row["closed_at"] is None]
    assert "NOTIFICATION_UNDELIVERABLE" not in reasons


async def test_an_address_is_put_right_on_our_page_and_the_message_goes_out(house: House) -> None:
    filed, asked = await undeliverable(house)
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        assert "Put the address right" in await said(house, ana, asked)
        given = {"phone": "+4930901820077", "email": "kim.new@example.org"}
        answer = await ana.sends(escalation_id, "contact", **given)
        assert answer.status_code == 303, unescape(answer.text)
    customer = (await house.ticket(filed))["customer_id"]
    kept = await house.expect("helpdesk", "GET", f"/customers/{customer}")
    assert (kept["phone"], kept["email"]) == ("+4930901820077", "kim.new@example.org")

    async def arrived() -> Any:
        page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={filed}")
        return [n for n in page["items"] if n["id"] and n["state"] == "SENT"]

    await house.soon(arrived, "the message to arrive")
    assert given["phone"] not in await written_of(asked)


async def test_who_is_silent_stands_on_our_page_with_their_number_and_in_no_history(
    house: House,
) -> None:
    filed, _, expert, asked = await silent(house)
    async with at_the_desk(house) as ana:
        page = await said(house, ana, asked)
    assert "<strong>Jo Doe</strong>" in page
    assert 'href="tel:+491710000000"' in page
    assert "has not answered" in page
    [seen] = [r for r in await shown(house, filed) if r["reason"] == "NO_ACK"]
    detail = await house.expect("helpdesk", "GET", f"/escalations/{seen['id']}")
    assert [(e["expert_id"], e["name"]) for e in detail["crew"]] == [(bare(expert), "Jo Doe")]
    assert "Jo Doe" not in await written_of(asked)


async def test_a_refused_form_keeps_the_note_and_the_choice(house: House) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        answer = await ana.sends(
            escalation_id, "decide", action="extend_wait", parameter="900", note="Called <Annika>."
        )
        page = answer.text
        assert answer.status_code == 422
        assert 'value="900"' in page
        assert 'id="extend_wait-parameter-wrong">Type a number of hours' in page
        assert page.count('aria-invalid="true"') == 1
        assert "Called &lt;Annika&gt;.</textarea>" in page
        long = await ana.sends(escalation_id, "decide", action="extend_wait", note="x" * 4001)
        assert long.status_code == 422
        assert 'id="extend_wait-note-wrong">A note has 4000 characters at most' in long.text
        assert "x" * 4001 in long.text


async def test_a_ticket_is_given_up_only_after_it_was_named_and_confirmed(house: House) -> None:
    filed, asked = await uncovered(house)
    number = (await house.ticket(filed))["number"]
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        first = await ana.sends(escalation_id, "decide", action="cancel", note="They moved.")
        assert first.status_code == 200
        assert f"This ends <strong>{number}, visit 1" in first.text
        assert (await house.ticket(filed))["status"] == "REVIEW"
        sent = {**hidden(first.text), "note": "They moved."}
        assert sent["confirmed"] == "true"
        thought_better = await ana.sends(escalation_id, "decide", **sent, back="true")
        assert "They moved.</textarea>" in thought_better.text
        assert (await house.ticket(filed))["status"] == "REVIEW"
        done = await ana.sends(escalation_id, "decide", **sent)
        assert done.status_code == 303, done.text
    await house.until(filed, "CANCELLED")


async def test_what_another_has_claimed_is_read_and_not_decided(house: House) -> None:
    _, asked = await uncovered(house)
    escalation_id = (await known(asked)).id
    await decide(asked, ANA, "8_claim")
    await house.soon(lambda: _claimed(house, escalation_id), "the claim")
    async with at_the_desk(house, "usr_ben") as ben:
        page = await ben.sees(escalation_id)
        assert "Claimed by usr_ana since " in page
        assert "/decide" not in page
        assert "Take it over" not in page
    async with at_the_desk(house, "usr_mira", Role.MANAGER) as mira:
        page = await mira.sees(escalation_id)
        assert "/decide" not in page
        assert "Take it over" in page
        assert (await mira.sends(escalation_id, "claim")).status_code == 303
        page = await mira.sees(escalation_id)
        assert "Claimed by you since " in page
        assert "/decide" in page


async def _claimed(house: House, escalation_id: str) -> Any:
    found = await house.expect("helpdesk", "GET", f"/escalations/{escalation_id}")
    return found["claimed_at"]


async def test_facts_are_gathered_again_from_our_page(house: House) -> None:
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        assert "Jo Doe" not in await ana.sees(escalation_id)
        hire(house, "refrigeration")
        assert (await ana.sends(escalation_id, "refresh")).status_code == 303
        assert "Jo Doe" in await ana.sees(escalation_id)


async def test_a_category_is_chosen_from_a_list(house: House) -> None:
    words = f"Quux Frost {uuid.uuid4().hex[:6]}"
    filed = await house.file(model_id=None, model_text=words)
    asked = await briefed(house, filed, "MODEL_UNRESOLVED")
    async with at_the_desk(house) as ana:
        page = await said(house, ana, asked)
        assert '<option value="oven">Built-in oven</option>' in page
        sent = {"action": "create_model", "parameter": "oven"}
        assert (await ana.sends((await known(asked)).id, "decide", **sent)).status_code == 303
    assert (await rest(house, filed))["category"] == "oven"


async def test_a_model_is_linked_only_where_one_comes_near(house: House) -> None:
    filed = await house.file(model_id=None, model_text="12345 67890 @ 3")
    asked = await briefed(house, filed, "MODEL_UNRESOLVED")
    brief = (await known(asked)).brief
    assert brief is not None
    assert brief.possible == ("go_on_without",)
    async with at_the_desk(house) as ana:
        page = await said(house, ana, asked)
        assert "Link a model" not in page


@pytest.mark.long
async def test_while_nobody_works_our_page_says_accepted_and_not_yet_done(house: House) -> None:
    filed, asked = await uncovered(house)
    escalation_id = (await known(asked)).id
    assert house.shift
    async with at_the_desk(house) as ana:
        async with house.shift.over():
            answer = await ana.sends(escalation_id, "decide", action="waive", note="They are ours.")
            page = unescape(answer.text)
            assert answer.status_code == 503
            assert "Accepted, not yet done" in page
            assert "That was not done" not in page
            assert "They are ours." in page
            again = {"action": "waive", "note": "They are ours."}
            fields = {**again, "form_id": hidden(answer.text)["form_id"]}
            assert (await ana.sends(escalation_id, "decide", **fields)).status_code == 503
        assert (await house.until(filed, "MATCHING"))["coverage"] == "WAIVED"
    decided = [e for e in await house.timeline(filed) if e["type"] == "escalation.decided"]
    assert len(decided) == 1


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("customer", "Nobody's file is asked for here"),
        ("contact", "Nobody's address is asked for here"),
    ],
)
async def test_a_form_that_is_not_asked_for_writes_nothing(
    house: House, form: str, says: str
) -> None:
    _, asked = await uncovered(house)
    async with at_the_desk(house) as ana:
        answer = await ana.sends((await known(asked)).id, form, **TYPED)
        assert answer.status_code == 409
        assert says in unescape(answer.text)


async def test_an_experts_address_is_put_right_over_http(house: House) -> None:
    expert = hire(house, "refrigeration")
    with psycopg.connect(house.database_url) as session:
        session.execute("update experts set phone = '', email = '' where id = %s", (bare(expert),))
    ticket_id, _ = await waiting(house, between(8, 20))
    await open_question(house, ticket_id, "NOTIFICATION_UNDELIVERABLE")
    [row] = await shown(house, ticket_id)
    path, given = f"/escalations/{row['id']}", {"phone": "+491710000009", "email": "j@example.org"}
    await house.expect("helpdesk", "PUT", f"{path}/contact", given)
    await house.expect("helpdesk", "POST", f"{path}/resolve", {"action": "send_again"})

    async def arrived() -> Any:
        page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={ticket_id}")
        return [
            n for n in page["items"] if n["recipient_id"] == bare(expert) and n["state"] == "SENT"
        ]

    await house.soon(arrived, "the expert to be told")
    assert await told(house, ticket_id, "visit.open")


async def test_whose_login_has_ended_still_has_what_they_wrote(house: House) -> None:
    _, asked = await uncovered(house)
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        form_id = hidden(await ana.sees(escalation_id))["form_id"]
        ana.forgets()
        answer = await ana.posts(
            escalation_id, "decide", action="waive", form_id=form_id, note="They are <ours>."
        )
        assert answer.status_code == 401
        assert "They are &lt;ours&gt;." in answer.text
