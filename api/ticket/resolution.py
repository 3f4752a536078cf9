"""Which model it is that a customer wrote in their own words."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from api.http.auth import Principal
from api.http.dependencies import (
    ExpertOrStaff,
    OptionalKey,
    Seen,
    Staff,
    With,
    cause,
    known_parameters,
)
from api.http.idempotency import once, scoped
from api.http.ids import TicketRef
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Body, ShortText, shown
from api.intake.commands import ask
from api.ticket.schemas import TicketStandingView, TicketSummary
from api.ticket.sight import ticket_for
from api.ticket.standing import standing_view
from api.ticket.views import summary
from models.actor import Role
from models.catalogue.nouns import ApplianceModel
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.ticket.reads import RecordedTicket, TicketReads
from models.errors import Conflict, DomainError, Invalid, Kept, NotFound
from models.event import Cause
from models.identity import Code, TicketId
from models.messages.ticket import EnrichTicket
from models.rules.ticket.naming import as_a_name, is_nameable, new_model
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/tickets",
    tags=["tickets"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)

MOST = 20
"""Tickets that are offered, and linked by one request."""
_MODEL = StringConstraints(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")


class ModelToCreate(Body):
    """A model that the catalogue has not: everybody reads it there."""

    model_config = shown(brand="Grundig", name="Fine Arts 55 FLX 9490 SL", category="television")

    brand: ShortText
    name: ShortText
    category: Code


class ModelResolution(Body):
    """Which model it is: one of the catalogue, or one to be created."""

    model_config = shown(model_id="mod_bosch-kgn39vleb")

    model_id: Annotated[str, _MODEL] | None = None
    create: ModelToCreate | None = None


class ModelResolved(BaseModel):
    """Where the ticket stands, and the model. `same_words` are other open tickets whose customers
    wrote the same, up to twenty, the oldest first: they can be linked with one request more. An
    expert sees none of them."""

    ticket: TicketStandingView
    model: ApplianceModel
    same_words: list[TicketSummary]


class LinkOthers(Body):
    """Which of the tickets that were offered are about the same model."""

    model_config = shown(ticket_ids=["tkt_45039e40-03a6-5fb8-8053-df63362af748"])

    ticket_ids: list[TicketId] = Field(min_length=1, max_length=MOST)


class LinkedTicket(BaseModel):
    """What became of one: `linked`; `accepted`, kept until its ticket can be reached; or `refused`,
    with the code that says why."""

    id: TicketRef
    effect: Literal["linked", "accepted", "refused"]
    code: str | None = None


class OthersLinked(BaseModel):
    """What became of each, in the order in which they were named."""

    results: list[LinkedTicket]


@router.post("/{ticket_id}/model-resolution", summary="Say which model it is")
async def resolve_model(
    ticket_id: TicketId,
    resolution: ModelResolution,
    principal: ExpertOrStaff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> ModelResolved:
    """The helpdesk, or the expert who stands before it. A model that is created joins the catalogue
    and is found there; one that is there already under that name is taken."""
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> ModelResolved:
        model, is_new = await _chosen(services, resolution)
        by = cause(request, principal, key, seen)
        message = _message(services, ticket_id, model, by, is_new=is_new)
        standing = await ask(services, ticket_id, TicketWorkflow.enrich, message, scope)
        # Whoever files now may name it, and whoever looks for it finds it.
        await services.reference.learn(model)
        others = await _same_words(services, ticket_id, principal)
        return ModelResolved(
            ticket=standing_view(standing), model=model, same_words=[summary(t) for t in others]
        )

    return await once(services, request, response, scope, resolution, ModelResolved, act)


@router.post("/{ticket_id}/model-resolution/links", summary="Link tickets about the same model")
async def link_others(
    ticket_id: TicketId,
    links: LinkOthers,
    principal: Staff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> OthersLinked:
    """Each of those that a resolution offered is about the ticket's model from then on. One that is
    linked already is `linked`."""
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> OthersLinked:
        model_id, may = await services.reads.run(lambda s: _linkable(s, ticket_id, links, seen))
        by = cause(request, principal, key)
        named = dict.fromkeys(links.ticket_ids)
        asked = [_link(services, other, model_id, by, scope, why) for other, why in may.items()]
        became = {linked.id: linked for linked in await asyncio.gather(*asked)}
        already = {other: LinkedTicket(id=other, effect="linked") for other in named}
        return OthersLinked(results=list((already | became).values()))

    return await once(services, request, response, scope, links, OthersLinked, act)


async def _chosen(services: Services, resolution: ModelResolution) -> tuple[ApplianceModel, bool]:
    """The model, and whether it has to be created.

    Raises:
        Invalid: `model-twice`, `model-missing`, `model-unknown`, `model-name-personal`,
            `category-unknown`.
    """
    create, model_id = resolution.create, resolution.model_id
    if create is not None and model_id is not None:
        raise Invalid("model-twice", "Give either model_id or create.", field="/create")
    if model_id is not None:
        known = await services.reads.run(lambda s: ReferenceReads(s).model(model_id))
        if known is None:
            raise Invalid("model-unknown", "The catalogue has no such model.", field="/model_id")
        return known, False
    if create is None:
        raise Invalid("model-missing", "Give the model's id, or what to create.")
    name = as_a_name(f"{create.brand} {create.name}")
    if not is_nameable(name):
        raise Invalid(
            "model-name-personal", "That does not look like a model's name.", field="/create/name"
        )
    known, categories = await services.reads.run(
        lambda s: (ReferenceReads(s).model_named(name), ReferenceReads(s).categories())
    )
    if create.category not in [c.code for c in categories]:
        raise Invalid("category-unknown", "No such category.", field="/create/category")
    if known is not None:
        return known, False
    return new_model(as_a_name(create.brand), as_a_name(create.name), create.category), True


def _message(
    services: Services, ticket_id: str, model: ApplianceModel, by: Cause, *, is_new: bool
) -> EnrichTicket:
    """A name is somebody's words until the catalogue has it, so it travels sealed."""
    words = {"model": model.model_dump()}
    sealed = services.keyring.seal(words, ticket_id, services.clock()) if is_new else None
    return EnrichTicket(by=by, model_id=model.id, sealed=sealed)


