"""What lies in the envelope beside a letter about a ticket: visits for the customer's calendar, by
the name that a text's entry has for it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from activities.gateways.message import Attachment
from activities.message.invitation import invitation
from activities.message.ticket.news import TicketNews
from models.db.ticket.about import Planned
from models.visit import VisitState


def _entered(news: TicketNews) -> tuple[Attachment, ...]:
    """The visit, and those that are told with it, to be entered or moved."""
    if news.visit is None:
        return ()
    others = (_at(news, visit, visit.start) for visit in news.also if visit.start)
    return (_told(news, news.visit), *others)


def _struck_out(news: TicketNews) -> tuple[Attachment, ...]:
    return (_told(news, news.visit, cancelled=True),) if news.visit else ()


def _all_struck_out(news: TicketNews) -> tuple[Attachment, ...]:
    gone = [v for v in news.ticket.visits if v.state == VisitState.CANCELLED and v.start]
    return tuple(_told(news, visit, cancelled=True) for visit in gone)


ENCLOSURES: Mapping[str, Callable[[TicketNews], tuple[Attachment, ...]]] = {
    "entered": _entered,
    "struck_out": _struck_out,
    "all_struck_out": _all_struck_out,
}


def _told(news: TicketNews, visit: Planned, *, cancelled: bool = False) -> Attachment:
    """At the time that the event says, or else at that of the visit."""
    told = news.due.facts.get("start")
    start = datetime.fromisoformat(told) if told else visit.start
    if start is None:
        raise ValueError("a visit without a time is in no calendar")
    return _at(news, visit, start, cancelled=cancelled)


def _at(
    news: TicketNews, visit: Planned, start: datetime, *, cancelled: bool = False
) -> Attachment:
    place = news.ticket.place
    calendar = invitation(
        uid=visit.id,
        # The ticket's own count of what happened: it grows with every change of every visit.
        sequence=news.due.seq,
        start=start,
        end=start + timedelta(minutes=visit.minutes),
        summary=f"Sysops Squad, ticket T-{news.ticket.number}",
        location=f"{place.street}, {place.postcode} {place.city}" if place else "",
        description="",
        cancelled=cancelled,
    )
    method = "CANCEL" if cancelled else "PUBLISH"
    return Attachment(
        f"visit-{visit.seq}.ics", f"text/calendar; charset=UTF-8; method={method}", calendar
    )
