"""A ticket that is over for good listens once more, because something is reported of it
(docs/rules/states.md, Reports from the field). Times are UTC."""

from datetime import datetime, timedelta

from models.messages.ticket import OpenTicket

A_MOMENT = timedelta(minutes=1)
"""How long it listens at the least: for the report that it was woken for."""


def woken(left: OpenTicket, recorded: int, now: datetime) -> OpenTicket | None:
    """With what the ticket begins again that ended as it was `left`: it listens for as long as what
    it hears now may be taken back. None, where its row has had events since, up to number
    `recorded`: those were put beside it, and it would number its own like them."""
    ticket = left.resumed
    if ticket is None or recorded > ticket.seq:
        return None
    until = now + max(A_MOMENT, ticket.policies.correction_window)
    return left.model_copy(update={"resumed": ticket.but(listens_until=until)})
