"""Who may see which ticket. What somebody may not see is not there: 404, for other people's tickets
and for none alike. What cannot be known while the database is away is not denied: 503."""

from datetime import datetime, timedelta
from enum import StrEnum

from api.http.auth import Principal
from api.http.services import Services
from api.http.text import as_kept
from api.intake.keeping import kept_ticket
from api.intake.looking import filed, look
from api.intake.wording import ticket_unknown
from api.ticket.schemas import ContactView, TicketView
from api.ticket.views import recorded_ticket, ticket_in_part, unrecorded_ticket
from models.actor import Actor, Role
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads
from models.db.market.work import WorkList
from models.db.matching.reads import is_time_taken
from models.db.ticket.notes import Note, NoteRepository
from models.db.ticket.reads import RecordedTicket, TicketReads
from models.db.visit.proof import FileReads
from models.db.visit.reads import VisitReads
from models.errors import NotFound, Unavailable
from models.identity import derived_id
from models.rules.ticket.rights import may_read
from models.ticket import Attention, Ticket
from workflows.ticket.story import TicketWorkflow

_FIRST, _LAST = 0.9, timedelta(seconds=1.4)
"""Seconds for which the database is asked for a ticket; its workflow has the rest, but for what its
history is given: of a ticket that was never written down that says as much, and while many come at
once those who could answer for it have work enough."""


class Sight(StrEnum):
    """How much of a ticket somebody may read. PART: an expert who was there, or was to come, and
    may not read any more whom for: what they did, and when."""

    NOTHING = "nothing"
    PART = "part"
    WHOLE = "whole"


def sight_of(
    session: Session, ticket: RecordedTicket, principal: Principal, now: datetime
) -> Sight:
    """How much of a ticket is the caller's business."""
    match principal.role:
        case Role.CUSTOMER:
            return _whole_if(ticket.customer_id == principal.subject)
        case Role.EXPERT:
            own = WorkList(session).items(principal.subject, now, ticket_id=ticket.id)
            if any(item.withheld is None for item in own):
                return Sight.WHOLE
            return Sight.PART if own else Sight.NOTHING
        case role:
            return _whole_if(role.is_staff)


async def ticket_for(services: Services, ticket_id: str, principal: Principal) -> Sight:
    """Let somebody at a ticket that is their business, as far as it is.

    Raises:
        NotFound: `ticket-unknown`.
    """
    now = services.clock()
    seen = await services.reads.run(lambda s: _sight(s, ticket_id, principal, now))
    if seen is None:
        ticket = await _from_workflow(services, ticket_id)
        seen = _whole_if(_is_theirs(ticket, principal, now))
    if seen is Sight.NOTHING:
        raise ticket_unknown()
    return seen


async def whole_ticket(services: Services, ticket_id: str, principal: Principal) -> TicketView:
    """A ticket as the caller may see it, from its workflow while the database has not got it or
    cannot be asked. Where nobody works, as far as it is written down: in its row, or in the first
    event of its history.

    Raises:
        NotFound: `ticket-unknown`.
        Unavailable: `database-unavailable`, where nothing else can tell what the caller may see.
    """
    now = services.clock()
    try:
        view = await services.reads.run(lambda s: _recorded(s, ticket_id, principal, now), _FIRST)
    except Unavailable as away:
        return unrecorded_ticket(await _without_records(services, ticket_id, principal, away), now)
    if view is not None and view.seq:
        return view
    try:
        ticket = await _from_workflow(services, ticket_id, to_spare=_LAST)
    except Unavailable:
        if view is not None:
            return view
        began = await filed(services, ticket_id)
        if began is None:
            raise
        ticket = began
    if not _is_theirs(ticket, principal, now):
        raise ticket_unknown()
    return unrecorded_ticket(ticket, now)


async def write_note(
    services: Services, ticket_id: str, author: Actor, words: str | None, key: str
) -> str | None:
    """Keep somebody's words where they may be kept; answers their id, which may travel. Other words
    under the key of a refused request are another note.

    Raises:
        Invalid: `text-unreadable`.
    """
    if words is None:
        return None
    words = as_kept(words, "/note")
    note = Note(
        id=derived_id("not", ticket_id, key, words),
        ticket_id=ticket_id,
        author=author,
        written_at=services.clock(),
        body=words,
    )
    await services.reads.write(lambda s: NoteRepository(s).keep(note))
    return note.id


def _sight(session: Session, ticket_id: str, principal: Principal, now: datetime) -> Sight | None:
    ticket = TicketReads(session).ticket(ticket_id)
    return None if ticket is None else sight_of(session, ticket, principal, now)


def _recorded(
    session: Session, ticket_id: str, principal: Principal, now: datetime
) -> TicketView | None:
    reads = TicketReads(session)
    ticket = reads.whole(ticket_id)
    if ticket is None:
        return None
    seen = sight_of(session, ticket, principal, now)
    if seen is Sight.NOTHING:
        raise ticket_unknown()
    visits = VisitReads(session).of_ticket(ticket_id)
    if seen is Sight.PART:
        return ticket_in_part(ticket, visits, principal.subject)
    staff = principal.role.is_staff
    escalations = EscalationReads(session).of_ticket(ticket_id) if staff else []
    words = reads.words(ticket_id)
    view = recorded_ticket(ticket, words, visits, escalations, now)
    if words is not None and words.contact and principal.role is not Role.EXPERT:
        # Whoever comes to the customer has their number from the customer's file.
        view = view.model_copy(update={"contact": ContactView.model_validate(words.contact)})
    found = _looked_for(session, ticket_id) if staff else []
    return view.model_copy(update={"attention": [*view.attention, *found]}) if found else view


def _looked_for(session: Session, ticket_id: str) -> list[Attention]:
    """What a person should look at that is no part of the ticket itself."""
    looked_for = {
        Attention.PROOF_MISSING: FileReads(session).are_missed(ticket_id),
        Attention.TIME_TAKEN: is_time_taken(session, ticket_id),
    }
    return [attention for attention, is_found in looked_for.items() if is_found]


async def _without_records(
    services: Services, ticket_id: str, principal: Principal, away: Unavailable
) -> Ticket:
    """The ticket from its workflow. One that Temporal has not, or has no more, may be recorded; and
    of an expert only the records say all that they did."""
    try:
        ticket = await _from_workflow(services, ticket_id)
    except NotFound:
        raise away from None
    if _is_theirs(ticket, principal, services.clock()):
        return ticket
    raise away if principal.role is Role.EXPERT else ticket_unknown()


async def _from_workflow(
    services: Services, ticket_id: str, to_spare: timedelta = timedelta(0)
) -> Ticket:
    try:
        ticket: Ticket = await look(services, ticket_id, TicketWorkflow.ticket, to_spare=to_spare)
    except (NotFound, Unavailable):
        kept = await kept_ticket(services, ticket_id)
        if kept is None:
            raise
        return kept
    return ticket


def _whole_if(theirs: bool) -> Sight:
    return Sight.WHOLE if theirs else Sight.NOTHING


def _is_theirs(ticket: Ticket, principal: Principal, now: datetime) -> bool:
    """Whether a ticket says of itself that the caller may read all of it."""
    match principal.role:
        case Role.CUSTOMER:
            return ticket.filing.customer_id == principal.subject
        case Role.EXPERT:
            return may_read(ticket, principal.subject, now)
        case role:
            return role.is_staff
