"""Filing a ticket: one call is enough, whoever files it for whom."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from models.identity import ticket_id
from tests.api.intake.filed import NEIGHBOUR, NOBODY, body, is_filed, post, slot
from tests.house import House, days
from tests.issuing import SUBJECTS
from tests.refusals import refused


async def test_one_call_with_a_token_a_description_and_a_slot_is_enough(house: House) -> None:
    wanted = {"description": "The fridge hums.", "slots": days(31, 1)}
    answer = await house.ask("customer", "POST", "/tickets", wanted)
    assert answer.status_code == 201
    receipt = answer.json()
    assert answer.headers["Location"] == f"/v1/tickets/{receipt['id']}"
    assert "Idempotency-Replayed" not in answer.headers
    assert receipt["status"] == "RECEIVED"
    assert (receipt["missing"], receipt["warnings"]) == (["model"], ["model_unresolved"])
    ticket = await house.until(receipt["id"], "MATCHING")
    assert ticket["description"] == "The fridge hums."
    assert ticket["customer_id"] == SUBJECTS["customer"]
    assert len(ticket["visits"]) == 1


async def test_without_a_slot_a_customer_may_say_that_it_follows(house: House) -> None:
    filed = body(slots=[], slots_later=True)
    receipt = await house.expect("customer", "POST", "/tickets", filed)
    assert receipt["missing"] == ["slots"]
    ticket = await house.until(receipt["id"], "MATCHING")
    assert "slots_missing" in ticket["attention"]
    slots = {"slots": days(32, 1)}
    await house.expect("customer", "PUT", f"/tickets/{receipt['id']}/slots", slots)
    await house.soon(lambda: _has_slots(house, receipt["id"]), "the slots")


async def _has_slots(house: House, filed: str) -> bool:
    ticket = await house.ticket(filed)
    return bool(ticket["slots"]) and "slots_missing" not in ticket["attention"]


async def test_a_model_that_no_catalogue_knows_is_told_in_words(house: House) -> None:
    filed = body(model_id=None, model_text="Grundig Fine Arts 55 FLX 9490 SL")
    receipt = await house.expect("customer", "POST", "/tickets", filed)
    assert (receipt["missing"], receipt["warnings"]) == ([], ["model_unresolved"])
    ticket = await house.until(receipt["id"], "MATCHING")
    assert ticket["model_text"] == "Grundig Fine Arts 55 FLX 9490 SL"
    assert "model_unresolved" in ticket["attention"]


async def test_urgent_costs_a_fee_and_is_taken_once_the_fee_is(house: House) -> None:
    refused(
        await house.ask("customer", "POST", "/tickets", body(urgency="urgent")),
        422,
        "fee-not-accepted",
        "/accept_fee",
    )
    filed = await house.file(urgency="urgent", accept_fee=True)
    assert (await house.until(filed, "MATCHING"))["urgency"] == "urgent"


async def test_the_helpdesk_files_for_a_caller_and_the_caller_sees_the_ticket(
    house: House,
) -> None:
    filed = await house.file("helpdesk", channel="phone", on_behalf_of=NEIGHBOUR)
    ticket = await house.ticket(filed, f"customer:{NEIGHBOUR}")
    assert (ticket["channel"], ticket["customer_id"]) == ("phone", NEIGHBOUR)
    received = next(e for e in await house.timeline(filed) if e["type"] == "ticket.received")
    assert (received["actor_role"], received["actor_id"]) == ("helpdesk", SUBJECTS["helpdesk"])
    assert (await house.ask("customer", "GET", f"/tickets/{filed}")).status_code == 404


async def test_a_caller_whom_we_do_not_know_has_a_ticket_that_somebody_looks_at(
    house: House,
) -> None:
    filed = await house.file("helpdesk", channel="phone", on_behalf_of=NOBODY)
    ticket = await house.until(filed, "REVIEW")
    assert "customer_unknown" in ticket["attention"]


@pytest.mark.parametrize("who", ["expert", "integration"])
async def test_neither_experts_nor_integrations_file_tickets(house: House, who: str) -> None:
    key = str(uuid.uuid4())
    answer = await post(house, json.dumps(body()), key, who)
    problem = refused(answer, 403, "role-not-allowed")
    assert "customer" in problem["evidence"]["allowed"]
    assert not await is_filed(house, key, SUBJECTS[who])


async def test_a_token_of_a_customer_whose_subject_is_none_opens_no_ticket_that_would_hang(
    house: House,
) -> None:
    answer = await house.ask("customer:usr_helpdesk", "POST", "/tickets", body())
    refused(answer, 403, "role-not-allowed")


async def test_a_customer_files_for_nobody_else_known_or_not(house: House) -> None:
    answers = [
        await house.ask("customer", "POST", "/tickets", body(on_behalf_of=other))
        for other in (NEIGHBOUR, NOBODY)
    ]
    for answer in answers:
        refused(answer, 403, "on-behalf-of-staff-only")


async def test_what_was_refused_may_be_mended_and_sent_again_under_its_key(house: House) -> None:
    key = str(uuid.uuid4())
    refused(await post(house, json.dumps(body(slots=[])), key), 422, "slots-missing", "/slots")
    mended = await post(house, json.dumps(body()), key)
    assert mended.status_code == 201
    assert "Idempotency-Replayed" not in mended.headers
    assert mended.json()["id"] == ticket_id(SUBJECTS["customer"], key)


async def test_a_local_time_that_exists_once_is_taken_with_its_zone(house: House) -> None:
    day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    filed = await house.file(**slot(f"{day}T09:00:00", f"{day}T12:00:00", tz="Asia/Kathmandu"))
    assert (await house.ticket(filed))["slots"] == [
        {"start": f"{day}T03:15:00Z", "end": f"{day}T06:15:00Z"}
    ]
