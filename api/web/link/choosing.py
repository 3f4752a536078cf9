"""The times that are offered, as a page names them: by day, the one that was agreed among them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from api.web.link.words import hours, stretch
from models.dates import day
from models.db.ticket.linked import LinkedTicket, LinkedVisit
from models.matching.offer import OfferedTimes, SlotOffer


@dataclass(frozen=True, slots=True)
class Choice:
    """One time: the number that its button sends, under which day it stands, from when to when, and
    whether it is the one that was agreed."""

    number: int
    day: str
    when: str
    is_agreed: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The choices of one day; `name` is empty where they lie on several."""

    name: str
    choices: Sequence[Choice]


def choices(ticket: LinkedTicket, offer: SlotOffer, visit: LinkedVisit | None) -> tuple[Day, ...]:
    """What can still be had."""
    left = _left(ticket, offer, visit.start_at if visit else None)
    return tuple(Day(name, tuple(found)) for name, found in groupby(left, key=lambda c: c.day))


def in_full(ticket: LinkedTicket, times: OfferedTimes) -> str:
    """A choice with its days."""
    return " + ".join(
        stretch(v.window.start, v.window.end, ticket.here, ticket.locale) for v in times.visits
    )


def _left(ticket: LinkedTicket, offer: SlotOffer, agreed: object) -> Iterator[Choice]:
    for number, times in enumerate(offer.options):
        if number in offer.gone:
            continue
        starts = [v.window.start.astimezone(ticket.here) for v in times.visits]
        is_of_one_day = len({start.date() for start in starts}) == 1
        short = " + ".join(
            hours(v.window.start, v.window.end, ticket.here, ticket.locale) for v in times.visits
        )
        yield Choice(
            number,
            day(starts[0], ticket.locale) if is_of_one_day else "",
            short if is_of_one_day else in_full(ticket, times),
            is_agreed=times.visits[0].window.start == agreed,
        )
