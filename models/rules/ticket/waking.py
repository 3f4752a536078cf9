"""A ticket that is over for good listens once more, because something is reported of it
(docs/rules/states.md, Reports from the field). Times are UTC."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from models.event import Event
from models.events.visit import VisitReportKept
from models.messages.ticket import OpenTicket
from models.ticket import Attention

A_MOMENT = timedelta(minutes=1)
"""How long it listens at the least: for the report that it was woken for."""


def woken(
    left: OpenTicket, recorded: int, beside: Sequence[Event], now: datetime
) -> OpenTicket | None:
    """With what the ticket begins again that ended as it was `left`: it listens for as long as what
    it hears now may be taken back.

    Its row has had events since, up to number `recorded`. Reports that were kept `beside` it are
    its own from now on, and it numbers its own after them; with its first record it writes its row
    over, which has not the mark of that state. None, where the row went on otherwise.
    """
    ticket = left.resumed
    if ticket is None:
        return None
    known = [e.seq for e in beside if e.type == VisitReportKept.kind]
    if known != list(range(ticket.seq + 1, recorded + 1)):
        return None
    until = now + max(A_MOMENT, ticket.policies.correction_window)
    again = ticket.but(seq=max(ticket.seq, recorded), listens_until=until)
    if known:
        again = again.with_attention(Attention.LATE_REPORT)
    return left.model_copy(update={"resumed": again})
