"""A visit that does not take place."""

from datetime import datetime

from models.event import Cause
from models.events.visit import AssignmentReleased, VisitCancelled
from models.ticket import Ticket
from models.visit import AssignmentState, Visit, VisitState


def given_up(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket without a visit: whoever was to come is free, and told."""
    freed = visit.crew
    visit = visit.but(
        state=VisitState.CANCELLED,
        assignments=tuple(
            a.but(state=AssignmentState.RELEASED) if a.is_live else a for a in visit.assignments
        ),
    )
    ticket = ticket.with_visit(visit).happened(VisitCancelled(visit_id=visit.id), now, by)
    for assignment in freed:
        ticket = ticket.happened(
            AssignmentReleased(
                assignment_id=assignment.id, visit_id=visit.id, expert_id=assignment.expert_id
            ),
            now,
            by,
        )
    return ticket
