"""Groups: chaining visits, and why they were settled as they were."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from api.http.dependencies import (
    CustomerOrStaff,
    ExpertOrStaff,
    IdempotencyKey,
    OptionalKey,
    Seen,
    Staff,
    With,
    cause,
    known_parameters,
)
from api.http.idempotency import once, scoped
from api.http.paging import Cursor, Limit, Page, decode_number, page_of
from api.http.problems import RESPONSES
from api.http.text import windows
from api.intake.commands import ask
from api.matching.explanations import explained
from api.matching.schemas import (
    DecisionView,
    GroupStandingView,
    GroupView,
    NewDependency,
    NewVisit,
    VisitAddedView,
)
from api.ticket.schemas import TicketStandingView
from api.ticket.sight import ticket_for
from models.db.visit.reads import VisitReads
from models.errors import Invalid, NotFound
from models.identity import GroupId, TicketId
from models.messages.matching import GroupStanding, ReEvaluate
from models.messages.ticket import TicketStanding
from models.messages.visit import AddDependency, AddVisit, VisitAdded
from models.visit import Dependency, Following, Position
from workflows.ticket.story import TicketWorkflow

router = APIRouter(tags=["groups"], responses=RESPONSES, dependencies=[Depends(known_parameters)])


@router.post("/tickets/{ticket_id}/visits", status_code=201, summary="Add a visit")
async def add_visit(
    ticket_id: TicketId,
    new: NewVisit,
    principal: Staff,
    seen: Seen,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> VisitAddedView:
    """On its own, or after others; with several positions, several experts come at one time."""
    response.status_code = 201
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)
    for index, position in enumerate(new.positions):
        services.reference.require_skill(position.skill, f"/positions/{index}/skill")
    message = AddVisit(
        duration=timedelta(minutes=new.minutes),
        positions=tuple(
            Position(idx=index, skill=p.skill, min_level=p.min_level)
            for index, p in enumerate(new.positions)
        ),
        slots=None if new.slots is None else tuple(windows(new.slots, "/slots")),
        after=tuple(
            Following(predecessor=a.visit_id, **a.model_dump(exclude={"visit_id"}))
            for a in new.after
        ),
        by=cause(request, principal, key, seen),
    )

    async def act() -> VisitAddedView:
        added: VisitAdded = await ask(services, ticket_id, TicketWorkflow.add_visit, message, scope)
        return VisitAddedView(visit_id=added.visit_id, group_id=added.group_id)

    return await once(services, request, response, scope, new, VisitAddedView, act)


@router.post("/tickets/{ticket_id}/dependencies", status_code=201, summary="Chain two visits")
async def add_dependency(
    ticket_id: TicketId,
    new: NewDependency,
    principal: Staff,
    seen: Seen,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> TicketStandingView:
    """Their groups become one, and are settled together or not at all."""
    response.status_code = 201
    await ticket_for(services, ticket_id, principal)
    scope = scoped(request, principal, key)
    if new.predecessor == new.successor:
        raise Invalid("dependency-cycle", "A visit cannot wait for itself.", field="/successor")

    async def act() -> TicketStandingView:
        message = AddDependency(
            dependency=Dependency(**new.model_dump()), by=cause(request, principal, key, seen)
        )
        standing: TicketStanding = await ask(
            services, ticket_id, TicketWorkflow.add_dependency, message, scope
        )
        return TicketStandingView(
            id=ticket_id, status=standing.status, round=standing.round, seq=standing.seq
        )

    return await once(services, request, response, scope, new, TicketStandingView, act)


@router.get("/tickets/{ticket_id}/groups", summary="List the groups of a ticket")
async def list_groups(
    ticket_id: TicketId,
    principal: CustomerOrStaff,
    services: With,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GroupView]:
    """Which visits are settled together, and how far that is; by round."""
    after = decode_number(cursor)
    await ticket_for(services, ticket_id, principal)
    found = await services.reads.run(lambda s: VisitReads(s).groups(ticket_id, after, limit + 1))
    return page_of(
        found,
        limit,
        lambda group: [str(group.round), group.id],
        lambda group: GroupView(**group.model_dump(mode="json")),
    )


@router.post("/tickets/{ticket_id}/groups/{group_id}/re-evaluate", summary="Evaluate a group")
async def reevaluate_group(
    ticket_id: TicketId,
    group_id: GroupId,
    principal: Staff,
    seen: Seen,
    request: Request,
    services: With,
    key: OptionalKey = None,
) -> GroupStandingView:
    """At once, from fresh calendars. Nothing is changed by asking twice."""
    await ticket_for(services, ticket_id, principal)
    message = ReEvaluate(group_id=group_id, by=cause(request, principal, key, seen))
    standing: GroupStanding = await ask(
        services, ticket_id, TicketWorkflow.re_evaluate, message, scoped(request, principal, key)
    )
    return GroupStandingView.model_validate(standing.model_dump())


@router.get("/groups/{group_id}/decision", summary="Read why a group was booked as it was")
async def read_decision(
    group_id: GroupId, principal: ExpertOrStaff, services: With
) -> DecisionView:
    """The chosen solution, its keys, who was sent by hand, and why each proposal won or lost;
    experts read their own."""
    own = None if principal.role.is_staff else principal.subject
    told = await services.reads.run(lambda s: explained(s, group_id, own))
    if told is None:
        raise NotFound("decision-unknown", "Nothing was decided about such a group.")
    return told
