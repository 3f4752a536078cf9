"""When the work of a ticket counts as done: once nobody may take back a report of it any more
(docs/rules/states.md, Corrections). Times are UTC."""

from datetime import datetime

from models.event import OURSELVES
from models.events.ticket import TicketCompleted
from models.rules.money.plausibility import ended_at, may_settle
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from models.visit import Visit

_DONE = (TicketStatus.COMPLETED, TicketStatus.CLOSED)


def settles_at(ticket: Ticket, round_: int) -> datetime | None:
    """Until when the last report that ended a visit of a round may be taken back; None if none
    may."""
    window = ticket.policies.correction_window
    came = (
        end.received_at or end.occurred_at
        for v in ticket.visits
        if v.round == round_
        for a in v.crew
        if (end := v.ending_of(a)) is not None
    )
    last = max(came, default=None)
    return last + window if last is not None and window else None


def completed_if_done(ticket: Ticket, now: datetime, due: datetime | None = None) -> Ticket:
    """The ticket, completed if all of its round is done, nobody may take that back any more at
    `due`, and nobody has to look at a report of it; one that its customer closed meanwhile, too. It
    was completed when the last work ended. Without `due` only what may never be taken back is."""
    if not is_to_settle(ticket) or not may_settle(ticket, ticket.round):
        return ticket
    settles = settles_at(ticket, ticket.round)
    if settles is not None and (due is None or due < settles):
        return ticket
    at = min(ended_at(ticket, ticket.round) or now, now)
    facts = TicketCompleted(round=ticket.round)
    return ticket.but(completed_at=at).happened(facts, now, OURSELVES, occurred_at=at)


def is_to_settle(ticket: Ticket) -> bool:
    """Whether all work is done, and does not count as done yet."""
    return ticket.completed_at is None and status_of(ticket) in _DONE


def is_round_over(ticket: Ticket, visit: Visit) -> bool:
    """Whether nothing changes any more how the work of a visit's round ended, whatever is reported
    of it: it was billed or counts as done, or the ticket is over."""
    if visit.round < ticket.round or visit.round in ticket.billed_rounds:
        return True
    return ticket.completed_at is not None or ticket.closed or ticket.cancelled
