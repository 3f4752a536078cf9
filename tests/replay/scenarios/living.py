"""The lives of tickets whose histories are kept, and the words that must never be in one."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowHistory

from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from temporal.ids import billing_workflow
from tests.house import REFERENCE, House, days
from workers.histories import runs_of
from workflows.ticket.story import TicketWorkflow

DESCRIPTION = "Zebedee next door heard it rattle like a marimba."
REASON = "Grandmother Quillfeather thought better of it."
NOTES = "Swapped the flobberworm relay; tea was served."
WORDS = (DESCRIPTION, REASON, NOTES)
"""What people say in the scenarios: personal data, whatever it is about."""

FRIDGE_EXPERTS = [
    f"expert:{e.id}"
    for e in REFERENCE.experts
    if e.zone == "berlin" and "refrigeration" in e.skills
]
UNINSURED = next(
    f"customer:{c.id}" for c in REFERENCE.customers if c.zone == "berlin" and not c.subscriptions
)

Lived = Mapping[str, WorkflowHistory]
Scenario = Callable[[House], Awaitable[Lived]]


async def whole_life(house: House) -> Lived:
    """Filed, matched, done, billed by plan and confirmed by the customer."""
    ticket = await _completed(house)
    await house.expect("customer", "POST", f"/tickets/{ticket}/confirm", {})
    await _ended(house, ticket, TicketStatus.CLOSED)
    bill = await _bill(house, ticket)
    return {"whole_life": await _history(house, ticket), "billing_covered": bill}


async def cancelled_while_matching(house: House) -> Lived:
    """Given up while two experts wait to be chosen."""
    ticket, visit = await _matching(house, slots=[], slots_later=True)
    for expert in FRIDGE_EXPERTS[:2]:
        await house.propose(visit, expert)
    await house.expect("customer", "POST", f"/tickets/{ticket}/cancel", {"reason": REASON})
    await _ended(house, ticket, TicketStatus.CANCELLED)
    return {"cancelled_while_matching": await _history(house, ticket)}


async def cancelled_when_scheduled(house: House) -> Lived:
    """Given up with an expert booked, who is freed."""
    ticket = (await house.scheduled(description=DESCRIPTION))["id"]
    await house.expect("customer", "POST", f"/tickets/{ticket}/cancel", {"reason": REASON})
    await _ended(house, ticket, TicketStatus.CANCELLED)
    return {"cancelled_when_scheduled": await _history(house, ticket)}


async def closed_by_itself(house: House) -> Lived:
    """Done, and nobody said anything for thirty days."""
    ticket = await _completed(house)
    await house.later(ticket, timedelta(days=30, seconds=5))
    await _ended(house, ticket, TicketStatus.CLOSED)
    return {"closed_by_itself": await _history(house, ticket)}


async def reopened(house: House) -> Lived:
    """Done, not done after all, done again."""
    ticket = await _completed(house)
    again = {"slots": days(30, 3), "reason": REASON}
    await house.expect("customer", "POST", f"/tickets/{ticket}/reopen", again)
    second = (await house.until(ticket, "MATCHING"))["visits"][1]["id"]
    await house.propose(second)
    await house.until(ticket, "SCHEDULED")
    await _worked(house, second)
    await house.until(ticket, "COMPLETED")
    await house.expect("customer", "POST", f"/tickets/{ticket}/confirm", {})
    await _ended(house, ticket, TicketStatus.CLOSED)
    return {"reopened": await _history(house, ticket)}


async def asked_the_helpdesk(house: House) -> Lived:
    """Nobody proposes for a day, the helpdesk is asked, then an expert turns up; still open."""
    ticket, visit = await _matching(house)
    await house.later(ticket, timedelta(hours=24, seconds=1))
    question = await _question(house, ticket)
    await house.propose(visit)
    await house.until(ticket, "SCHEDULED")
    await _answered(house, question)
    healed = await _escalation(house, question)
    return {"asked_the_helpdesk": await _history(house, ticket), "escalation_healed": healed}


async def decided_by_a_person(house: House) -> Lived:
    """Nobody proposes for a day; somebody claims the question, decides the impossible, waits
    longer, and at last sends an expert."""
    ticket, _ = await _matching(house)
    await house.later(ticket, timedelta(hours=24, seconds=1))
    question = await _question(house, ticket)
    path = f"/escalations/{question['id']}"
    await house.expect("helpdesk", "POST", f"{path}/claim", {})
    await house.ask("helpdesk", "POST", f"{path}/resolve", {"action": "offer_slots"})
    decision = {"action": "extend_wait", "params": 2, "note": REASON}
    await house.expect("helpdesk", "POST", f"{path}/resolve", decision)
    waited = await _escalation(house, question)
    await house.later(ticket, timedelta(hours=2, seconds=1))
    question = await _question(house, ticket)
    path = f"/escalations/{question['id']}"
    sent = {"action": "assign", "params": {"candidate": 1}, "note": REASON}
    await house.expect("manager", "POST", f"{path}/resolve", sent)
    await house.until(ticket, "SCHEDULED")
    return {
        "decided_by_a_person": await _history(house, ticket),
        "escalation_waited": waited,
        "escalation_assigned": await _escalation(house, question),
    }


async def coverage_decided(house: House) -> Lived:
    """No plan pays: it waits for the helpdesk, and the customer pays for the job."""
    ticket = await house.file(UNINSURED, description=DESCRIPTION)
    await house.until(ticket, "REVIEW")
    for coverage in ("NOT_COVERED", "PAY_PER_JOB"):
        decision = {"coverage": coverage, "reason": REASON}
        await house.expect("helpdesk", "POST", f"/tickets/{ticket}/coverage", decision)
    visit = (await house.until(ticket, "MATCHING"))["visits"][0]["id"]
    await house.propose(visit)
    await house.until(ticket, "SCHEDULED")
    await _worked(house, visit)
    await house.until(ticket, "COMPLETED")
    bill = await _bill(house, ticket)
    return {"coverage_decided": await _history(house, ticket), "billing_pay_per_job": bill}


async def reported_out_of_order(house: House) -> Lived:
    """Reports come by signal, the last one first, one twice, and one is not a report at all."""
    ticket = await house.scheduled(description=DESCRIPTION)
    visit = ticket["visits"][0]
    handle = house.workflow(ticket["id"])
    for kind in ("on_site", "completed", "started", "started"):
        fact = {
            "visit_id": visit["id"],
            "kind": kind,
            "expert_id": visit["assignments"][0]["expert_id"],
            "occurred_at": datetime.now(UTC).isoformat(),
            "client_event_id": f"phone-{kind}",
            "by": {"actor": {"role": "expert", "id": visit["assignments"][0]["expert_id"]}},
        }
        await handle.signal("visit_reported", fact)
    await handle.signal("visit_reported", "not a report")
    await house.until(ticket["id"], "COMPLETED")
    return {"reported_out_of_order": await _history(house, ticket["id"])}


async def proposals_released(house: House) -> Lived:
    """Two experts propose, the times come last, one is chosen and the other let go."""
    ticket, visit = await _matching(house, slots=[], slots_later=True)
    for expert in FRIDGE_EXPERTS[:2]:
        await house.propose(visit, expert)
    await house.expect("customer", "PUT", f"/tickets/{ticket}/slots", {"slots": days(30, 3)})
    await house.until(ticket, "SCHEDULED")
    return {"proposals_released": await _history(house, ticket)}


async def sent_by_hand(house: House) -> Lived:
    """Nobody proposes; the helpdesk looks again, and sends an expert itself."""
    ticket, visit = await _matching(house)
    group = (await house.ticket(ticket))["visits"][0]["group_id"]
    await house.expect("helpdesk", "POST", f"/tickets/{ticket}/groups/{group}/re-evaluate")
    expert = FRIDGE_EXPERTS[0].partition(":")[2]
    wish = {"expert_id": expert, "position": 0, "reason": REASON, "customer_consent": True}
    # A night of its own: by day other scenarios book the same experts.
    path, night = f"/visits/{visit}/assignments", days(55, 1)[0]["end"]
    await house.expect("helpdesk", "POST", path, {**wish, "start": night})
    await house.until(ticket, "SCHEDULED")
    return {"sent_by_hand": await _history(house, ticket)}


async def continued(house: House) -> Lived:
    """So much happens that the ticket goes on in a second run. Needs a server that tires early."""
    ticket, visit = await _matching(house)

    async def second_run() -> list[WorkflowHistory]:
        body = {"slots": days(30, 3)}
        await house.expect("customer", "PUT", f"/tickets/{ticket}/slots", body)
        runs = await runs_of(house.env.client, house.workflow(ticket).id)
        return runs if len(runs) > 1 else []

    await house.soon(second_run, "a second run")
    await house.propose(visit)
    await house.until(ticket, "SCHEDULED")
    await house.expect("customer", "POST", f"/tickets/{ticket}/cancel", {"reason": REASON})
    await _ended(house, ticket, TicketStatus.CANCELLED)
    runs = await runs_of(house.env.client, house.workflow(ticket).id)
    return {"continued_first_run": runs[0], "continued_last_run": runs[-1]}


SCENARIOS: tuple[Scenario, ...] = (
    whole_life,
    cancelled_while_matching,
    cancelled_when_scheduled,
    closed_by_itself,
    reopened,
    asked_the_helpdesk,
    decided_by_a_person,
    coverage_decided,
    reported_out_of_order,
    proposals_released,
    sent_by_hand,
)


async def _matching(house: House, **body: object) -> tuple[str, str]:
    ticket = await house.file(description=DESCRIPTION, **body)
    return ticket, (await house.until(ticket, "MATCHING"))["visits"][0]["id"]


async def _question(house: House, ticket: str) -> dict[str, str]:
    """The escalation that waits for a decision, once its facts are gathered."""

    async def waits() -> list[dict[str, str]]:
        page = await house.expect("helpdesk", "GET", f"/escalations?ticket_id={ticket}&live=true")
        return [e for e in page["items"] if e["headline"] != e["reason"]]

    found: dict[str, str] = (await house.soon(waits, "a question"))[0]
    return found


async def _answered(house: House, question: dict[str, str]) -> None:
    async def over() -> bool:
        shown = await house.expect("helpdesk", "GET", f"/escalations/{question['id']}")
        return shown["closed_at"] is not None

    await house.soon(over, "the answer")


async def _escalation(house: House, question: dict[str, str]) -> WorkflowHistory:
    handle = house.env.client.get_workflow_handle(question["workflow_id"])
    await handle.result()
    return await handle.fetch_history()


async def _completed(house: House) -> str:
    ticket = await house.scheduled(description=DESCRIPTION)
    await _worked(house, ticket["visits"][0]["id"])
    return str((await house.until(ticket["id"], "COMPLETED"))["id"])


async def _worked(house: House, visit: str) -> None:
    for kind in ("acknowledged", "en_route", "on_site", "started"):
        await house.report(visit, kind)
    await house.report(visit, "completed", report={"notes": NOTES})


async def _ended(house: House, ticket: str, status: TicketStatus) -> None:
    await house.workflow(ticket).result()
    await house.until(ticket, status)


async def _history(house: House, ticket: str) -> WorkflowHistory:
    """The ticket's history once nothing of what was decided is left to be written."""

    async def at_rest() -> bool:
        told: Ticket = await house.workflow(ticket).query(TicketWorkflow.ticket)
        row = await house.ticket(ticket)
        return (row["seq"], row["status"]) == (told.seq, status_of(told)) and not told.news

    await house.soon(at_rest, "everything to be recorded")
    return await house.workflow(ticket).fetch_history()


async def _bill(house: House, ticket: str) -> WorkflowHistory:
    handle = house.env.client.get_workflow_handle(billing_workflow(ticket, 1))
    await handle.result()
    return await handle.fetch_history()
