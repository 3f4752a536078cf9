"""Whether somebody decided to wait before a person is asked about a doubt."""

from datetime import datetime

from models.escalation import Doubt
from models.ticket import Ticket


def is_waited_for(ticket: Ticket, doubt: Doubt, now: datetime) -> bool:
    """Whether nobody is asked about a doubt at `now`, as somebody decided."""
    return any(p.subject == doubt.key and now < p.until for p in ticket.doubts.patience)
