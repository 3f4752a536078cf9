"""What the judgements of news have in common (docs/rules/messages.md, What is not told)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from models.message.news import Appointment, News, appointments, telling_of
from models.message.notification import Suppression


class Told(NamedTuple):
    """What is told: by which text, with which facts."""

    template: str
    facts: Mapping[str, str]


Judgement = Told | Suppression
Judge = Callable[[News], Judgement]


def by(news: News, template: str) -> Told:
    """All of it, by a text that fits better."""
    return Told(template, news.facts)


def telling(news: News, left: Iterable[Appointment], template: str | None = None) -> Told:
    """Only of some of its visits, perhaps by another text."""
    return Told(template or news.template, telling_of(news.facts, tuple(left)))


def known_visits(
    news: News, booking: Collection[str], ending: Collection[str]
) -> dict[str, Appointment]:
    """The visits that the reader knows of, as the last of these templates told of them."""
    known: dict[str, Appointment] = {}
    for told in news.earlier:
        for visit in appointments(told.facts):
            if told.template in booking:
                known[visit.visit_id] = visit
            elif told.template in ending:
                known.pop(visit.visit_id, None)
    return known


def was_told(news: News, visit: Appointment) -> bool:
    """Whether the same was told before, of the same visit at the same time."""
    return any(
        told.template == news.template
        and (visit.visit_id, visit.start) in [known[:2] for known in appointments(told.facts)]
        for told in news.earlier
    )
