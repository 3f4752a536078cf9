"""Who came to a visit, who is there still, and who has not come (docs/rules/states.md,
Visit)."""

from models.rules.matching.rights import AHEAD
from models.rules.transitions import REACHED_BY, rank
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, Visit, VisitState

AT_WORK = (VisitState.ON_SITE, VisitState.IN_PROGRESS)
"""Somebody came, and not everybody has said that they are done."""
_THERE = (AssignmentState.ON_SITE, AssignmentState.WORKING)
_THERE_AT_LEAST = rank(AssignmentState.ON_SITE)


def was_there(visit: Visit, assignment: Assignment) -> bool:
    """Whether somebody came, as they reported: whoever is to come, or said that they cannot, was
    not there, however the visit ended."""
    reached = (REACHED_BY[f.kind] for f in visit.facts_of(assignment) if f.kind in REACHED_BY)
    return any(rank(state) >= _THERE_AT_LEAST for state in reached)


def still_there(visit: Visit) -> tuple[Assignment, ...]:
    """Those of its crew who came, and are not done."""
    return tuple(a for a in visit.crew if a.state in _THERE)


def to_come(visit: Visit) -> tuple[Assignment, ...]:
    """Those of its crew who did not come yet, and have not said that they cannot."""
    return tuple(a for a in visit.crew if a.state in AHEAD)


def never_came(visit: Visit) -> tuple[Assignment, ...]:
    """Those of its crew who were not there."""
    return tuple(a for a in visit.crew if not was_there(visit, a))


def is_all_that_is_left(ticket: Ticket, visit: Visit) -> bool:
    """Whether every other visit of a ticket was cancelled: with this one, it is cancelled too."""
    return all(v.state is VisitState.CANCELLED for v in ticket.visits if v.id != visit.id)
