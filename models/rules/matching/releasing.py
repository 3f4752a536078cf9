"""Somebody who was booked need not come: they are free, and told."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.event import Cause
from models.events.visit import AssignmentReleased
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, Visit


def without_crew(visit: Visit) -> Visit:
    """The visit with nobody on it; who was, stays on record."""
    return without(visit, visit.crew)


def without(visit: Visit, freed: Iterable[Assignment]) -> Visit:
    """The visit without some of its crew."""
    ids = {a.id for a in freed}
    return visit.but(
        assignments=tuple(
            a.but(state=AssignmentState.RELEASED) if a.id in ids else a for a in visit.assignments
        )
    )


def ungranted(visit: Visit) -> Visit:
    """The visit as long as it was planned at first, whatever was granted since."""
    facts = (f.but(granted=f.granted.but(is_over=True)) if f.granted else f for f in visit.facts)
    return visit.but(extra=timedelta(0), facts=tuple(facts))


def told_free(
    ticket: Ticket, freed: Iterable[Assignment], by: Cause, now: datetime, **said: str | None
) -> Ticket:
    """The ticket in which those who need not come hear it, each by themselves. `said` is what their
    news says beside that, such as the `start` at which they were to come."""
    for assignment in freed:
        released = AssignmentReleased(
            assignment_id=assignment.id,
            visit_id=assignment.visit_id,
            expert_id=assignment.expert_id,
            **said,
        )
        ticket = ticket.happened(released, now, by)
    return ticket
