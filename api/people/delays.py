"""Which visits of an expert's day they cannot reach in time, and who could make them instead."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Depends

from api.http.dependencies import Staff, With, known_parameters
from api.http.problems import RESPONSES
from api.intake.looking import look
from api.people.planning import gathered, route_of
from api.people.road import DelayedVisitView, DelaysView, StandInView
from api.people.routes import ChosenDay
from api.people.work import place_of
from models.brief import Candidate
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads
from models.db.market.days import whole_minutes
from models.db.market.work import WorkItem
from models.db.people.reads import PeopleReads
from models.db.people.toolbox import ToolboxRepository
from models.identity import ExpertId
from models.people.route import Stop
from models.rules.escalation.sending import would_take
from models.rules.escalation.stand_ins import stand_ins
from models.rules.people.routing import missed
from models.ticket import Ticket
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
MOST = 3
"""Candidates that are shown of each visit."""


@router.get("/{expert_id}/delays", summary="Read which visits an expert is late for")
async def list_delays(
    expert_id: ExpertId, principal: Staff, services: With, day: ChosenDay = None
) -> DelaysView:
    """As their route reckons it, from where they are and from how long the visit takes that they
    are at; each with up to three who could make it instead, in the order of `CANNOT_ARRIVE`. To
    hand one over, send the candidate with `POST /v1/visits/{visit_id}/assignments`, for `start`
    and `position`, and say whom they replace."""
    now = services.clock()
    found = await services.reads.run(lambda s: gathered(s, expert_id, day, now))
    route = await route_of(services, found)
    items = {item.assignment_id: item for item in found.items}
    late = [(stop, items[stop.id]) for stop in missed(route)]
    tickets = await asyncio.gather(
        *(look(services, item.ticket_id, TicketWorkflow.ticket) for _, item in late)
    )

    def read(session: Session) -> list[DelayedVisitView]:
        return [
            _delayed(stop, item, _candidates(session, ticket, item, now))
            for (stop, item), ticket in zip(late, tickets, strict=True)
        ]

    delays = await services.reads.run(read) if late else []
    return DelaysView(
        expert_id=expert_id, date=found.day, tz=found.tz, status=route.status, delays=delays
    )


def _candidates(
    session: Session, ticket: Ticket, item: WorkItem, now: datetime
) -> list[StandInView]:
    """Who could make a visit in the place of who holds it, the best first."""
    visit, place = ticket.visit(item.visit_id), place_of(item)
    if visit is None or place is None or ticket.filing.zone is None:
        return []
    position = next(p for p in visit.positions if p.idx == item.position)
    pool = EscalationReads(session).fit(ticket, visit, position, place, now)

    def takes(candidate: Candidate) -> bool:
        return would_take(ticket, candidate, now)

    best = stand_ins(pool, ticket, visit, position, place, now, takes=takes)[:MOST]
    ids = [candidate.expert_id for candidate in best]
    people, tools = PeopleReads(session).contacts(ids), ToolboxRepository(session).of_several(ids)
    return [
        _stand_in(one, people[one.expert_id].name, tools.get(one.expert_id, [])) for one in best
    ]


def _delayed(stop: Stop, item: WorkItem, candidates: Sequence[StandInView]) -> DelayedVisitView:
    return DelayedVisitView(
        assignment_id=item.assignment_id,
        visit_id=item.visit_id,
        ticket_id=item.ticket_id,
        ticket=f"T-{item.ticket_number}",
        position=item.position,
        state=item.state,
        start=item.window.start,
        end=item.window.end,
        eta=stop.arrives,
        source=stop.trip.source if stop.trip else None,
        late_minutes=whole_minutes(stop.late),
        candidates=list(candidates),
    )


def _stand_in(candidate: Candidate, name: str, tools: list[str]) -> StandInView:
    return StandInView(
        **candidate.model_dump(
            include={"expert_id", "start", "end", "distance_km", "travel_minutes", "offered"}
        ),
        source=candidate.travel_source,
        name=name,
        tools=tools,
    )
