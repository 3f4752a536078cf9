"""What a notification is about, as the database has it when the letter is written."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from models.db.message.due import Due, Planned
from models.geography import SHORTEST_TRIP

UNKNOWN = "-"
"""Stands where a text names a time and there is none yet."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A notification with the visits it tells of."""

    due: Due
    visit: Planned | None
    also: tuple[Planned, ...] = ()

    def words(self) -> dict[str, str]:
        """The facts that are the same for every reader; times are those of the visit's place."""
        zone, facts = self.due.zone, self.due.facts
        here, moment = ZoneInfo(zone.tz if zone else "UTC"), self._moment()
        local = moment.astimezone(here) if moment else None
        until = facts.get("expires_at")
        return {
            "ticket": f"T-{self.due.number}",
            "visit": f"V{self.visit.seq}" if self.visit else UNKNOWN,
            "city": zone.city if zone else UNKNOWN,
            "start": local.isoformat(timespec="minutes") if local else UNKNOWN,
            "date": f"{local:%Y-%m-%d}" if local else UNKNOWN,
            "time": f"{local:%H:%M} {here.key}" if local else UNKNOWN,
            "until": f"{_time(until).astimezone(here):%Y-%m-%d, %H:%M}" if until else UNKNOWN,
            "reason": facts.get("reason", UNKNOWN),
            "also": "".join(
                f" + V{v.seq} {v.start.astimezone(here):%Y-%m-%d %H:%M}"
                for v in self.also
                if v.start
            ),
        }

    def _moment(self) -> datetime | None:
        """The time that the text is about: mostly the visit's."""
        start = self._start()
        match self.due.template:
            case "escalation.opened" | "escalation.stepped":
                return self.due.occurred_at
            case "visit.on_the_way" if start:
                # Nobody arrives before they can have, however late they left.
                return max(start, self.due.occurred_at + SHORTEST_TRIP)
            case _:
                return start

    def _start(self) -> datetime | None:
        """When the visit is, or could be at the earliest; as it was when the event happened, if
        the event says so."""
        if told := self.due.facts.get("start"):
            return _time(told)
        if self.visit and self.visit.start:
            return self.visit.start
        slots = self.visit.slots if self.visit and self.visit.slots else self.due.slots
        return _time(slots[0]["start"]) if slots else None


def occasion_of(due: Due) -> Occasion:
    """What a delivery that is due is about."""
    known = {visit.id: visit for visit in due.visits}
    others = due.facts.get("also", "").split()
    return Occasion(
        due=due,
        visit=known.get(due.facts.get("visit_id", "")),
        also=tuple(known[other] for other in others if other in known),
    )


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)
