"""What a notification is about, as the database has it when the letter is written."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from models.db.engine import Session
from models.db.repositories.notifications import Due
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
    also: tuple[VisitRow, ...] = ()

    def words(self) -> dict[str, str]:
        """The facts that are the same for every reader; times are those of the visit's place."""
        here = ZoneInfo(self.zone.tz if self.zone else "UTC")
        moment, facts = self._moment(), self.notification.facts
        local = moment.astimezone(here) if moment else None
        until = facts.get("expires_at")
        return {
            "ticket": f"T-{self.ticket.number}",
            "visit": f"V{self.visit.seq}" if self.visit else UNKNOWN,
            "city": self.zone.city if self.zone else UNKNOWN,
            "start": local.isoformat(timespec="minutes") if local else UNKNOWN,
            "date": f"{local:%Y-%m-%d}" if local else UNKNOWN,
            "time": f"{local:%H:%M} {here.key}" if local else UNKNOWN,
            "until": f"{_time(until).astimezone(here):%Y-%m-%d, %H:%M}" if until else UNKNOWN,
            "reason": facts.get("reason", UNKNOWN),
            "also": "".join(
                f" + V{v.seq} {v.start_at.astimezone(here):%Y-%m-%d %H:%M}"
                for v in self.also
                if v.start_at
            ),
        }

    def _moment(self) -> datetime | None:
        """The time that the text is about: mostly the visit's."""
        start = self._start()
        match self.notification.template:
            case "escalation.opened" | "escalation.stepped":
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
            return _time(told)
        if self.visit and self.visit.start_at:
            return self.visit.start_at
        slots = self.visit.slots if self.visit and self.visit.slots else self.ticket.slots
        return _time(slots[0]["start"]) if slots else None


def occasion_of(session: Session, due: Due) -> Occasion:
    """What a delivery that is due is about."""
    visit_id, zone = due.notification.facts.get("visit_id"), due.ticket.zone
    return Occasion(
        notification=due.notification,
        event=due.event,
        ticket=due.ticket,
        visit=session.get(VisitRow, visit_id) if visit_id else None,
        zone=ReferenceRepository(session).zone(zone) if zone else None,
        also=tuple(
            visit
            for other in due.notification.facts.get("also", "").split()
            if (visit := session.get(VisitRow, other))
        ),
    )


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)
