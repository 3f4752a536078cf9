"""Where letters about a ticket point to, by the name that a text's entry has for it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from activities.message.office import Office
from activities.message.ticket.news import TicketNews
from models.db.report.surveys import survey_id
from temporal.links import Door

TIMES_HOLD, COMING_HOLDS = timedelta(days=14), timedelta(days=1)
"""From what the letter tells of; what is possible by then, the ticket says."""


def _survey(news: TicketNews, office: Office) -> str:
    asked = survey_id(news.due.subject.id, int(news.due.facts["round"]))
    return f"{office.public_url}/link/survey/{office.surveys.token(asked)}"


def _offer(news: TicketNews, office: Office) -> str:
    facts = news.due.facts
    until = datetime.fromisoformat(facts["expires_at"])
    token = office.offers.token(news.due.subject.id, facts["offer_id"], until)
    return f"{office.public_url}/link/offers/{token}"


def _times(news: TicketNews, office: Office) -> str:
    """Until the visit begins at least, however far off it is."""
    until = news.due.occurred_at + TIMES_HOLD
    return _of_visit(news, office, Door.TIMES, max(until, news.start() or until))


def _coming(news: TicketNews, office: Office) -> str:
    return _of_visit(news, office, Door.COMING, news.due.occurred_at + COMING_HOLDS)


def _of_visit(news: TicketNews, office: Office, door: Door, until: datetime) -> str:
    """A page about the visit that the letter tells of.

    Raises:
        LookupError: it tells of none.
    """
    if news.visit is None:
        raise LookupError(door)
    token = office.visit_links.token(door, news.due.subject.id, news.visit.id, until)
    return f"{office.public_url}/link/{door}/{token}"


def _open_visit(news: TicketNews, office: Office) -> str:
    if news.visit is None:
        return _work(news, office)
    return f"{office.public_url}/v1/marketplace/visits/{news.visit.id}"


def _work(_: TicketNews, office: Office) -> str:
    return f"{office.public_url}/v1/experts/me/work-items"


def _desk(news: TicketNews, office: Office) -> str:
    return f"{office.desk_url}/go/{news.due.facts['workflow_id']}"


LINKS: Mapping[str, Callable[[TicketNews, Office], str]] = {
    "survey": _survey,
    "offer": _offer,
    "times": _times,
    "coming": _coming,
    "open_visit": _open_visit,
    "work": _work,
    "desk": _desk,
}
