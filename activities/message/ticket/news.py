"""A notification about a ticket, with the visits it tells of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from models.db.message.due import Due
from models.db.ticket.about import AboutTicket, Planned
from models.message.news import appointments

Timed = tuple[Planned, datetime | None]
"""A visit, and when it is or was."""


@dataclass(frozen=True, slots=True)
class TicketNews:
    """What happened, and the ticket as it stands now; `visit` and `also` are those it tells of."""

    due: Due
    ticket: AboutTicket
    visit: Planned | None
    also: tuple[Timed, ...] = ()

    @classmethod
    def of(cls, due: Due) -> Self:
        """What a delivery that is due tells of.

        Raises:
            LookupError: the ticket is gone.
        """
        if not isinstance(due.about, AboutTicket):
            raise LookupError(due.subject.id)
        known = {visit.id: visit for visit in due.about.visits}
        others = [told for told in appointments(due.facts)[1:] if told.visit_id in known]
        return cls(
            due=due,
            ticket=due.about,
            visit=known.get(due.facts.get("visit_id", "")),
            also=tuple((known[t.visit_id], t.start or known[t.visit_id].start) for t in others),
        )

    @property
    def here(self) -> ZoneInfo:
        """The zone of the place, UTC where none is known."""
        zone = self.ticket.zone
        return ZoneInfo(zone.tz if zone else "UTC")

    @property
    def city(self) -> str | None:
        """Where the customer is, if that is known."""
        return self.ticket.place.city if self.ticket.place else None

    def start(self) -> datetime | None:
        """When the visit is, or could be at the earliest; as it was when the event happened, if
        the event says so."""
        if told := self.due.facts.get("start"):
            return datetime.fromisoformat(told)
        if self.visit and self.visit.start:
            return self.visit.start
        slots = self.visit.slots if self.visit and self.visit.slots else self.ticket.slots
        return datetime.fromisoformat(slots[0]["start"]) if slots else None
