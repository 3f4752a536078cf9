"""What a page behind a link says when it cannot do what was asked: never a problem document, and
always a way on."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from re import fullmatch
from typing import Any

import structlog
from fastapi import Request, Response

from api.http.dependencies import With
from api.http.policy import admitted_by_address, public
from api.http.problems import refusal_of
from api.http.services import Services
from api.web.link.showing import page
from api.web.origin import is_from_our_page
from models.db.engine import Session
from models.db.report.surveys import SurveyRepository
from models.db.ticket.linked import LinkedTicket, linked_ticket
from models.errors import DomainError, Forbidden, NotFound
from temporal.links import Door

log = structlog.get_logger("api.web.link")

Page = Callable[..., Awaitable[Response]]
KINDS = {403: "foreign", 404: "unknown", 429: "busy", 503: "busy"}
ONCE_MORE = frozenset({"busy", "broken"})
"""After what to send the same again may help."""
_FIELD = "form_id|option|rating|comment|(day|from|to)[1-5]"


def unknown_link() -> NotFound:
    """The answer to a link that is none of ours, or about what is not there."""
    return NotFound("link-unknown", "The link is wrong.")


def friendly(endpoint: Page) -> Page:
    """A page for everybody who has the link: as often as one address may, and changing something
    only from a page of ours."""

    @wraps(endpoint)
    async def answered(request: Request, services: With, **named: Any) -> Response:
        try:
            await admitted_by_address(request)
            if not is_from_our_page(request.method, request.headers, services.public_url):
                log.warning("foreign_page", origin=request.headers.get("origin"))
                raise Forbidden("foreign-page", "Another site's page sent it.")
            return await endpoint(request=request, services=services, **named)
        except Exception as error:
            return await refused(request, services, error)

    return public(answered)


async def about(request: Request, services: Services, ticket_id: str) -> LinkedTicket:
    """The ticket that a link is about; from then on we know what its reader reads.

    Raises:
        NotFound: `link-unknown`.
    """
    ticket = await services.reads.run(lambda s: linked_ticket(s, ticket_id))
    if ticket is None:
        raise unknown_link()
    request.state.link_is_about = ticket
    return ticket


async def refused(request: Request, services: Services, error: Exception) -> Response:
    """The page that says what happened, and what to do."""
    refusal = refusal_of(error)
    kind = KINDS.get(refusal.status_code, "broken")
    after = refusal.headers or {}
    return page(
        request,
        "said.html",
        ticket=await _told_by(request, services, kind),
        kind=kind,
        status=refusal.status_code,
        headers=refusal.headers,
        again=kind in ONCE_MORE,
        wait=after.get("Retry-After", "") if kind == "busy" else "",
        sent=await _sent(request) if kind in ONCE_MORE else {},
    )


def kept(request: Request, ticket: LinkedTicket) -> Response:
    """The page that says that what was asked is written down and will be done: nobody could see to
    it just now."""
    said: Mapping[str, Any] = {"kind": "kept", "again": False, "wait": "", "sent": {}}
    return page(request, "said.html", ticket=ticket, status=202, **said)


async def _told_by(request: Request, services: Services, kind: str) -> LinkedTicket | None:
    """The ticket, if it is known. Nobody is kept waiting twice for what does not answer."""
    known: LinkedTicket | None = getattr(request.state, "link_is_about", None)
    if known is not None or kind in ONCE_MORE:
        return known
    token = request.url.path.rpartition("/")[2]
    links = (services.offers.named(token), *(services.visit_links.named(d, token) for d in Door))
    ticket_id = next((link.ticket_id for link in links if link), None)
    survey_id = services.surveys.survey_id(token)

    def read(session: Session) -> LinkedTicket | None:
        survey = SurveyRepository(session).survey(survey_id) if survey_id else None
        found = survey.ticket_id if survey else ticket_id
        return linked_ticket(session, found) if found else None

    try:
        return await services.reads.run(read) if ticket_id or survey_id else None
    except DomainError:
        return None


async def _sent(request: Request) -> Mapping[str, str]:
    """What a form said, so that the same can be sent once more; nothing of one that was only looked
    at, or cannot be read."""
    if request.method != "POST":
        return {}
    try:
        form = await request.form(max_fields=50)
    except Exception:
        log.info("form_unreadable")
        return {}
    said = ((name, value) for name, value in form.items() if fullmatch(_FIELD, name))
    return {name: value for name, value in said if isinstance(value, str)}
