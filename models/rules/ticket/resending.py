"""Experts who have not acknowledged in time are told the same by the next channel, before a person
is asked (docs/rules/timers.md, What a ticket waits for)."""

from datetime import datetime

from models.event import OURSELVES
from models.events.matching import AssignmentResent
from models.rules.escalation.attendance import is_unanswered
from models.ticket import Ticket
from models.visit import Assignment, Visit


def resend_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """When an expert of a visit is told once more."""
    due = [_due(ticket, visit, assignment) for assignment in visit.crew]
    return min((at for at in due if at), default=None)


def resent(ticket: Ticket, due: datetime, now: datetime) -> Ticket:
    """The ticket after everybody was told once more who should have acknowledged by `due`; each of
    them once a booking."""
    for visit in ticket.visits:
        for assignment in visit.crew:
            at = _due(ticket, visit, assignment)
            if at and at <= due:
                ticket = _told_again(ticket, visit.id, assignment, now)
    return ticket


def _due(ticket: Ticket, visit: Visit, assignment: Assignment) -> datetime | None:
    """Nobody is told again once the visit should have begun: that they are late says more."""
    if not is_unanswered(visit, assignment) or assignment.resent_at or assignment.barred:
        return None
    if assignment.booked_at is None or visit.start is None:
        return None
    at = assignment.booked_at + ticket.policies.ack_timeout
    return at if at < visit.start else None


def _told_again(ticket: Ticket, visit_id: str, told: Assignment, now: datetime) -> Ticket:
    visit = ticket.visit(visit_id)
    assert visit is not None, "it is among them"
    assert visit.start is not None, "it is booked"
    crew = tuple(a.but(resent_at=now) if a.id == told.id else a for a in visit.assignments)
    return ticket.with_visit(visit.but(assignments=crew)).happened(
        AssignmentResent(
            assignment_id=told.id,
            visit_id=visit.id,
            expert_id=told.expert_id,
            start=visit.start.isoformat(),
        ),
        now,
        OURSELVES,
    )
