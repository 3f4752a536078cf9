"""Who may see which ticket. What somebody may not see is not there: 404, for other people's tickets
and for none alike."""

from datetime import datetime

from api.http.auth import Principal
from api.http.services import Services
from api.intake.commands import look, ticket_unknown
from api.ticket.schemas import TicketView
from api.ticket.views import recorded_ticket, unrecorded_ticket
from models.actor import Actor, Role
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads
from models.db.ticket.notes import Note, NoteRepository
from models.db.ticket.reads import RecordedTicket, TicketReads
from models.db.visit.reads import VisitReads
from models.errors import Unavailable
from models.identity import derived_id
from models.ticket import Ticket
from workflows.ticket.story import TicketWorkflow


def may_see(session: Session, ticket: RecordedTicket, principal: Principal) -> bool:
    """Whether a ticket is the caller's business."""
    match principal.role:
        case Role.CUSTOMER:
            return ticket.customer_id == principal.subject
        case Role.EXPERT:
            return VisitReads(session).is_assigned(principal.subject, ticket.id)
        case role:
            return role.is_staff


async def ticket_for(services: Services, ticket_id: str, principal: Principal) -> None:
    """Let somebody at a ticket that is their business.

    Raises:
        NotFound: `ticket-unknown`.
    """
    seen = await services.reads.run(lambda s: _is_visible(s, ticket_id, principal))
    if seen is None:
        seen = _owns(await _from_workflow(services, ticket_id), principal)
    if not seen:
        raise ticket_unknown()


async def whole_ticket(services: Services, ticket_id: str, principal: Principal) -> TicketView:
    """A ticket as the caller may see it, from its workflow while the database has not got it or
    cannot be asked.

    Raises:
        NotFound: `ticket-unknown`.
    """
    try:
        view = await services.reads.run(
            lambda s: _recorded(s, ticket_id, principal, services.clock())
        )
    except Unavailable:
        view = None
    if view is not None:
        return view
    ticket = await _from_workflow(services, ticket_id)
    if not _owns(ticket, principal):
        raise ticket_unknown()
    return unrecorded_ticket(ticket, services.clock())


async def write_note(
    services: Services, ticket_id: str, author: Actor, words: str | None, key: str
) -> str | None:
    """Keep somebody's words where they may be kept; answers their id, which may travel. Other words
    under the key of a refused request are another note."""
    if words is None:
        return None
    note = Note(
        id=derived_id("not", ticket_id, key, words),
        ticket_id=ticket_id,
        author=author,
        written_at=services.clock(),
        body=words,
    )
    await services.reads.write(lambda s: NoteRepository(s).keep(note))
    return note.id


def _is_visible(session: Session, ticket_id: str, principal: Principal) -> bool | None:
    ticket = TicketReads(session).ticket(ticket_id)
    return None if ticket is None else may_see(session, ticket, principal)


def _recorded(
    session: Session, ticket_id: str, principal: Principal, now: datetime
) -> TicketView | None:
    reads = TicketReads(session)
    ticket = reads.whole(ticket_id)
    if ticket is None or not ticket.seq:
        return None
    if not may_see(session, ticket, principal):
        raise ticket_unknown()
    visits = VisitReads(session).of_ticket(ticket_id)
    staff = principal.role.is_staff
    escalations = EscalationReads(session).of_ticket(ticket_id) if staff else []
    return recorded_ticket(ticket, reads.words(ticket_id), visits, escalations, now)


async def _from_workflow(services: Services, ticket_id: str) -> Ticket:
    ticket: Ticket = await look(services, ticket_id, TicketWorkflow.ticket)
    return ticket


def _owns(ticket: Ticket, principal: Principal) -> bool:
    return principal.role.is_staff or (
        principal.role is Role.CUSTOMER and ticket.filing.customer_id == principal.subject
    )
