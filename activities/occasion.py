"""What a notification is about, as the database has it when the letter is written."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from models.db.engine import Session
from models.db.repositories.reference import ReferenceRepository
from models.db.tables.event import EventRow, NotificationRow
from models.db.tables.reference import ZoneRow
from models.db.tables.ticket import TicketRow, VisitRow
from models.rules.geography import SHORTEST_TRIP

UNKNOWN = "-"
"""Stands where a text names a time and there is none yet."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A notification with the event, the ticket and the visit it tells of."""

    notification: NotificationRow
    event: EventRow
    ticket: TicketRow
    visit: VisitRow | None
    zone: ZoneRow | None

    def words(self) -> dict[str, str]:
        """The facts that are the same for every reader; times are those of the visit's place."""
        here = ZoneInfo(self.zone.tz if self.zone else "UTC")
        moment = self._moment()
        local = moment.astimezone(here) if moment else None
        return {
            "ticket": f"T-{self.ticket.number}",
            "visit": f"V{self.visit.seq}" if self.visit else UNKNOWN,
            "city": self.zone.city if self.zone else UNKNOWN,
            "start": local.isoformat(timespec="minutes") if local else UNKNOWN,
            "date": f"{local:%Y-%m-%d}" if local else UNKNOWN,
            "time": f"{local:%H:%M} {here.key}" if local else UNKNOWN,
            "reason": self.notification.facts.get("reason", UNKNOWN),
        }

    def _moment(self) -> datetime | None:
        """The time that the text is about: mostly the visit's."""
        start = self._start()
        match self.notification.template:
            case "escalation.opened":
                return self.event.occurred_at
            case "visit.on_the_way" if start:
                # Nobody arrives before he can have, however late he left.
                return max(start, self.event.occurred_at + SHORTEST_TRIP)
            case _:
                return start

    def _start(self) -> datetime | None:
        """When the visit is, or could be at the earliest; as it was when the event happened, if
        the event says so."""
        if told := self.notification.facts.get("start"):
            return datetime.fromisoformat(told)
        if self.visit and self.visit.start_at:
            return self.visit.start_at
        slots = self.visit.slots if self.visit and self.visit.slots else self.ticket.slots
        return datetime.fromisoformat(slots[0]["start"]) if slots else None


def occasion_of(session: Session, notification: NotificationRow) -> Occasion:
    """What a notification is about."""
    ticket = session.get_one(TicketRow, notification.ticket_id)
    return Occasion(
        notification=notification,
        event=session.get_one(EventRow, notification.event_id),
        ticket=ticket,
        visit=session.get(VisitRow, notification.facts.get("visit_id", "")),
        zone=ReferenceRepository(session).zone(ticket.zone or ""),
    )
