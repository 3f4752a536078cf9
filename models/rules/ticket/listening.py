"""Until when a ticket that has ended takes what is reported of it
(docs/rules/states.md, Ticket). Times are UTC."""

from datetime import datetime

from models.rules.promise.sla import mendable_until
from models.rules.transitions import status_of
from models.ticket import Ticket


def listens_until(ticket: Ticket) -> datetime | None:
    """When the last of it is over: the time of whoever was booked when it was cancelled, and that
    in which a report may still mend a breach; None where nothing is waited for, or it goes on."""
    if not status_of(ticket).is_final:
        return None
    ends = (ticket.listens_until, mendable_until(ticket))
    return max((end for end in ends if end is not None), default=None)


def listens(ticket: Ticket, due: datetime) -> bool:
    """Whether that is not over at `due`."""
    until = listens_until(ticket)
    return until is not None and due < until
