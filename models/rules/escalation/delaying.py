"""What a person decided about a clock that is about to run out, or has."""

from datetime import datetime

from models.events.promise import DelayNoted, DelayTold
from models.messages.escalation import NoteDelay
from models.rules.escalation.doubts import require_doubt
from models.rules.promise.sla import clock_of
from models.ticket import Ticket


def delay_noted(ticket: Ticket, note: NoteDelay, now: datetime) -> Ticket:
    """The ticket that asks nobody about a clock any more for that reason; its customer is told, if
    that was decided.

    Raises:
        Conflict: `doubt-gone`.
    """
    require_doubt(ticket, note.subject, note.reason, now)
    clock = clock_of(ticket, note.subject)
    assert clock is not None, "there is doubt about it"
    noted = clock.but(noted=(*clock.noted, note.reason))
    clocks = tuple(noted if c is clock else c for c in ticket.promise.clocks)
    ticket = ticket.but(promise=ticket.promise.but(clocks=clocks))
    ticket = ticket.happened(
        DelayNoted(clock=clock.name, round=clock.round, reason=note.reason, note_id=note.note_id),
        now,
        note.by,
    )
    if note.tell_customer:
        ticket = ticket.happened(DelayTold(clock=clock.name, round=clock.round), now, note.by)
    return ticket
