"""Every command of a ticket, asked in the way people ask it."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from api.intake.commands import ask
from models.actor import Actor, Role
from models.errors import DomainError
from models.event import Cause
from models.messages.matching import OfferSlots
from models.rules.transitions import TicketCommand
from models.ticket import Ticket
from tests.house import REFERENCE, House, days
from tests.issuing import SUBJECTS
from tests.workflows.company import hire
from workflows.ticket.story import TicketWorkflow

UNINSURED = next(
    f"customer:{c.id}" for c in REFERENCE.customers if c.zone == "berlin" and not c.subscriptions
)
HELPDESK = Cause(actor=Actor(role=Role.HELPDESK, id="usr_helpdesk"))


Made = Callable[[House], Awaitable[Any]]
"""How to have a ticket in a status."""


@dataclass(frozen=True)
class Answer:
    """What a command was answered: a code, and the public facts beside it; no code, no refusal."""

    code: str | None
    evidence: dict[str, Any]
    status: int = 200


async def asked(house: House, ticket: Any, command: TicketCommand) -> Answer:
    """The answer to a command that is well-formed in every way."""
    if command is TicketCommand.OFFER_SLOTS:
        return await _slots_offered(house, ticket["id"])
    who, method, path, body = _request(ticket, command)
    response = await house.ask(who, method, path, body)
    if response.is_success:
        return Answer(None, {}, response.status_code)
    problem = response.json()
    return Answer(problem["code"], problem["evidence"], response.status_code)


def _request(ticket: Any, command: TicketCommand) -> tuple[str, str, str, Any]:
    at = f"/tickets/{ticket['id']}"
    customer = f"customer:{ticket['customer_id']}"
    match command:
        case TicketCommand.CANCEL:
            return customer, "POST", f"{at}/cancel", {}
        case TicketCommand.CONFIRM:
            return customer, "POST", f"{at}/confirm", {}
        case TicketCommand.REOPEN:
            return customer, "POST", f"{at}/reopen", {"slots": days(30, 3)}
        case TicketCommand.CHANGE_SLOTS:
            return customer, "PUT", f"{at}/slots", {"slots": days(30, 3)}
        case TicketCommand.DECIDE_COVERAGE:
            return "helpdesk", "POST", f"{at}/coverage", {"coverage": "WAIVED"}
        case TicketCommand.PROPOSE:
            visit = f"/visits/{ticket['visits'][-1]['id']}/proposals"
            return "expert", "POST", visit, {"windows": days(30, 3)}
        case TicketCommand.ADD_VISIT:
            body = {"minutes": 60, "positions": [{"skill": "electrical"}]}
            return "helpdesk", "POST", f"{at}/visits", body
        case TicketCommand.ASSIGN_EXPERT:
            visit = f"/visits/{ticket['visits'][-1]['id']}/assignments"
            chosen = {"expert_id": SUBJECTS["expert"], "start": days(30, 1)[0]["start"]}
            wish = {**chosen, "position": 0, "reason": "They know it.", "customer_consent": True}
            return "helpdesk", "POST", visit, wish
        case TicketCommand.RE_EVALUATE:
            group = ticket["visits"][-1]["group_id"]
            return "helpdesk", "POST", f"{at}/groups/{group}/re-evaluate", None
        case other:
            raise AssertionError(f"nobody asks for {other} here")


async def _slots_offered(house: House, ticket_id: str) -> Answer:
    """At the workflow's own door: the route looks for times first, and finds none."""
    offer = OfferSlots(offer_id=f"off_{uuid.uuid4()}", options=(), by=HELPDESK)
    try:
        await ask(house.services, ticket_id, TicketWorkflow.offer_slots, offer, offer.offer_id)
    except DomainError as refusal:
        return Answer(refusal.code, refusal.evidence, 409)
    return Answer(None, {})


async def standing(house: House, ticket_id: str) -> tuple[int, int, int]:
    """What every change of a ticket changes: its last event, in the workflow and in its row, and
    the length of its history."""
    told: Ticket = await house.workflow(ticket_id).query(TicketWorkflow.ticket)
    row = (await house.ticket(ticket_id))["seq"]
    length = (await house.workflow(ticket_id).describe()).history_length
    return told.seq, row, length


async def at_rest(house: House, ticket_id: str) -> Any:
    """The ticket once all that was decided is recorded."""

    async def recorded() -> Any:
        told: Ticket = await house.workflow(ticket_id).query(TicketWorkflow.ticket)
        ticket = await house.ticket(ticket_id)
        return ticket if ticket["seq"] == told.seq and not told.news else None

    return await house.soon(recorded, "everything to be recorded")


async def in_review(house: House) -> Any:
    """A ticket that no plan covers."""
    return await house.until(await house.file(UNINSURED), "REVIEW")


async def in_matching(house: House) -> Any:
    """A ticket that waits for experts."""
    return await house.until(await house.file(), "MATCHING")


async def in_scheduled(house: House) -> Any:
    """A ticket whose visit is settled, with an expert who has nothing else to do."""
    ticket = await in_matching(house)
    await house.propose(ticket["visits"][0]["id"], hire(house, "refrigeration"))
    return await house.until(ticket["id"], "SCHEDULED")


async def in_progress(house: House) -> Any:
    """A ticket whose expert is under way."""
    ticket = await in_scheduled(house)
    await reported(house, ticket, "en_route")
    return await house.until(ticket["id"], "IN_PROGRESS")


async def in_completed(house: House) -> Any:
    """A ticket whose work is done."""
    ticket = await in_scheduled(house)
    for kind in ("en_route", "on_site", "started", "completed"):
        await reported(house, ticket, kind)
    return await house.until(ticket["id"], "COMPLETED")


async def reported(house: House, ticket: Any, kind: str, **more: Any) -> Any:
    """The expert of a ticket reports from the field."""
    [visit] = ticket["visits"]
    expert = visit["assignments"][0]["expert_id"]
    return await house.report(visit["id"], kind, f"expert:{expert}", **more)


async def in_closed(house: House) -> Any:
    """A ticket that its customer confirmed."""
    ticket = await in_completed(house)
    await house.expect("customer", "POST", f"/tickets/{ticket['id']}/confirm", {})
    await house.workflow(ticket["id"]).result()
    return await house.until(ticket["id"], "CLOSED")


async def in_cancelled(house: House) -> Any:
    """A ticket that was given up."""
    ticket_id = await house.file()
    await house.until(ticket_id, "MATCHING")
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.workflow(ticket_id).result()
    return await house.until(ticket_id, "CANCELLED")
