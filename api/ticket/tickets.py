"""Tickets: filing, reading, commanding."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.dependencies import (
    Caller,
    CustomerOrStaff,
    IdempotencyKey,
    OptionalKey,
    Seen,
    Staff,
    With,
    cause,
    known_parameters,
)
from api.http.idempotency import once, replayed, scoped
from api.http.limits import counted_as_filing
from api.http.paging import Cursor, Limit, Page, decode_moment, page_of
from api.http.problems import RESPONSES
from api.http.text import windows
from api.intake import filing
from api.intake.commands import ask
from api.intake.filing import Filed
from api.intake.flood import admit_if_actionable
from api.intake.put_off import or_put_off
from api.ticket.schemas import (
    Cancellation,
    Confirmation,
    CoverageDecision,
    NewTicket,
    Reopening,
    SlotsChange,
    TicketReceipt,
    TicketStandingView,
    TicketSummary,
    TicketView,
)
from api.ticket.sight import ticket_for, whole_ticket, write_note
from api.ticket.standing import PUT_OFF, put_off, standing_view
from api.ticket.views import summary
from models.actor import Role
from models.db.ticket.reads import TicketReads
from models.identity import TicketId
from models.messages.ticket import (
    CancelTicket,
    ChangeSlots,
    ConfirmTicket,
    DecideCoverage,
    ReopenTicket,
)
from models.ticket import TicketStatus
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/tickets",
    tags=["tickets"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.post(
    "",
    status_code=201,
    summary="File a ticket",
    responses={202: {"model": TicketReceipt}},
)
@counted_as_filing
async def file_ticket(
    new: NewTicket,
    principal: CustomerOrStaff,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> TicketReceipt:
    """201: the ticket is safe and its workflow runs. 202: it is safe, and kept until it can run.
    Sent again under the same key, the same ticket answers. Of tickets that nobody can act upon,
    for no plan pays or no time is given, one customer has so many."""
    await admit_if_actionable(services, request, new, principal)
    receipt, became = await filing.file_ticket(
        services, new, principal, key, cause(request, principal)
    )
    response.headers["Location"] = f"/v1/tickets/{receipt.id}"
    if became is Filed.RAN_BEFORE:
        await replayed(request, response)
    elif became is Filed.KEPT:
        response.status_code = 202
    return receipt


@router.get("", summary="List tickets, the newest first")
async def list_tickets(
    principal: CustomerOrStaff,
    services: With,
    status: Annotated[TicketStatus | None, Query()] = None,
    zone: Annotated[str | None, Query(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TicketSummary]:
    """Your own; the helpdesk sees everybody's."""
    if zone:
        services.reference.require_zone(zone)
    before = decode_moment(cursor)
    mine = principal.subject if principal.role is Role.CUSTOMER else None
    found = await services.reads.run(
        lambda s: TicketReads(s).tickets(
            customer_id=mine, status=status, zone=zone, before=before, limit=limit + 1
        )
    )
    return page_of(found, limit, lambda one: [one.opened_at.isoformat(), one.id], summary)


@router.get("/{ticket_id}", summary="Read a ticket")
async def read_ticket(
    ticket_id: TicketId, principal: Caller, response: Response, services: With
) -> TicketView:
    """Whole, with its visits; a ticket filed a moment ago answers from its workflow."""
    view = await whole_ticket(services, ticket_id, principal)
    response.headers["ETag"] = f'"{view.seq}"'
    return view


@router.put(
    "/{ticket_id}/slots",
    summary="Change the customer's times",
    **PUT_OFF,
    response_model=TicketStandingView,
)
async def change_slots(
    ticket_id: TicketId,
    change: SlotsChange,
    principal: CustomerOrStaff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> TicketStandingView | Response:
    """Visits that wait are evaluated again; one that is settled moves only if it must."""
    scope = scoped(request, principal, key)

    async def act() -> TicketStandingView:
        by = cause(request, principal, key, seen)
        slots = tuple(windows(change.slots, "/slots"))
        note = await write_note(services, ticket_id, by.actor, change.reason, scope)
        message = ChangeSlots(slots=slots, by=by, note_id=note)
        update = TicketWorkflow.change_slots
        return standing_view(await ask(services, ticket_id, update, message, scope))

    async def asked() -> TicketStandingView:
        await ticket_for(services, ticket_id, principal)
        return await once(services, request, response, scope, change, TicketStandingView, act)

    return await or_put_off(services, request, principal, asked) or put_off(ticket_id)


@router.post(
    "/{ticket_id}/cancel", summary="Give a ticket up", **PUT_OFF, response_model=TicketStandingView
)
async def cancel_ticket(
    ticket_id: TicketId,
    cancellation: Cancellation,
    principal: CustomerOrStaff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> TicketStandingView | Response:
    """Experts are freed and everybody concerned is told once."""
    scope = scoped(request, principal, key)

    async def act() -> TicketStandingView:
        by = cause(request, principal, key, seen)
        note = await write_note(services, ticket_id, by.actor, cancellation.reason, scope)
        message = CancelTicket(by=by, note_id=note)
        return standing_view(await ask(services, ticket_id, TicketWorkflow.cancel, message, scope))

    async def asked() -> TicketStandingView:
        await ticket_for(services, ticket_id, principal)
        return await once(services, request, response, scope, cancellation, TicketStandingView, act)

    return await or_put_off(services, request, principal, asked) or put_off(ticket_id)


@router.post("/{ticket_id}/confirm", summary="Confirm that the work is done")
async def confirm_ticket(
    ticket_id: TicketId,
    confirmation: Confirmation,
    principal: CustomerOrStaff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> TicketStandingView:
    """The ticket is closed for good."""
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> TicketStandingView:
        message = ConfirmTicket(by=cause(request, principal, key, seen))
        return standing_view(await ask(services, ticket_id, TicketWorkflow.confirm, message, scope))

    return await once(services, request, response, scope, confirmation, TicketStandingView, act)


@router.post("/{ticket_id}/reopen", summary="Say that the work is not done")
async def reopen_ticket(
    ticket_id: TicketId,
    reopening: Reopening,
    principal: CustomerOrStaff,
    seen: Seen,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> TicketStandingView:
    """A new round with a new visit, as long as the ticket is not closed."""
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> TicketStandingView:
        by = cause(request, principal, key, seen)
        slots = tuple(windows(reopening.slots, "/slots"))
        note = await write_note(services, ticket_id, by.actor, reopening.reason, scope)
        message = ReopenTicket(by=by, slots=slots, note_id=note)
        return standing_view(await ask(services, ticket_id, TicketWorkflow.reopen, message, scope))

    return await once(services, request, response, scope, reopening, TicketStandingView, act)


@router.post("/{ticket_id}/coverage", summary="Settle who pays")
async def decide_coverage(
    ticket_id: TicketId,
    decision: CoverageDecision,
    principal: Staff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> TicketStandingView:
    """Helpdesk decides what the plans do not; until then nobody is booked."""
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> TicketStandingView:
        by = cause(request, principal, key, seen)
        note = await write_note(services, ticket_id, by.actor, decision.reason, scope)
        message = DecideCoverage(by=by, coverage=decision.coverage, note_id=note)
        update = TicketWorkflow.decide_coverage
        return standing_view(await ask(services, ticket_id, update, message, scope))

    return await once(services, request, response, scope, decision, TicketStandingView, act)
