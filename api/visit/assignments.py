"""Assignments: experts whom the helpdesk sends itself."""

from fastapi import APIRouter, Depends, Request, Response

from api.http.dependencies import IdempotencyKey, Staff, With, cause, known_parameters
from api.http.idempotency import once, scoped
from api.http.problems import RESPONSES
from api.intake.commands import ask
from api.ticket.sight import write_note
from api.visit.schemas import AssignedView, NewAssignment
from models.db.visit.reads import VisitReads
from models.errors import NotFound
from models.identity import VisitId
from models.messages.matching import AssignExpert, ExpertAssigned
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/visits",
    tags=["visits"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.post("/{visit_id}/assignments", status_code=201, summary="Send an expert yourself")
async def assign_expert(
    visit_id: VisitId,
    new: NewAssignment,
    principal: Staff,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> AssignedView:
    """Whoever proposed. The expert's calendar has the last word; the rest of the group is matched
    around them. A visit for several people stays open, at this time, until every position is
    filled. With `replaces`, in the place of somebody who is late, say: the new one is told first,
    then the old one, then the customer; until the old one is there."""
    response.status_code = 201
    visit = await services.reads.run(lambda s: VisitReads(s).visit(visit_id))
    if visit is None:
        raise NotFound("visit-unknown", "There is no such visit.")
    scope = scoped(request, principal, key)

    async def act() -> AssignedView:
        by = cause(request, principal, key)
        note = await write_note(services, visit.ticket_id, by.actor, new.reason, scope)
        message = AssignExpert(
            request_id=scope,
            visit_id=visit_id,
            position=new.position,
            expert_id=new.expert_id,
            start=new.start,
            by=by,
            note_id=note,
            customer_consent=new.customer_consent,
            instead_of=new.replaces,
        )
        # Every attempt is asked anew, for the calendar may have changed since it refused; the
        # request's id keeps the effect to one.
        update = TicketWorkflow.assign_expert
        assigned: ExpertAssigned = await ask(services, visit.ticket_id, update, message)
        return AssignedView.model_validate(assigned.model_dump())

    return await once(services, request, response, scope, new, AssignedView, act)
