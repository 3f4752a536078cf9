"""The helpdesk's queue over HTTP: everything about an escalation, and its decision."""

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.api.escalation.answering import one, resolve
from tests.house import LIMIT, House
from tests.refusals import refused
from tests.workflows.company import bare, between, crew, hire, rest, stands, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    decide,
    details,
    escalated,
    open_question,
    policy,
    shown,
    written_of,
)

WITHOUT_PLAN = "customer:cus_019b8d7f-c680-7099-a8b8-64564e621c1b"
DAY = between(8, 20)
CANCEL = "4_cancel"
CLAIM = "8_claim"
ANA_CALLS = "helpdesk:usr_ana"


async def uncovered(house: House) -> Any:
    """The escalation of a ticket that no plan pays, as the API shows it."""
    filed = await house.file(WITHOUT_PLAN)
    await house.until(filed, "REVIEW")
    await open_question(house, filed, "NOT_COVERED")
    [row] = await shown(house, filed)
    return await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")


# Everything about one of them.


async def test_an_escalation_names_who_could_be_sent_and_how_to_reach_them(house: House) -> None:
    hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, DAY)
    await escalated(house, ticket_id, "NO_PROPOSALS")
    seen = await one(house, ticket_id)
    assert (seen["state"], seen["level"], seen["zone"]) == ("OPEN", 1, "berlin")
    assert "No experts have proposed themselves" in seen["headline"]
    assert any("Needed: refrigeration" in fact for fact in seen["facts"])
    numbers = [c["number"] for c in seen["candidates"]]
    assert numbers == list(range(1, len(numbers) + 1))
    starts = [(c["start"], c["distance_km"]) for c in seen["candidates"]]
    assert starts == sorted(starts)
    for candidate in seen["candidates"]:
        assert candidate["visit_id"] == visit
        assert candidate["name"]
        assert candidate["phone"].startswith("+")
        assert "@" in candidate["email"]
    buttons = {a["action"]: a["possible"] for a in seen["allowed_actions"]}
    assert buttons == {"assign": True, "offer_slots": False, "extend_wait": True, "cancel": True}


async def test_a_ticket_that_lost_its_patience_asks_with_candidates(
    house: House,
) -> None:
    hire(house, "refrigeration")
    async with policy(house, "pending_timeout", "PT5S", "PT24H"):
        ticket_id, _ = await waiting(house, DAY)
    began = datetime.fromisoformat((await house.ticket(ticket_id))["opened_at"])

    async def asked() -> Any:
        return await shown(house, ticket_id)

    await house.soon(asked, "the escalation")
    took = datetime.now(UTC) - began
    assert timedelta(seconds=5) <= took <= timedelta(seconds=5 + LIMIT), took
    seen = await one(house, ticket_id)
    assert (seen["reason"], seen["state"]) == ("NO_PROPOSALS", "OPEN")
    assert seen["candidates"][0]["phone"]


