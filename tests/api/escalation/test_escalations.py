"""The helpdesk's queue over HTTP: what waits, everything about one of them, and its decision."""

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.house import LIMIT, House
from tests.refusals import refused
from tests.town import Town, pages, wondering
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

TOWN = Town("kathmandu")
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


async def resolve(house: House, row: Any, action: str, who: str = "helpdesk", **more: Any) -> Any:
    """Decide an escalation over HTTP."""
    body = {"action": action, **more}
    return await house.expect(who, "POST", f"/escalations/{row['id']}/resolve", body)


async def one(house: House, ticket_id: str) -> Any:
    """The only escalation of a ticket, whole."""
    [row] = await shown(house, ticket_id)
    return await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")


# The list.


async def test_the_list_is_narrowed_by_every_filter_and_read_page_by_page(house: House) -> None:
    tickets = [(await TOWN.opened(house, 44))[0] for _ in range(3)]
    ids = [await wondering(house, ticket) for ticket in tickets]
    everything = await pages(house, "helpdesk", "/escalations?zone=kathmandu")
    order = [(row["opened_at"], row["id"]) for row in everything]
    assert order == sorted(order)
    assert [row["id"] for row in everything if row["id"] in ids] == ids
    await house.expect("helpdesk:usr_pia", "POST", f"/escalations/{ids[0]}/claim", {})
    await resolve(house, everything[[r["id"] for r in everything].index(ids[1])], "told")
    for query, expected in (
        ("state=CLAIMED", {0}),
        ("state=OPEN", {2}),
        ("state=RESOLVED", {1}),
        ("live=true", {0, 2}),
        ("live=false", {1}),
        ("reason=NOTIFICATION_UNDELIVERABLE", {0, 1, 2}),
        ("reason=PARTIAL", set()),
        ("level=1", {0, 1, 2}),
        ("level=3", set()),
        ("claimed_by=usr_pia", {0}),
        (f"ticket_id={tickets[2]}", {2}),
        ("live=true&claimed_by=usr_pia&level=1", {0}),
    ):
        found = await pages(house, "manager", f"/escalations?zone=kathmandu&{query}")
        mine = {ids.index(row["id"]) for row in found if row["id"] in ids}
        assert mine == expected, query
    elsewhere = await pages(house, "helpdesk", "/escalations?zone=chicago", limit=100)
    assert not {row["id"] for row in elsewhere} & set(ids)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("state=SOLVED", 400, "invalid-parameter"),
        ("live=perhaps", 400, "invalid-parameter"),
        ("reason=BOREDOM", 400, "invalid-parameter"),
        ("level=4", 400, "invalid-parameter"),
        ("zone=atlantis", 422, "zone-unknown"),
        ("ticket_id=tkt_1", 400, "invalid-parameter"),
        ("claimed_by=a b", 400, "invalid-parameter"),
        ("limit=0", 400, "invalid-parameter"),
        ("limit=101", 400, "invalid-parameter"),
        ("cursor=nonsense", 400, "cursor-invalid"),
        ("colour=red", 400, "unknown-parameter"),
    ],
)
async def test_a_filter_that_is_none_is_refused_by_name(
    house: House, query: str, status: int, code: str
) -> None:
    answer = await house.ask("helpdesk", "GET", f"/escalations?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


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
    for path in sorted(house.outbox.rglob("*.txt"), reverse=True):
        text = path.read_text()
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
