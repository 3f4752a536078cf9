"""Who of those who are to come to a visit cannot, or may not any more; when it could begin with
somebody else (docs/rules/states.md, Who cannot come)."""

from datetime import datetime

from models.calendar import merged
from models.field import FactKind, Hindrance, ReportedFact
from models.rules.matching.assignable import room_beside
from models.rules.matching.rights import AHEAD
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, Visit, VisitState

_NOT_BEGUN = (
    VisitState.SCHEDULED,
    VisitState.EN_ROUTE,
    VisitState.ON_SITE,
    VisitState.BLOCKED,
)
_THERE = (AssignmentState.ON_SITE, AssignmentState.WORKING, AssignmentState.DONE)


def is_in_vain(visit: Visit) -> bool:
    """Whether somebody is to come who does not, and somebody else still could."""
    return (visit.state in _NOT_BEGUN or visit.is_fixed) and bool(absent(visit))


def absent(visit: Visit) -> tuple[Assignment, ...]:
    """Those of the crew who cannot come, or may not."""
    return tuple(a for a in visit.crew if absence_of(visit, a) is not None)


def absence_of(visit: Visit, assignment: Assignment) -> str | None:
    """What one absence is known by: another one of the same person has another name. None if they
    come."""
    said = _said_of_it(visit, assignment)
    if assignment.state is AssignmentState.CANNOT_ARRIVE and said:
        return said[0].client_event_id
    if assignment.barred is not None and assignment.state in AHEAD:
        return assignment.id
    return None


def hindrance_of(visit: Visit, assignment: Assignment) -> Hindrance | None:
    """Why somebody who cannot come says that they cannot."""
    said = last_said(visit, assignment)
    hindered = assignment.state is AssignmentState.CANNOT_ARRIVE
    return said.particulars.hindrance if hindered and said else None


def last_said(visit: Visit, assignment: Assignment) -> ReportedFact | None:
    """The last time that somebody said that they cannot come."""
    said = (f for f in visit.facts_of(assignment) if f.kind is FactKind.CANNOT_ARRIVE)
    return max(said, key=lambda f: f.order, default=None)


def _said_of_it(visit: Visit, assignment: Assignment) -> list[ReportedFact]:
    """Every time that somebody said that they cannot come since they last came, as it reached us:
    one absence, however often they say so."""
    facts = visit.facts_of(assignment)
    came = max((f.order for f in facts if f.kind is FactKind.EN_ROUTE), default=None)
    said = (f for f in facts if f.kind is FactKind.CANNOT_ARRIVE)
    return [f for f in said if came is None or f.order > came]


def is_unheard_of(visit: Visit) -> bool:
    """Whether somebody is to come, and nobody says that they are there, or that they do not
    come."""
    return visit.state in (VisitState.SCHEDULED, VisitState.EN_ROUTE) and not is_in_vain(visit)


def is_nobody_there(visit: Visit) -> bool:
    """Whether the customer waits alone: what has nobody there may be given up without a person."""
    return not any(a.state in _THERE for a in visit.crew)


def starts_left(ticket: Ticket, visit: Visit) -> tuple[datetime, datetime] | None:
    """The first and the last start at which somebody else could make a visit: within the slot of
    the customer that it lies in, with the gaps to visits that stand; at its own time alone, where
    others of a crew come then. Its own time is never too late, though what it follows was over
    sooner than planned. None for a visit without a time."""
    if visit.start is None or visit.end is None:
        return None
    group = ticket.group_of(visit.id)
    if len(visit.crew) > 1 or group is None:
        return visit.start, visit.start
    slots = merged(ticket.slots_of(visit))
    slot = next((s for s in slots if s.holds(visit.start, visit.end)), None)
    if slot is None:
        return visit.start, visit.start
    first, last = room_beside(ticket, group, visit)
    latest = slot.end - visit.length
    return max(slot.start, first or slot.start), max(visit.start, min(latest, last or latest))


def replaceable_until(ticket: Ticket, visit: Visit) -> datetime | None:
    """Until when it makes sense to look for somebody else; None where nobody is missing, somebody
    is there already, or nothing is known of the time."""
    left = starts_left(ticket, visit)
    if left is None or not is_in_vain(visit) or visit.is_fixed or not is_nobody_there(visit):
        return None
    return left[1] - ticket.policies.replacement_min_lead