async def _same_words(
    services: Services, ticket_id: str, principal: Principal
) -> list[RecordedTicket]:
    if principal.role is Role.EXPERT:
        return []
    return await services.reads.run(lambda s: TicketReads(s).same_words(ticket_id, MOST))


def _linkable(
    session: Session, ticket_id: str, links: LinkOthers, seen: int | None
) -> tuple[str, dict[str, DomainError | None]]:
    """The model of a ticket; and of those others that are not linked already, why each cannot be,
    if it cannot.

    Raises:
        Conflict: `model-unresolved`, `ticket-changed`.
    """
    reads = TicketReads(session)
    resolved = reads.whole(ticket_id)
    if resolved is None or resolved.model_id is None:
        raise Conflict("model-unresolved", "Say first which model this ticket is about.")
    if seen is not None and seen != resolved.seq:
        raise Conflict(
            "ticket-changed", "The ticket has changed since it was read.", seq=resolved.seq
        )
    offered = {t.id for t in reads.same_words(ticket_id, most=None)}
    found: dict[str, DomainError | None] = {}
    for other in links.ticket_ids:
        ticket = reads.whole(other)
        if ticket is None:
            found[other] = NotFound("ticket-unknown", "There is no such ticket.")
        elif ticket.model_id != resolved.model_id:
            differ = Conflict("words-differ", "It was not offered: its words are others.")
            found[other] = None if other in offered else differ
    return resolved.model_id, found


async def _link(
    services: Services,
    ticket_id: str,
    model_id: str,
    by: Cause,
    scope: str,
    refusal: DomainError | None,
) -> LinkedTicket:
    if refusal is not None:
        return LinkedTicket(id=ticket_id, effect="refused", code=refusal.code)
    message = EnrichTicket(by=by, model_id=model_id)
    try:
        await ask(services, ticket_id, TicketWorkflow.enrich, message, f"{scope}/{ticket_id}")
    except Kept:
        return LinkedTicket(id=ticket_id, effect="accepted")
    except DomainError as refused:
        return LinkedTicket(id=ticket_id, effect="refused", code=refused.code)
    return LinkedTicket(id=ticket_id, effect="linked")
