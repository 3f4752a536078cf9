"""What a letter about a ticket says, points to and encloses, as the entry of its text asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from activities.gateways.message import Attachment
from activities.message.office import Office
from activities.message.texts import Template
from activities.message.ticket.enclosures import ENCLOSURES
from activities.message.ticket.links import LINKS
from activities.message.ticket.news import TicketNews
from models.db.message.due import Due
from models.geography import SHORTEST_TRIP

UNKNOWN = "-"
"""Stands where a text names a time and there is none yet."""


def _arrival(news: TicketNews) -> datetime | None:
    """Nobody arrives before they can have, however late they left."""
    start = news.start()
    return start and max(start, news.due.occurred_at + SHORTEST_TRIP)


MOMENTS: Mapping[str, Callable[[TicketNews], datetime | None]] = {
    "visit": TicketNews.start,
    "arrival": _arrival,
    "event": lambda news: news.due.occurred_at,
}
"""The time that a text is about."""


@dataclass(frozen=True, slots=True)
class TicketOccasion:
    """News of a ticket, and the text that tells of it."""

    news: TicketNews
    template: Template

    @classmethod
    def of(cls, due: Due, template: Template) -> Self:
        """What a delivery that is due is about.

        Raises:
            LookupError: the ticket is gone.
        """
        return cls(TicketNews.of(due), template)

    def words(self) -> dict[str, str]:
        """The facts that are the same for every reader; times are those of the visit's place."""
        news, zone, facts = self.news, self.news.ticket.zone, self.news.due.facts
        here, moment = ZoneInfo(zone.tz if zone else "UTC"), MOMENTS[self.template.moment](news)
        local = moment.astimezone(here) if moment else None
        return {
            "ticket": f"T-{news.ticket.number}",
            "visit": f"V{news.visit.seq}" if news.visit else UNKNOWN,
            "city": zone.city if zone else UNKNOWN,
            "start": local.isoformat(timespec="minutes") if local else UNKNOWN,
            "date": f"{local:%Y-%m-%d}" if local else UNKNOWN,
            "time": f"{local:%H:%M} {here.key}" if local else UNKNOWN,
            "until": _until(facts.get("expires_at"), here),
            "reason": facts.get("reason", UNKNOWN),
            "also": "".join(
                f" + V{v.seq} {v.start.astimezone(here):%Y-%m-%d %H:%M}"
                for v in news.also
                if v.start
            ),
        }

    def link(self, office: Office) -> str:
        """The address that the text points to."""
        return LINKS[self.template.link](self.news, office)

    def enclosures(self) -> tuple[Attachment, ...]:
        """A calendar file for each visit that the letter enters, moves or strikes out."""
        asked = self.template.enclosure
        return ENCLOSURES[asked](self.news) if asked else ()


def _until(expires_at: str | None, here: ZoneInfo) -> str:
    if expires_at is None:
        return UNKNOWN
    return f"{datetime.fromisoformat(expires_at).astimezone(here):%Y-%m-%d, %H:%M}"
