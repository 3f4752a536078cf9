"""A page on which a customer names the times that suit them for a visit."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Request, Response
from starlette.responses import RedirectResponse

from api.http.dependencies import With
from api.http.problems import refusal_of
from api.http.services import Services
from api.intake.commands import ask
from api.web.link.friendly import about, friendly, kept, unknown_link
from api.web.link.showing import days_asked, in_words, page, ready_at, so_now, takes_times, until
from api.web.link.typed import EMPTY, Row, Typed, named, typed, windows_of
from api.web.link.wrong import marked
from models.actor import Actor, Role
from models.db.ticket.linked import LinkedTicket, LinkedVisit
from models.errors import Category, DomainError, Kept
from models.event import Cause
from models.identity import derived_id
from models.messages.visit import MoveVisit
from models.visit import VisitState
from temporal.links import Door, Link
from workflows.ticket.story import TicketWorkflow

router = APIRouter(prefix="/link/times", include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]
AT_A_ROW = frozenset(
    {
        *("rows-empty", "row-incomplete", "row-unreadable", "slot-backwards"),
        *("slot-in-the-past", "slot-too-early", "slot-too-far", "slot-too-short"),
        *("nonexistent-local-time", "ambiguous-local-time"),
    }
)
"""What is wrong with one time, which is said where it stands."""
ELSEWHERE = frozenset({"reschedule-cutoff", "time-gone"})
"""What else there are words for."""


@router.get("/{token}")
@friendly
async def ask_for_times(request: Request, token: Token, services: With) -> Response:
    """What is so now, and a form."""
    link, ticket, visit = await about_visit(request, services, Door.TIMES, token)
    return _shown(request, services, link, ticket, visit)


@router.post("/{token}")
@friendly
async def take_times(request: Request, token: Token, services: With) -> Response:
    """Send the times to the ticket, as `POST /v1/visits/{id}/reschedule` does."""
    link, ticket, visit = await about_visit(request, services, Door.TIMES, token)
    if services.clock() >= link.expires_at or not takes_times(ticket, visit):
        return _shown(request, services, link, ticket, visit)
    form = await typed(request)
    try:
        await move(services, request, token, ticket, visit, form)
    except Kept:
        return kept(request, ticket)
    except DomainError as refusal:
        if refusal.category is Category.UNAVAILABLE:
            raise
        link, ticket, visit = await about_visit(request, services, Door.TIMES, token)
        return _shown(request, services, link, ticket, visit, form.rows, refusal)
    return RedirectResponse("?thanks", 303)


async def move(
    services: Services,
    request: Request,
    token: str,
    ticket: LinkedTicket,
    visit: LinkedVisit,
    form: Typed,
) -> None:
    """Send the times that were typed, for one visit."""
    slots = windows_of(form.rows, ticket.here)
    message = MoveVisit(visit_id=visit.id, slots=slots, by=by_link(ticket, request, token))
    # Sent once more by an impatient finger it is the same; with other times it is another.
    key = f"{visit.id}/{form.form_id}/{slots}"
    await ask(services, ticket.id, TicketWorkflow.move_visit, message, key)


def by_link(ticket: LinkedTicket, request: Request, token: str) -> Cause:
    """The customer, who did something by a link."""
    return Cause(
        actor=Actor(role=Role.CUSTOMER, id=ticket.customer_id),
        command_id=derived_id("req", token),
        trace_id=request.state.trace_id,
    )


def wrongs(refusal: DomainError | None) -> str:
    """What a page says above its form of what was refused, by its key; nothing of one row."""
    if refusal is None or refusal.code in AT_A_ROW:
        return ""
    return refusal.code if refusal.code in ELSEWHERE else "overtaken"


async def about_visit(
    request: Request, services: Services, door: Door, token: str
) -> tuple[Link, LinkedTicket, LinkedVisit]:
    """What a link is for, its ticket and its visit.

    Raises:
        NotFound: `link-unknown`.
    """
    link = services.visit_links.named(door, token)
    if link is None:
        raise unknown_link()
    ticket = await about(request, services, link.ticket_id)
    visit = ticket.visit(link.of)
    if visit is None:
        raise unknown_link()
    return link, ticket, visit


def _shown(
    request: Request,
    services: Services,
    link: Link,
    ticket: LinkedTicket,
    visit: LinkedVisit,
    rows: tuple[Row, ...] = EMPTY,
    refusal: DomainError | None = None,
) -> Response:
    now = services.clock()
    over = now >= link.expires_at
    status = refusal_of(refusal).status_code if refusal else 410 if over else 200
    return page(
        request,
        "times.html",
        ticket=ticket,
        status=status,
        standing=so_now(ticket, visit),
        over=until(ticket, link.expires_at) if over else "",
        until=until(ticket, link.expires_at),
        after=ready_at(ticket, visit, now),
        thanks="thanks" in request.query_params and refusal is None,
        takes=takes_times(ticket, visit) and not over,
        moves=visit.state == VisitState.SCHEDULED,
        known=in_words(ticket, ticket.slots_of(visit), now) if visit.state == "OPEN" else [],
        minutes=visit.minutes,
        rows=named(marked(rows, refusal, ticket, visit, now) if refusal else rows),
        wrong=wrongs(refusal),
        form_id=uuid4().hex,
        days=days_asked(ticket, visit, now),
    )
