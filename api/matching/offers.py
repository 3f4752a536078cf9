"""Times that experts could come at, offered to the customer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.http.dependencies import (
    CustomerOrStaff,
    IdempotencyKey,
    Seen,
    Staff,
    With,
    cause,
    known_parameters,
)
from api.http.idempotency import once, replayed, scoped
from api.http.policy import public
from api.http.problems import RESPONSES
from api.http.services import Services
from api.intake.commands import ask
from api.intake.looking import look
from api.matching.schemas import (
    NewSlotOffer,
    OfferAnswer,
    SlotOfferView,
    SuggestedTimes,
    SuggestedVisit,
    Suggestion,
)
from api.ticket.schemas import TicketStandingView
from api.ticket.sight import ticket_for
from models.actor import Actor, Role
from models.db.engine import Session
from models.db.matching.problems import ProblemRepository
from models.db.ticket.reads import TicketReads
from models.errors import Conflict, NotFound
from models.event import Cause
from models.identity import GroupId, TicketId, derived_id
from models.matching.offer import OfferedTimes, SlotOffer
from models.matching.problem import MatchingProblem
from models.messages.matching import AcceptOffer, OfferSlots
from models.messages.ticket import TicketStanding
from models.rules.ticket.offering import is_possible, suggestions
from models.ticket import Ticket
from models.visit import VisitGroup
from workflows.ticket.story import TicketWorkflow

router = APIRouter(tags=["offers"], responses=RESPONSES, dependencies=[Depends(known_parameters)])
Token = Annotated[str, Path(max_length=200)]


@router.get("/tickets/{ticket_id}/suggested-slots", summary="See when experts could come")
async def suggest_slots(
    ticket_id: TicketId,
    principal: CustomerOrStaff,
    services: With,
    group_id: Annotated[GroupId | None, Query()] = None,
) -> SuggestedTimes:
    """Times at which the whole group could be staffed, the best first; nobody's name."""
    await ticket_for(services, ticket_id, principal)
    group, found = await _suggested(services, ticket_id, group_id)
    return SuggestedTimes(group_id=group.id, suggestions=[_view(times) for times in found])


