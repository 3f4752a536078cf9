"""A page for somebody who does not open, and is on their way to the door."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Request, Response
from starlette.responses import RedirectResponse

from api.http.dependencies import With
from api.http.problems import refusal_of
from api.http.services import Services
from api.intake.commands import ask
from api.web.link.friendly import friendly
from api.web.link.showing import hour_of, page, so_now
from api.web.link.times import about_visit, by_link
from api.web.link.typed import typed
from models.db.ticket.linked import LinkedTicket, LinkedVisit
from models.errors import Category, DomainError
from models.messages.visit import CustomerComing
from models.visit import VisitState
from temporal.links import Door, Link
from workflows.ticket.story import TicketWorkflow

router = APIRouter(prefix="/link/coming", include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]


@router.get("/{token}")
@friendly
async def ask_whether_they_come(request: Request, token: Token, services: With) -> Response:
    """What is so now, and a button while somebody waits at the door."""
    link, ticket, visit = await about_visit(request, services, Door.COMING, token)
    return _shown(request, services, link, ticket, visit)


@router.post("/{token}")
@friendly
async def say_that_they_come(request: Request, token: Token, services: With) -> Response:
    """Tell whoever waits at the door."""
    link, ticket, visit = await about_visit(request, services, Door.COMING, token)
    if services.clock() >= link.expires_at:
        return _shown(request, services, link, ticket, visit)
    form = await typed(request)
    message = CustomerComing(visit_id=visit.id, by=by_link(ticket, request, token))
    try:
        key = f"{token}/{form.form_id}"
        await ask(services, ticket.id, TicketWorkflow.customer_coming, message, key)
    except DomainError as refusal:
        if refusal.category is Category.UNAVAILABLE:
            raise
        link, ticket, visit = await about_visit(request, services, Door.COMING, token)
        return _shown(request, services, link, ticket, visit, refusal)
    return RedirectResponse("?thanks", 303)


def _shown(
    request: Request,
    services: Services,
    link: Link,
    ticket: LinkedTicket,
    visit: LinkedVisit,
    refusal: DomainError | None = None,
) -> Response:
    waits = visit.state == VisitState.BLOCKED
    now = services.clock()
    over = now >= link.expires_at
    return page(
        request,
        "coming.html",
        ticket=ticket,
        status=refusal_of(refusal).status_code if refusal else 410 if over else 200,
        standing=so_now(ticket, visit),
        waits=waits and not over,
        said=hour_of(ticket, visit.coming_since, now) if waits and visit.coming_since else "",
        until=hour_of(ticket, visit.wait_until, now) if waits and visit.wait_until else "",
        form_id=uuid4().hex,
    )
