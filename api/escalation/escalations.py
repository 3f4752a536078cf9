"""Escalations: what waits for a person, and their decision."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api.escalation.deciding import (
    decide,
    decision_of,
    gathered_again,
    known_escalation,
    pressed,
)
from api.escalation.parameters import value_of
from api.escalation.reaching import put_right
from api.escalation.schemas import (
    Claim,
    EscalationDetail,
    EscalationRowView,
    ReachedBy,
    Resolution,
)
from api.escalation.views import detailed, listed
from api.http.auth import Principal
from api.http.dependencies import OptionalKey, Staff, With, known_parameters
from api.http.idempotency import once, scoped
from api.http.paging import Cursor, Limit, Page, decode_moment, page_of
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Digits, TrueOrFalse
from models.db.escalation.reads import EscalationReads, Wanted
from models.escalation import EscalationReason, EscalationState
from models.identity import EscalationId, TicketId
from models.rules.escalation.kind import CLAIM, RELEASE

router = APIRouter(
    prefix="/escalations",
    tags=["escalations"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.get("", summary="List escalations, the oldest first")
async def list_escalations(
    principal: Staff,
    services: With,
    state: Annotated[EscalationState | None, Query()] = None,
    live: Annotated[
        bool | None, Query(description="Only those that wait, or only others."), TrueOrFalse
    ] = None,
    reason: Annotated[EscalationReason | None, Query()] = None,
    level: Annotated[Annotated[int, Field(ge=1, le=3), Digits] | None, Query()] = None,
    zone: Annotated[str | None, Query(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")] = None,
    ticket_id: Annotated[TicketId | None, Query()] = None,
    claimed_by: Annotated[str | None, Query(pattern="^[A-Za-z0-9_.:-]{1,80}$")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EscalationRowView]:
    """From the database, never from Temporal."""
    if zone:
        services.reference.require_zone(zone)
    wanted = Wanted(state, live, reason, level, zone, claimed_by, ticket_id)
    after = decode_moment(cursor)
    found = await services.reads.run(lambda s: EscalationReads(s).page(wanted, after, limit + 1))
    return page_of(found, limit, lambda one: [one.opened_at.isoformat(), one.id], listed)


@router.get("/{escalation_id}", summary="Read an escalation")
async def read_escalation(
    escalation_id: EscalationId, principal: Staff, services: With
) -> EscalationDetail:
    """With what may be decided, and whom one could send and how to reach them."""
    asked = await known_escalation(services, escalation_id)
    return await services.reads.run(lambda s: detailed(s, asked))


@router.post("/{escalation_id}/claim", summary="Claim an escalation")
async def claim_escalation(
    escalation_id: EscalationId,
    principal: Staff,
    request: Request,
    services: With,
    body: Claim | None = None,
    key: OptionalKey = None,
) -> EscalationDetail:
    """Nobody but you, or a manager, decides then."""
    scope = scoped(request, principal, key)
    return await _pressed(services, escalation_id, CLAIM, principal, scope)


@router.post("/{escalation_id}/release", summary="Release an escalation")
async def release_escalation(
    escalation_id: EscalationId,
    principal: Staff,
    request: Request,
    services: With,
    body: Claim | None = None,
    key: OptionalKey = None,
) -> EscalationDetail:
    """Others may decide again."""
    scope = scoped(request, principal, key)
    return await _pressed(services, escalation_id, RELEASE, principal, scope)


@router.post("/{escalation_id}/refresh", summary="Gather the facts of an escalation again")
async def refresh_escalation(
    escalation_id: EscalationId,
    principal: Staff,
    request: Request,
    services: With,
    key: OptionalKey = None,
) -> EscalationDetail:
    """They follow the ticket by themselves; calendars, the catalogue and people's files only when
    asked."""
    asked = await known_escalation(services, escalation_id)
    scope = scoped(request, principal, key)
    fresh = await gathered_again(services, asked, principal.actor, scope)
    return await services.reads.run(lambda s: detailed(s, fresh))


@router.put("/{escalation_id}/contact", summary="Put right how somebody can be reached")
async def correct_contact(
    escalation_id: EscalationId, contact: ReachedBy, principal: Staff, services: With
) -> EscalationDetail:
    """Of whoever could not be told what the escalation is about, a customer or an expert; then it
    can be sent again."""
    asked = await known_escalation(services, escalation_id)
    await put_right(services, asked, principal.actor, contact)
    return await services.reads.run(lambda s: detailed(s, asked))


@router.post("/{escalation_id}/resolve", summary="Decide an escalation")
async def resolve_escalation(
    escalation_id: EscalationId,
    resolution: Resolution,
    principal: Staff,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> EscalationDetail:
    """The very update that the button in the Temporal UI sends; answers when it is done."""
    asked = await known_escalation(services, escalation_id)
    value = value_of(resolution.params, decision_of(asked.reason, resolution.action))
    scope = scoped(request, principal, key)

    async def act() -> EscalationDetail:
        closed = await decide(
            services,
            asked,
            resolution.action,
            principal.actor,
            scope,
            value,
            resolution.note,
        )
        return await services.reads.run(lambda s: detailed(s, closed))

    return await once(services, request, response, scope, resolution, EscalationDetail, act)


async def _pressed(
    services: Services, escalation_id: str, update: str, principal: Principal, scope: str
) -> EscalationDetail:
    asked = await known_escalation(services, escalation_id)
    stands = await pressed(services, asked, update, principal.actor, scope)
    return await services.reads.run(lambda s: detailed(s, stands))