@router.post("/tickets/{ticket_id}/slot-offers", status_code=201, summary="Offer times")
async def offer_slots(
    ticket_id: TicketId,
    new: NewSlotOffer,
    principal: Staff,
    seen: Seen,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> SlotOfferView:
    """The customer gets a link that accepts one of the suggested times, once."""
    response.status_code = 201
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> SlotOfferView:
        _, found = await _suggested(services, ticket_id, new.group_id)
        message = OfferSlots(
            offer_id=derived_id("off", ticket_id, scope),
            options=tuple(found),
            by=cause(request, principal, key, seen),
        )
        await ask(services, ticket_id, TicketWorkflow.offer_slots, message, scope)
        return await _offer(services, ticket_id, message.offer_id)

    return await once(services, request, response, scope, new, SlotOfferView, act)


@router.get("/offers/{token}", summary="Read offered times")
@public
async def read_offer(token: Token, services: With) -> SlotOfferView:
    """What the link in the message offers."""
    ticket_id, offer_id = _named(services, token)
    return await _offer(services, ticket_id, offer_id)


@router.post("/offers/{token}", summary="Accept an offered time")
@public
async def accept_offer(
    token: Token, answer: OfferAnswer, request: Request, response: Response, services: With
) -> TicketStandingView:
    """Once; the visits are settled at once. A time that is gone meanwhile leaves the link good.
    Whoever takes the same time again gets the same answer, with `Idempotency-Replayed`; another
    one is refused."""
    ticket_id, offer_id = _named(services, token)
    standing, is_repeat = await taken(
        services, ticket_id, offer_id, answer.option, request.state.trace_id
    )
    if is_repeat:
        await replayed(request, response)
    return TicketStandingView(
        id=ticket_id, status=standing.status, round=standing.round, seq=standing.seq
    )


async def taken(
    services: Services, ticket_id: str, offer_id: str, option: int, trace_id: str
) -> tuple[TicketStanding, bool]:
    """Where a ticket stands after its customer took one of the times of an offer, and whether they
    had taken it before.

    Raises:
        NotFound: `offer-unknown`.
        Conflict: `offer-used`, `time-gone`; as the ticket refuses.
    """
    ticket: Ticket = await look(services, ticket_id, TicketWorkflow.ticket)
    offer = _offered(ticket, offer_id)
    if offer.accepted is None:
        await _require_possible(services, ticket, offer, option)
    elif offer.accepted != option:
        raise Conflict(
            "offer-used",
            "The offer is answered already: another of its times was taken.",
            accepted=offer.accepted,
        )
    by = Cause(
        actor=Actor(role=Role.CUSTOMER, id=ticket.filing.customer_id),
        command_id=offer_id,
        trace_id=trace_id,
    )
    message = AcceptOffer(offer_id=offer_id, option=option, by=by)
    # The link and the time are the key: whoever was not answered takes the same time again.
    key = f"{offer_id}/{option}"
    standing: TicketStanding = await ask(
        services, ticket_id, TicketWorkflow.accept_offer, message, key
    )
    return standing, offer.accepted is not None


def _named(services: Services, token: str) -> tuple[str, str]:
    named = services.offers.offer(token, services.clock())
    if named is None:
        raise NotFound("offer-unknown", "The link is wrong, or its time is over.")
    return named


def _offered(ticket: Ticket, offer_id: str) -> SlotOffer:
    offer = next((o for o in ticket.matching.offers if o.id == offer_id), None)
    if offer is None:
        raise NotFound("offer-unknown", "The link is wrong, or its time is over.")
    return offer


async def _require_possible(
    services: Services, ticket: Ticket, offer: SlotOffer, option: int
) -> None:
    """Refuse a time at which somebody is no longer free. What is wrong with the offer itself, the
    ticket says."""
    if option >= len(offer.options):
        return
    times = offer.options[option]
    if times.stand_in is not None:
        return  # Their calendar is asked when they are booked.
    group = ticket.group_of(times.visits[0].visit_id)
    if group is None or not group.is_live:
        return
    problem = await services.reads.run(lambda s: _problem(s, ticket, group, services))
    if problem is None or not is_possible(problem, times):
        raise Conflict("time-gone", "An expert is no longer free then; take another time.")


async def _suggested(
    services: Services, ticket_id: str, group_id: str | None
) -> tuple[VisitGroup, list[OfferedTimes]]:
    ticket: Ticket = await look(services, ticket_id, TicketWorkflow.ticket)
    waiting = [g for g in ticket.matching.groups if g.is_live and group_id in (None, g.id)]
    if not waiting:
        raise Conflict("nothing-to-settle", "No group of this ticket waits for a time.")
    group, now = waiting[0], services.clock()

    def find(session: Session) -> list[OfferedTimes]:
        problem = _problem(session, ticket, group, services)
        return [] if problem is None else suggestions(problem, now)

    return group, await services.reads.run(find)


def _problem(
    session: Session, ticket: Ticket, group: VisitGroup, services: Services
) -> MatchingProblem | None:
    place = TicketReads(session).place(ticket.id)
    if place is None or ticket.filing.zone is None:
        return None
    return ProblemRepository(session).problem(ticket, group, place, services.clock())


async def _offer(services: Services, ticket_id: str, offer_id: str) -> SlotOfferView:
    offer = _offered(await look(services, ticket_id, TicketWorkflow.ticket), offer_id)
    return SlotOfferView(
        offer_id=offer.id,
        expires_at=offer.expires_at,
        options=[_view(times) for times in offer.options],
        accepted=offer.accepted,
    )


def _view(times: OfferedTimes) -> Suggestion:
    return Suggestion(
        visits=[
            SuggestedVisit(visit_id=v.visit_id, start=v.window.start, end=v.window.end)
            for v in times.visits
        ]
    )
