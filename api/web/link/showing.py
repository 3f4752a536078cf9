"""Pages behind links, as they are drawn: what is so now, and what one may do about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from re import search
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.templating import Jinja2Templates

from api.web.link.words import moment, read_by, speaking, stretch
from models.calendar import Window
from models.dates import day_and_hour, hour
from models.db.ticket.linked import LinkedTicket, LinkedVisit
from models.language import language_of
from models.rules.matching.slots import HORIZON
from models.rules.transitions import ALLOWED, TicketCommand
from models.ticket import TicketStatus
from models.visit import VisitState

_HERE = Path(__file__).parent
STYLE = _HERE / "static" / "link.css"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # With none at all a browser would not say that a form comes from us.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
_TEMPLATES = Jinja2Templates(
    env=Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
)
NOW: Mapping[str, str] = {
    VisitState.EN_ROUTE: "now.en_route",
    VisitState.ON_SITE: "now.there",
    VisitState.IN_PROGRESS: "now.there",
    VisitState.BLOCKED: "now.blocked",
    VisitState.COMPLETED: "now.done",
    VisitState.INCOMPLETE: "now.undone",
    VisitState.CANCELLED: "now.cancelled",
}
_MOVABLE = (VisitState.OPEN, VisitState.SCHEDULED)


def page(
    request: Request,
    template: str,
    *,
    ticket: LinkedTicket | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **words: Any,
) -> Response:
    """A page in its reader's language. Besides `words` its template knows how to `say` something
    and the `name` of the ticket."""
    accepted = request.headers.get("accept-language", "")
    locale = ticket.locale if ticket else read_by(accepted)
    told = {
        "say": speaking(locale),
        "language": language_of(locale),
        "name": f"T-{ticket.number}" if ticket else "",
        "city": ticket.city if ticket else "",
        **words,
    }
    sent = {**HEADERS, **(headers or {})}
    return _TEMPLATES.TemplateResponse(request, template, told, status, sent)


def _is_timed(drawn: Markup) -> bool:
    """Whether a page names an hour, or asks for one: of which place, it says only then."""
    return 'type="time"' in drawn or search("[0-9]:[0-9]{2}", drawn.striptags()) is not None


_TEMPLATES.env.tests["timed"] = _is_timed


def so_now(ticket: LinkedTicket, visit: LinkedVisit | None) -> str:
    """One sentence that says how things stand, whatever the link was for."""
    say = speaking(ticket.locale)
    if ticket.status == TicketStatus.CANCELLED:
        return say("now.ticket_cancelled")
    if ticket.status == TicketStatus.CLOSED:
        return say("now.ticket_closed")
    if visit is None:
        return say("now.none")
    if visit.is_let_down and visit.start_at is None:
        return say("now.let_down")
    if visit.start_at is not None and visit.end_at is not None:
        when = stretch(visit.start_at, visit.end_at, ticket.here, ticket.locale)
        if visit.is_let_down:
            return say("now.let_down_at", when=when)
        if visit.state == VisitState.SCHEDULED:
            return say("now.scheduled", when=when)
        if visit.state == VisitState.OPEN:
            return say("now.fixed", when=when)
    if visit.state == VisitState.OPEN:
        return say("now.named" if ticket.slots_of(visit) else "now.unnamed")
    return say(NOW.get(visit.state, "now.none"))


def takes_times(ticket: LinkedTicket, visit: LinkedVisit | None) -> bool:
    """Whether it makes sense to name other times for a visit."""
    if visit is None or (visit.state not in _MOVABLE and not visit.is_let_down):
        return False
    return any(
        status == ticket.status and TicketCommand.CHANGE_SLOTS in taken
        for status, taken in ALLOWED.items()
    )


def in_words(ticket: LinkedTicket, slots: Sequence[Window], now: datetime) -> list[str]:
    """Those of some times that are not over, in words."""
    ahead = [slot for slot in slots if slot.end > now]
    return [stretch(slot.start, slot.end, ticket.here, ticket.locale) for slot in ahead]


def ready_at(ticket: LinkedTicket, visit: LinkedVisit, now: datetime) -> str:
    """Before when nobody comes, in words, because what the work needs is not there yet."""
    ready = _waits_for(visit, now)
    return moment(ready, ticket.here, ticket.locale) if ready else ""


def days_asked(ticket: LinkedTicket, visit: LinkedVisit | None, now: datetime) -> tuple[str, str]:
    """The first and the last day at which somebody could come, as a field of a form has them."""
    first = (visit and _waits_for(visit, now)) or now
    days = (at.astimezone(ticket.here).date() for at in (first, now + HORIZON))
    return next(days).isoformat(), next(days).isoformat()


def _waits_for(visit: LinkedVisit, now: datetime) -> datetime | None:
    """When what a visit waits for is there, unless it is, or the visit has begun."""
    ready = visit.not_before
    return ready if visit.state in _MOVABLE and ready is not None and ready > now else None


def hour_of(ticket: LinkedTicket, at: datetime, now: datetime) -> str:
    """An hour of today, or of a day that is named."""
    here, today = at.astimezone(ticket.here), now.astimezone(ticket.here).date()
    return (hour if here.date() == today else day_and_hour)(here, ticket.locale)


def until(ticket: LinkedTicket, expires_at: datetime) -> str:
    """When a link is over, in words."""
    return moment(expires_at, ticket.here, ticket.locale)
