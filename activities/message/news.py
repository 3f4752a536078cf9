"""Whether, and when, there is something to tell when the turn of a delivery comes."""

from collections.abc import Iterator
from datetime import datetime

from activities.message.texts import templates
from models.db.message.due import Due
from models.db.status.about import AboutHouse
from models.db.ticket.about import AboutTicket
from models.message.news import News, appointments
from models.message.notification import Suppression
from models.rules.message.calendar import to_strike_out
from models.rules.message.overtaking import judged, of_the_house
from models.rules.message.preferring import Matter, is_declined, told_at
from models.ticket import Urgency


def to_tell(due: Due, now: datetime) -> Due | Suppression | datetime:
    """The delivery with what of it is still so and new to its reader, or why there is nothing; or
    until when it waits, because they want to be left alone. What is about no ticket can always
    wait.

    Raises:
        LookupError, ValueError: it names what is not there.
    """
    if isinstance(due.about, AboutHouse):
        overtaken = of_the_house(due.template, is_whole=due.about.is_whole)
        return overtaken or _undisturbed(due, now)
    if not isinstance(due.about, AboutTicket):
        return _undisturbed(due, now)
    news = _still_news(due, due.about, now)
    if isinstance(news, Suppression) or news.person is None:
        return news
    matter = _matter(news, due.about)
    if is_declined(news.person.declined, matter, now):
        return Suppression.OPT_OUT
    at = told_at(news.person.quiet_hours, matter, now)
    return at if at > now else news


def _undisturbed(due: Due, now: datetime) -> Due | datetime:
    if due.person is None:
        return due
    matter = Matter(topic=templates()[due.template].topic, starts=(), tz="UTC")
    at = told_at(due.person.quiet_hours, matter, now)
    return at if at > now else due


def _still_news(due: Due, about: AboutTicket, now: datetime) -> Due | Suppression:
    judgement = judged(
        News(
            template=due.template,
            facts=due.facts,
            reader=due.recipient_id,
            occurred_at=due.occurred_at,
            now=now,
            tz=_zone(about),
            ticket=about.now,
            earlier=due.earlier,
            reported=due.reported,
            is_answered=due.answered,
        )
    )
    if isinstance(judgement, Suppression):
        return judgement
    return due._replace(template=judgement.template, facts=dict(judgement.facts))


def _matter(news: Due, about: AboutTicket) -> Matter:
    until = news.facts.get("expires_at")
    return Matter(
        topic=templates()[news.template].topic,
        starts=tuple(_starts(news, about)),
        tz=_zone(about),
        is_urgent=about.urgency is Urgency.URGENT,
        until=datetime.fromisoformat(until) if until else None,
    )


def _starts(news: Due, about: AboutTicket) -> Iterator[datetime]:
    """When the visits are, or were to be, that a message tells its reader of; one that gives up all
    of them tells of those that they wait for."""
    template = templates()[news.template]
    visits = {visit.id: visit for visit in about.visits if template.moment != "none"}
    for told in appointments(news.facts):
        visit = visits.get(told.visit_id)
        if start := told.start or (visit and visit.start):
            yield start
    if template.enclosure == "all_struck_out":
        yield from (entry.start for entry in to_strike_out(news.earlier, about.now))


def _zone(about: AboutTicket) -> str:
    return about.zone.tz if about.zone else "UTC"
