"""How a ticket ends, and how it comes back."""

from datetime import datetime

from models.errors import Forbidden
from models.events.ticket import TicketCancelled, TicketClosed, TicketReopened
from models.messages.ticket import CancelTicket, ConfirmTicket, ReopenTicket
from models.rules.escalation.asking import without_questions
from models.rules.matching.proposing import proposals_released
from models.rules.matching.slots import acceptable_slots
from models.rules.transitions import TicketCommand, require_allowed, status_of
from models.rules.visit.opening import with_new_visit
from models.rules.visit.striking_off import struck_off
from models.ticket import Ticket, TicketStatus
from models.visit import MatchState, Visit


def cancelled(ticket: Ticket, command: CancelTicket, now: datetime) -> Ticket:
    """The ticket given up: every expert freed, everybody concerned told once.

    Raises:
        Forbidden: `helpdesk-only` once an expert is under way (docs/rules/states.md, Ticket).
        Conflict: `illegal-transition`.
    """
    require_allowed(ticket, TicketCommand.CANCEL)
    under_way = status_of(ticket) is TicketStatus.IN_PROGRESS
    if under_way and not command.by.actor.role.is_staff:
        raise Forbidden(
            "helpdesk-only", "An expert is under way: only the helpdesk cancels the ticket now."
        )
    ticket = ticket.but(
        cancelled=True,
        listens_until=_listens_until(ticket, now),
        matching=ticket.matching.but(since=None),
    ).happened(TicketCancelled(note_id=command.note_id), now, command.by)
    for visit in ticket.visits:
        if visit.is_live:
            ticket = struck_off(ticket, visit, command.by, now)
    ticket = proposals_released(ticket, [v.id for v in ticket.visits], command.by, now)
    ticket = ticket.but(
        matching=ticket.matching.but(
            groups=tuple(
                g.but(match_state=MatchState.CANCELLED, needs_matching=False) if g.is_live else g
                for g in ticket.matching.groups
            )
        )
    )
    return without_questions(ticket, now)


def _listens_until(ticket: Ticket, now: datetime) -> datetime | None:
    """Until when somebody who was booked may still send what they did before they heard of it."""
    ends = [v.end for v in ticket.visits if v.is_live and v.crew and v.end is not None]
    return max(now, *ends) + ticket.policies.evidence_grace if ends else None


def confirmed(ticket: Ticket, command: ConfirmTicket, now: datetime) -> Ticket:
    """The ticket closed by its customer."""
    require_allowed(ticket, TicketCommand.CONFIRM)
    ticket = ticket.but(closed=True).happened(TicketClosed(reason="confirmed"), now, command.by)
    return without_questions(ticket, now)


def reopened(
    ticket: Ticket, command: ReopenTicket, visit_id: str, group_id: str, now: datetime
) -> Ticket:
    """The ticket in a new round, with a new visit like the last one (docs/rules/states.md,
    Ticket)."""
    require_allowed(ticket, TicketCommand.REOPEN)
    last = ticket.visits[-1]
    slots = acceptable_slots(command.slots, now, last.duration)
    ticket = ticket.but(
        round=ticket.round + 1,
        completed_at=None,
        matching=ticket.matching.but(since=now),
        filing=ticket.filing.but(slots=slots),
    ).happened(TicketReopened(round=ticket.round + 1, note_id=command.note_id), now, command.by)
    visit = Visit(id=visit_id, seq=last.seq + 1, duration=last.duration, positions=last.positions)
    return with_new_visit(ticket, visit, group_id, now)
