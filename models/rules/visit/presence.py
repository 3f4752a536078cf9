"""Who is at a visit."""

from models.visit import Assignment, AssignmentState, Visit, VisitState

AT_WORK = (VisitState.ON_SITE, VisitState.IN_PROGRESS)
"""Somebody is there, and has not said that they are done."""
_GONE = (AssignmentState.DONE, AssignmentState.CANNOT_ARRIVE)


def still_there(visit: Visit) -> tuple[Assignment, ...]:
    """Those of its crew who came, or may still, and are not done."""
    return tuple(a for a in visit.crew if a.state not in _GONE)
