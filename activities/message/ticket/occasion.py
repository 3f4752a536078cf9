"""What a letter about a ticket says, points to and encloses, as the entry of its text asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from activities.gateways.message import Attachment
from activities.message.office import Office
from activities.message.texts import Template
from activities.message.ticket.enclosures import enclosures
from activities.message.ticket.links import LINKS
from activities.message.ticket.news import TicketNews
from activities.message.ticket.reasons import reason_in_words
from activities.message.ticket.refusals import asked_in_words, why_in_words
from models.dates import day, day_and_hour, hour
from models.db.message.due import Due
from models.geography import SHORTEST_TRIP
from models.rules.message.ref import ref_of
from models.rules.message.work_line import Work, line_of

UNKNOWN = "-"
"""Stands where a text names a time and there is none yet."""


def _arrival(news: TicketNews) -> datetime | None:
    """When the expert is there, as was reckoned; where it could not be, nobody arrives before they
    can have, however late they left."""
    if told := news.due.facts.get("eta"):
        return datetime.fromisoformat(told)
    start = news.start()
    return start and max(start, news.due.occurred_at + SHORTEST_TRIP)


MOMENTS: Mapping[str, Callable[[TicketNews], datetime | None]] = {
    "visit": TicketNews.start,
    "arrival": _arrival,
    "event": lambda news: news.due.occurred_at,
    "none": lambda _: None,
}
"""The time that a text is about; `none` where it may not name one."""


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

    def words(self, locale: str) -> dict[str, str]:
        """The facts as a reader of that language reads them; times are those of the visit's
        place."""
        news, facts = self.news, self.news.due.facts
        here, moment = news.here, MOMENTS[self.template.moment](news)
        local = moment.astimezone(here) if moment else None
        return {
            "ticket": f"T-{news.ticket.number}",
            "visit": f"V{news.visit.seq}" if news.visit else UNKNOWN,
            "city": news.city or UNKNOWN,
            "who": self._who(),
            "start": local.isoformat(timespec="minutes") if local else UNKNOWN,
            "date": day(local, locale) if local else UNKNOWN,
            "time": f"{hour(local, locale)} {here.key}" if local else UNKNOWN,
            "line": self._line(),
            "until": self._until(facts.get("expires_at", facts.get("end")), locale),
            "asked": asked_in_words(facts.get("asked", UNKNOWN), locale),
            "why": why_in_words(facts.get("refusal", UNKNOWN), locale),
            "reason": reason_in_words(facts.get("reason", UNKNOWN), locale),
            "also": "".join(
                f" + V{visit.seq} {day_and_hour(start.astimezone(here), locale)}"
                for visit, start in news.also
                if start
            ),
        }

    def code(self, office: Office) -> str:
        """The customer's code for the visit; empty where they need none."""
        appointment = self.news.due.facts.get("appointment")
        return "" if appointment is None else office.start_codes.code(appointment)

    def link(self, office: Office) -> str:
        """The address that the text points to."""
        return LINKS[self.template.link](self.news, office)

    def enclosures(self, office: Office) -> tuple[Attachment, ...]:
        """A calendar file for each visit that the letter enters, moves or strikes out."""
        return enclosures(self.template.enclosure, self.news, office)

    def _line(self) -> str:
        """The line of the reader's own part of the visit, if they have one."""
        news = self.news
        visit, start = news.visit, news.start()
        part = visit.parts.get(news.due.recipient_id) if visit else None
        if visit is None or start is None or part is None:
            return UNKNOWN
        return line_of(
            Work(
                ticket=news.ticket.number,
                visit=visit.seq,
                start=start.astimezone(news.here),
                length=timedelta(minutes=visit.minutes),
                skill=part.skill,
                city=news.city,
                ref=ref_of(part.assignment_id),
            )
        )

    def _who(self) -> str:
        """Who comes, by name."""
        known, visit = self.news.ticket.names or {}, self.news.visit
        coming = visit.crew if visit else ()
        return ", ".join(sorted(known[who] for who in coming if who in known)) or UNKNOWN

    def _until(self, end: str | None, locale: str) -> str:
        if end is None:
            return UNKNOWN
        return day_and_hour(datetime.fromisoformat(end).astimezone(self.news.here), locale)
