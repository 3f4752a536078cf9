"""A visit that does not take place."""

from datetime import datetime

from models.event import Cause
from models.events.visit import VisitCancelled
from models.rules.matching.releasing import told_free, without_crew
from models.ticket import Ticket
from models.visit import Visit, VisitState


def struck_off(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket without a visit: whoever was to come is free, and told."""
    gone = without_crew(visit).but(state=VisitState.CANCELLED)
    ticket = ticket.with_visit(gone).happened(VisitCancelled(visit_id=visit.id), now, by)
    return told_free(ticket, visit.crew, by, now)