async def test_times_that_do_not_meet_are_asked_about_with_times_to_offer(house: House) -> None:
    ticket_id, visit = await waiting(house, between(8, 12))
    expert = hire(house, "refrigeration")
    await house.propose(visit, expert, [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await escalated(house, ticket_id, "NO_COMMON_TIME")
    seen = await one(house, ticket_id)
    assert [s["start"][11:16] for s in seen["suggested_slots"]][:2] == ["14:00", "15:00"]
    closed = await resolve(house, seen, "offer_slots")
    assert (closed["state"], closed["action"], closed["decided_by"]) == (
        "RESOLVED",
        "offer_slots",
        "usr_helpdesk",
    )
    customer = (await rest(house, ticket_id))["customer_id"]
    assert await told(house, ticket_id, "slots.offered") == [customer]
    link = await house.soon(lambda: offer_link(house, ticket_id), "the link")
    began = time.monotonic()
    answer = await house.http.post(f"/v1/offers/{link}", json={"option": 0})
    assert answer.is_success, answer.text
    settled = await house.until(ticket_id, "SCHEDULED")
    assert time.monotonic() - began < LIMIT
    assert crew(settled["visits"][0]) == [expert]


async def offer_link(house: House, ticket_id: str) -> str:
    """The token of the newest offer of a ticket, as its customer finds it in the letter."""
    number = (await house.ticket(ticket_id))["number"]
    # The ticket's clock was pushed on; the relay sends by the clock on the wall.
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update notifications set created_at = now()"
            " where created_at > now() and template = 'slots.offered'"
        )
    for text in house.letters():
        if number in text and "/offers/" in text:
            return text.partition("/offers/")[2].split()[0]
    return ""


# Two doors, one lock.


async def test_what_one_door_did_the_other_sees_at_once(house: House) -> None:
    row = await uncovered(house)
    asked = house.env.client.get_workflow_handle(row["workflow_id"])
    claimed = await house.expect(ANA_CALLS, "POST", f"/escalations/{row['id']}/claim", {})
    assert (claimed["state"], claimed["claimed_by"]) == ("CLAIMED", "usr_ana")
    assert "Claimed by **usr_ana**" in await details(asked)
    released = await house.expect(ANA_CALLS, "POST", f"/escalations/{row['id']}/release", {})
    assert (released["state"], released["claimed_by"]) == ("OPEN", None)
    await decide(asked, ANA, CLAIM)

    async def seen() -> Any:
        found = await house.expect("manager", "GET", f"/escalations/{row['id']}")
        return found["claimed_by"] == "usr_ana"

    await house.soon(seen, "the claim over HTTP", seconds=2)
    await decide(asked, ANA, CANCEL)
    await asked.result()
    closed = await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")
    assert (closed["state"], closed["action"], closed["decided_by"]) == (
        "RESOLVED",
        "cancel",
        "usr_ana",
    )
    assert not any(a["possible"] for a in closed["allowed_actions"])
    late = await house.ask("helpdesk", "POST", f"/escalations/{row['id']}/claim", {})
    assert refused(late, 409, "escalation-over")["evidence"]["state"] == "RESOLVED"


@pytest.mark.parametrize(
    ("action", "status", "coverage"),
    [
        ("mark_paid", "MATCHING", "COVERED"),
        ("waive", "MATCHING", "WAIVED"),
        ("request_payment", "REVIEW", "NOT_COVERED"),
        ("cancel", "CANCELLED", "NOT_COVERED"),
    ],
)
async def test_each_decision_about_payment_leads_to_its_state(
    house: House, action: str, status: str, coverage: str
) -> None:
    row = await uncovered(house)
    closed = await resolve(house, row, action, ANA_CALLS, note="Agreed by phone.")
    assert (closed["state"], closed["action"], closed["decided_by"]) == (
        "RESOLVED",
        action,
        "usr_ana",
    )
    seen = await house.until(row["ticket_id"], status)
    assert seen["coverage"] == coverage
    template = {"cancel": "ticket.cancelled", "request_payment": "payment.requested"}.get(action)
    if template:
        assert await told(house, row["ticket_id"], template) == [seen["customer_id"]]


async def test_a_ticket_given_up_tells_its_customer_and_every_expert_concerned(
    house: House,
) -> None:
    first, second = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    for expert in (first, second):
        await house.propose(visit, expert, [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await escalated(house, ticket_id, "NO_COMMON_TIME")
    await resolve(house, await one(house, ticket_id), "cancel")
    seen = await house.until(ticket_id, "CANCELLED")
    assert await told(house, ticket_id, "ticket.cancelled") == [seen["customer_id"]]
    assert await told(house, ticket_id, "proposal.released") == sorted([bare(first), bare(second)])


async def test_a_candidate_is_sent_by_number(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, DAY)
    await escalated(house, ticket_id, "NO_PROPOSALS")
    seen = await one(house, ticket_id)
    number = next(c["number"] for c in seen["candidates"] if c["expert_id"] == bare(expert))
    await resolve(house, seen, "assign", params={"candidate": number})
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [expert]


async def test_what_a_decision_leaves_in_doubt_is_asked_at_once(house: House) -> None:
    ticket_id, _ = await waiting(house, DAY)
    both = {"minutes": 60, "positions": [{"skill": "refrigeration"}, {"skill": "electrical"}]}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/visits", both)
    hire(house, "refrigeration")
    hire(house, "electrical")
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    for number in (1, 2):
        await open_question(house, ticket_id, "NO_PROPOSALS", number)
    before = await shown(house, ticket_id)
    pair = next(row for row in before if row["workflow_id"].endswith(".2"))
    await resolve(house, pair, "assign", params=1)

    async def asked_anew() -> Any:
        return len(await shown(house, ticket_id)) > len(before)

    await house.soon(asked_anew, "the other position to be asked about")
    newest = (await shown(house, ticket_id))[-1]
    assert (newest["subject"], newest["state"]) == (pair["subject"], "OPEN")


# An ordinary day.


@pytest.mark.long
async def test_a_hundred_tickets_that_find_their_experts_ask_nobody(house: House) -> None:
    team = [hire(house, "refrigeration") for _ in range(4)]
    desks = asyncio.Semaphore(10)

    async def ordinary(number: int) -> str:
        times = between(8, 20, 10 + number % 45)
        async with desks:
            ticket_id, visit = await waiting(house, times)
            await house.propose(visit, team[number % 4], [times])
            await house.until(ticket_id, "SCHEDULED")
        return ticket_id

    tickets = await asyncio.gather(*(ordinary(number) for number in range(100)))
    for ticket_id in tickets:
        assert (await rest(house, ticket_id))["escalations"] == []


async def test_words_stay_with_us_and_only_their_name_travels(house: House) -> None:
    words = f"They shouted {uuid.uuid4()}"
    row = await uncovered(house)
    await resolve(house, row, "waive", note=words)
    asked = house.env.client.get_workflow_handle(row["workflow_id"])
    [note] = [
        e["data"]["note_id"]
        for e in await house.timeline(row["ticket_id"])
        if e["type"] == "escalation.decided"
    ]
    for workflow in (house.workflow(row["ticket_id"]), asked):
        kept = await written_of(workflow)
        assert words not in kept
        assert note in kept


async def test_nobodys_name_or_number_is_kept_by_temporal(house: House) -> None:
    words = f"Canary {uuid.uuid4()} hums"
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, DAY, description=words)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    seen = await one(house, ticket_id)
    customer = (await house.ticket(ticket_id))["customer_id"]
    caller = await house.expect("helpdesk", "GET", f"/customers/{customer}")
    secrets = [words, *(caller[name] for name in ("name", "phone", "email", "street", "postcode"))]
    for candidate in seen["candidates"]:
        secrets += [candidate["name"], candidate["phone"], candidate["email"]]
    await resolve(house, seen, "assign", params=1)
    await house.until(ticket_id, "SCHEDULED")
    for workflow in (house.workflow(ticket_id), asked):
        kept = await written_of(workflow)
        assert ticket_id in kept
        assert [secret for secret in secrets if secret in kept] == []
    assert [secret for secret in secrets if secret in str(await shown(house, ticket_id))] == []
