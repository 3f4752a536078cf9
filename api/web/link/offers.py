"""A page with the times that experts could come at: its reader takes one, or names their own."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Request, Response
from starlette.responses import RedirectResponse

from api.http.dependencies import With
from api.http.problems import refusal_of
from api.http.services import Services
from api.intake.commands import ask
from api.intake.looking import look
from api.matching.offers import taken
from api.web.link.choosing import choices, in_full
from api.web.link.friendly import about, friendly, kept, unknown_link
from api.web.link.showing import days_asked, in_words, page, ready_at, so_now, takes_times, until
from api.web.link.times import by_link, move, wrongs
from api.web.link.typed import EMPTY, Row, Typed, named, typed, windows_of
from api.web.link.wrong import marked
from models.db.ticket.linked import LinkedTicket, LinkedVisit
from models.errors import Category, DomainError, Kept, NotFound
from models.matching.offer import SlotOffer
from models.messages.matching import DeclineOffer
from models.messages.ticket import ChangeSlots
from models.ticket import Ticket
from temporal.links import Link
from workflows.ticket.story import TicketWorkflow

router = APIRouter(prefix="/link/offers", include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]


@router.get("/{token}")
@friendly
async def show_offer(request: Request, token: Token, services: With) -> Response:
    """What is so now, the times that can be had, and a form for others."""
    link, ticket = await _about(request, services, token)
    return await _shown(request, services, link, ticket)


@router.post("/{token}")
@friendly
async def answer_offer(request: Request, token: Token, services: With) -> Response:
    """Take the time of the button that was pressed, as `POST /v1/offers/{token}` does, or none of
    them; without one, send the times that were typed, as `PUT /v1/tickets/{id}/slots` does. Where
    somebody else would come, those are for that visit, which moves."""
    link, ticket = await _about(request, services, token)
    form = await typed(request)
    try:
        if form.option is None and not form.declines:
            try:
                await _name_times(services, request, link, token, ticket, form)
            except Kept:
                return kept(request, ticket)
        elif services.clock() >= link.expires_at:
            return await _shown(request, services, link, ticket)
        elif form.option is None:
            message = DeclineOffer(offer_id=link.of, by=by_link(ticket, request, token))
            key = f"{link.of}/none"
            await ask(services, ticket.id, TicketWorkflow.decline_offer, message, key)
        else:
            await taken(services, ticket.id, link.of, form.option, request.state.trace_id)
    except DomainError as refusal:
        if refusal.category is Category.UNAVAILABLE:
            raise
        link, ticket = await _about(request, services, token)
        return await _shown(request, services, link, ticket, form.rows, refusal)
    return RedirectResponse("?thanks", 303)


async def _name_times(
    services: Services,
    request: Request,
    link: Link,
    token: str,
    ticket: LinkedTicket,
    form: Typed,
) -> None:
    offer = await _offer(services, link)
    visit = _first(ticket, offer)
    if offer is not None and offer.is_of_stand_ins and visit is not None:
        return await move(services, request, token, ticket, visit, form)
    slots = windows_of(form.rows, ticket.here)
    message = ChangeSlots(slots=slots, by=by_link(ticket, request, token))
    # Sent once more by an impatient finger it is the same; with other times it is another.
    key = f"{token}/{form.form_id}/{slots}"
    await ask(services, ticket.id, TicketWorkflow.change_slots, message, key)


async def _about(request: Request, services: Services, token: str) -> tuple[Link, LinkedTicket]:
    link = services.offers.named(token)
    if link is None:
        raise unknown_link()
    return link, await about(request, services, link.ticket_id)


async def _offer(services: Services, link: Link) -> SlotOffer | None:
    """The offer; of a ticket that is over for so long that nobody knows of its offers, none."""
    try:
        ticket: Ticket = await look(services, link.ticket_id, TicketWorkflow.ticket)
    except NotFound:
        return None
    return next((o for o in ticket.matching.offers if o.id == link.of), None)


async def _shown(
    request: Request,
    services: Services,
    link: Link,
    ticket: LinkedTicket,
    rows: tuple[Row, ...] = EMPTY,
    refusal: DomainError | None = None,
) -> Response:
    now = services.clock()
    offer = await _offer(services, link)
    visit = _first(ticket, offer)
    over = now >= link.expires_at
    accepted = offer.options[offer.accepted] if offer and offer.accepted is not None else None
    refused = offer is not None and offer.declined
    is_open = visit is not None and (visit.state == "OPEN" or visit.is_let_down)
    is_asked = offer is not None and not over and _is_asked(ticket, offer, visit)
    days = choices(ticket, offer, visit) if offer and is_asked else ()
    status = refusal_of(refusal).status_code if refusal else 410 if over and not accepted else 200
    return page(
        request,
        "offer.html",
        ticket=ticket,
        status=status,
        standing=so_now(ticket, visit),
        after=ready_at(ticket, visit, now) if visit else "",
        taken=in_full(ticket, accepted) if accepted else "",
        refused=refused and visit is not None and visit.state == "OPEN",
        over=until(ticket, link.expires_at) if over and not accepted else "",
        until=until(ticket, link.expires_at),
        offered=days,
        declinable=offer is not None and is_asked and offer.is_of_stand_ins,
        takes=takes_times(ticket, visit) and is_open and not accepted,
        known=in_words(ticket, ticket.slots_of(visit), now) if visit else [],
        minutes=visit.minutes if visit else 0,
        rows=named(marked(rows, refusal, ticket, visit, now) if refusal else rows),
        wrong=wrongs(refusal),
        thanks="thanks" in request.query_params and refusal is None,
        form_id=uuid4().hex,
        days=days_asked(ticket, visit, now),
    )


def _is_asked(ticket: LinkedTicket, offer: SlotOffer, visit: LinkedVisit | None) -> bool:
    """Whether an offer waits for an answer."""
    if visit is None or offer.accepted is not None or offer.declined:
        return False
    waits = visit.is_let_down if offer.is_of_stand_ins else visit.state == "OPEN"
    return waits and takes_times(ticket, visit)


def _first(ticket: LinkedTicket, offer: SlotOffer | None) -> LinkedVisit | None:
    """The visit that an offer is about, its first; of no offer, the ticket's last."""
    if offer is not None and offer.options:
        return ticket.visit(offer.options[0].visits[0].visit_id)
    return ticket.visits[-1] if ticket.visits else None
