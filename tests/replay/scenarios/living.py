"""What scenarios have in common: people, their words, and the steps that many lives take."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHistory

from models.rules.ticket.listening import listens_until
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from temporal.ids import billing_workflow
from tests.house import REFERENCE, House
from workflows.ticket.story import TicketWorkflow

DESCRIPTION = "Zebedee next door heard it rattle like a marimba."
REASON = "Grandmother Quillfeather thought better of it."
NOTES = "Swapped the flobberworm relay; tea was served."
MODEL, OTHER_MODEL = "Zorblax Frost 7", "Plumbus Deluxe 3000"
FILE = {
    "name": "Ottoline Fernsby",
    "zone": "berlin",
    "street": "Quagmire Lane 4",
    "city": "Berlin",
    "postcode": "10999",
    "country": "DE",
    "phone": "+4930901820007",
    "email": "ottoline@example.org",
}
"""A customer's file, as the helpdesk writes it down."""
WORDS = (
    DESCRIPTION,
    REASON,
    NOTES,
    MODEL,
    OTHER_MODEL,
    *(FILE[w] for w in ("name", "street", "phone", "email")),
)
"""What people say in the scenarios: personal data, whatever it is about."""

LISTENS = timedelta(days=70)
"""No cancelled ticket listens for longer."""
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


async def matching(house: House, **body: Any) -> tuple[str, str]:
    """A ticket that waits for experts, and its visit."""
    ticket = await house.file(description=DESCRIPTION, **body)
    return ticket, (await house.until(ticket, "MATCHING"))["visits"][0]["id"]


async def question(house: House, ticket: str, reason: str | None = None) -> dict[str, str]:
    """The escalation that waits for a decision, once its facts are gathered."""

    async def waits() -> list[dict[str, str]]:
        page = await house.expect("helpdesk", "GET", f"/escalations?ticket_id={ticket}&live=true")
        ready = [e for e in page["items"] if e["headline"] != e["reason"]]
        return [e for e in ready if reason in (None, e["reason"])]

    found: dict[str, str] = (await house.soon(waits, f"a question {reason or ''}"))[0]
    return found


async def decided(
    house: House, question: dict[str, str], action: str, params: object = None
) -> WorkflowHistory:
    """The escalation after the helpdesk has decided it."""
    decision = {"action": action, "params": params, "note": REASON}
    await house.expect("helpdesk", "POST", f"/escalations/{question['id']}/resolve", decision)
    return await escalation_of(house, question)


async def escalation_of(house: House, question: dict[str, str]) -> WorkflowHistory:
    """The history of an escalation, once it is over."""
    handle = house.env.client.get_workflow_handle(question["workflow_id"])
    await handle.result()
    return await handle.fetch_history()


async def completed(house: House) -> str:
    """A ticket whose work is done."""
    ticket = await house.scheduled(description=DESCRIPTION)
    await worked(house, ticket["visits"][0]["id"])
    return str((await house.until(ticket["id"], "COMPLETED"))["id"])


async def worked(house: House, visit: str) -> None:
    """An expert reports every step of a visit."""
    for kind in ("acknowledged", "en_route", "on_site", "started"):
        await house.report(visit, kind)
    await house.report(visit, "completed", report={"notes": NOTES})


async def given_up(house: House, ticket: str, who: str = "customer") -> None:
    """The customer cancels a ticket, and it ends."""
    await house.expect(who, "POST", f"/tickets/{ticket}/cancel", {"reason": REASON})
    await ended(house, ticket, TicketStatus.CANCELLED)


async def ended(house: House, ticket: str, status: TicketStatus) -> None:
    """Wait for the end of a ticket, and of the time in which it listens for late reports."""
    told: Ticket = await house.workflow(ticket).query(TicketWorkflow.ticket)
    if listens_until(told) is not None:
        await house.later(ticket, LISTENS)
    await house.until(ticket, status)


async def history_of(house: House, ticket: str) -> WorkflowHistory:
    """The ticket's history once nothing of what was decided is left to be written."""

    async def at_rest() -> bool:
        told: Ticket = await house.workflow(ticket).query(TicketWorkflow.ticket)
        row = await house.ticket(ticket)
        return (row["seq"], row["status"]) == (told.seq, status_of(told)) and not told.news

    await house.soon(at_rest, "everything to be recorded")
    return await house.workflow(ticket).fetch_history()


async def bill_of(house: House, ticket: str) -> WorkflowHistory:
    """The history of the bill of a ticket's first round."""
    handle = house.env.client.get_workflow_handle(billing_workflow(ticket, 1))
    await handle.result()
    return await handle.fetch_history()
