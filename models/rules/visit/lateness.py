"""Nobody is there a while after the start: the customer hears of it once, honestly
(docs/rules/timers.md, What a ticket waits for)."""

from datetime import datetime

from models.event import OURSELVES
from models.events.incident import VisitLate
from models.rules.escalation.attendance import late_due
from models.rules.visit.missing import is_in_vain, is_nobody_there
from models.ticket import Ticket


def lateness_told(ticket: Ticket, due: datetime, now: datetime) -> Ticket:
    """The ticket whose customers were told of every visit that is late at `due`, once for each
    start. Where it is known that somebody does not come, other news follows; where somebody is
    there, they tell them."""
    for visit in ticket.visits:
        late = late_due(ticket, visit)
        if late is None or late > due or visit.late_told == visit.start:
            continue
        if is_in_vain(visit) or not is_nobody_there(visit):
            continue
        assert visit.start is not None, "what has no time is never late"
        ticket = ticket.with_visit(visit.but(late_told=visit.start)).happened(
            VisitLate(visit_id=visit.id, start=visit.start.isoformat()), now, OURSELVES
        )
    return ticket
