"""What stands in the calendar of a customer from us (docs/rules/messages.md, The calendar)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from models.message.news import Earlier, TicketNow, appointments
from models.rules.message.for_customers import BOOKING, GONE


class Entry(NamedTuple):
    """A visit as its reader was told of it: when it begins, by the event of which number, and when
    they were to hear of it."""

    visit_id: str
    start: datetime
    seq: int
    told_at: datetime


def to_strike_out(earlier: Sequence[Earlier], ticket: TicketNow) -> tuple[Entry, ...]:
    """The entries of visits that do not take place, as they were told last. One counts as struck
    out only if that surely went by a way that brings files."""
    entries: dict[str, Entry] = {}
    for told in earlier:
        if told.template in BOOKING:
            entries |= {
                visit.visit_id: Entry(visit.visit_id, visit.start, told.seq, told.at)
                for visit in appointments(told.facts)
                if visit.start
            }
        elif told.by_mail and told.template == "ticket.cancelled":
            entries.clear()
        elif told.by_mail and told.template == "visit.cancelled":
            for visit in appointments(told.facts):
                entries.pop(visit.visit_id, None)
    visits = ticket.visits
    return tuple(
        entry
        for visit_id, entry in entries.items()
        if visit_id in visits and visits[visit_id].state in GONE
    )
