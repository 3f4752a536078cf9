"""A notification about a ticket, with the visits it tells of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from models.db.message.due import Due
from models.db.ticket.about import AboutTicket, Planned


@dataclass(frozen=True, slots=True)
class TicketNews:
    """What happened, and the ticket as it stands now."""

    due: Due
    ticket: AboutTicket
    visit: Planned | None
    also: tuple[Planned, ...] = ()

    @classmethod
    def of(cls, due: Due) -> Self:
        """What a delivery that is due tells of.

        Raises:
            LookupError: the ticket is gone.
        """
        if not isinstance(due.about, AboutTicket):
            raise LookupError(due.subject.id)
        known = {visit.id: visit for visit in due.about.visits}
        others = due.facts.get("also", "").split()
        return cls(
            due=due,
            ticket=due.about,
            visit=known.get(due.facts.get("visit_id", "")),
            also=tuple(known[other] for other in others if other in known),
        )

    def start(self) -> datetime | None:
        """When the visit is, or could be at the earliest; as it was when the event happened, if
        the event says so."""
        if told := self.due.facts.get("start"):
            return datetime.fromisoformat(told)
        if self.visit and self.visit.start:
            return self.visit.start
        slots = self.visit.slots if self.visit and self.visit.slots else self.ticket.slots
        return datetime.fromisoformat(slots[0]["start"]) if slots else None
