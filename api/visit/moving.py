"""Visits at other times: asked for by their customers, or by the helpdesk."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.http.dependencies import (
    CustomerOrStaff,
    OptionalKey,
    Seen,
    With,
    cause,
    known_parameters,
)
from api.http.idempotency import once, scoped
from api.http.ids import VisitRef
from api.http.problems import RESPONSES
from api.http.text import A_MORNING, Body, Slot, Words, shown, windows
from api.intake.commands import ask
from api.intake.put_off import or_put_off
from api.ticket.schemas import TicketStandingView
from api.ticket.sight import ticket_for, write_note
from api.ticket.standing import standing_view
from api.visit.knowing import unknown_visit
from models.db.visit.reads import VisitReads
from models.errors import NotFound
from models.identity import VisitId
from models.messages.visit import MoveVisit
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/visits",
    tags=["visits"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


class VisitMove(Body):
    """The times that suit for this visit; without any, another of those that stand. The helpdesk
    gives a reason, and may move even a visit that is near."""

    model_config = shown(slots=[A_MORNING], reason="I am travelling that day.")

    slots: Annotated[list[Slot], Field(min_length=1, max_length=20)] | None = None
    reason: Words | None = None


class MovePutOffView(BaseModel):
    """Kept; carried out as soon as the visit's ticket can be reached. Send it again under the same
    key to learn what became of it."""

    visit_id: VisitRef = Field(description="The visit.")
    effect: Literal["accepted"] = Field(description="Kept, and not carried out yet.")


@router.post(
    "/{visit_id}/reschedule",
    summary="Move a visit to another time",
    responses={202: {"model": MovePutOffView}},
    response_model=TicketStandingView,
)
async def reschedule_visit(
    visit_id: VisitId,
    change: VisitMove,
    principal: CustomerOrStaff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> TicketStandingView | Response:
    """It is matched anew, and what must follow it; everybody's proposals are back at their old
    places. Whoever was to come is free before anybody is told."""
    scope = scoped(request, principal, key)

    async def act(ticket_id: str) -> TicketStandingView:
        by = cause(request, principal, key, seen)
        slots = None if change.slots is None else tuple(windows(change.slots, "/slots"))
        note = await write_note(services, ticket_id, by.actor, change.reason, scope)
        message = MoveVisit(visit_id=visit_id, slots=slots, by=by, note_id=note)
        update = TicketWorkflow.move_visit
        return standing_view(await ask(services, ticket_id, update, message, scope))

    async def asked() -> TicketStandingView:
        visit = await services.reads.run(lambda s: VisitReads(s).visit(visit_id))
        if visit is None:
            raise unknown_visit()
        ticket_id = visit.ticket_id
        try:
            await ticket_for(services, ticket_id, principal)
        except NotFound:
            raise unknown_visit() from None
        doing = partial(act, ticket_id)
        return await once(services, request, response, scope, change, TicketStandingView, doing)

    done = await or_put_off(services, request, principal, asked)
    kept = MovePutOffView(visit_id=visit_id, effect="accepted")
    return done or JSONResponse(kept.model_dump(), 202)
