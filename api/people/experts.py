"""The expert's own pages: the open list, their work, what they earned."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends

from api.http.dependencies import (
    Cursor,
    Expert,
    Limit,
    Page,
    With,
    decode_cursor,
    decode_moment,
    encode_cursor,
    known_parameters,
)
from api.http.problems import RESPONSES
from api.ticket.schemas import SlotView
from api.visit.schemas import EarningView, OpenVisitView, WorkItemView
from models.calendar import Window, grid_starts
from models.db.engine import Session
from models.db.market.marketplace import MarketplaceRepository, OpenVisit, WorkItem
from models.db.money.aftercare import AftercareRepository
from models.db.people.calendar import CalendarRepository
from models.db.people.people import PeopleRepository
from models.db.people.tables import ExpertRow
from models.db.ticket.views import TicketViews
from models.errors import NotFound
from models.geography import Spot
from models.identity import VisitId
from models.people.expert import ExpertStatus

router = APIRouter(tags=["experts"], responses=RESPONSES, dependencies=[Depends(known_parameters)])
_BATCH = 100


@router.get("/marketplace/visits", summary="List the open visits for your skills")
async def open_visits(
    principal: Expert, services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[OpenVisitView]:
    """Of your skills, in your zone or radius, and not in conflict with your calendar."""
    position = decode_moment(cursor)
    now = services.clock()

    def read(session: Session) -> Page[OpenVisitView]:
        expert = _verified(session, principal.subject)
        if expert is None:
            return Page(items=[])
        after = position
        fitting: list[OpenVisit] = []
        while len(fitting) <= limit:
            found = MarketplaceRepository(session).open_visits(
                expert, now, after=after, limit=_BATCH
            )
            fitting += [o for o in found if _fits_calendar(session, expert, o, now)]
            if len(found) < _BATCH:
                break
            after = (found[-1].ticket.opened_at, found[-1].visit.id)
        page = fitting[:limit]
        more = len(fitting) > limit
        last = None
        if more:
            last = encode_cursor(page[-1].ticket.opened_at.isoformat(), page[-1].visit.id)
        return Page(items=[_open_view(o) for o in page], next_cursor=last)

    return await services.reads.run(read)


@router.get("/marketplace/visits/{visit_id}", summary="Read an open visit")
async def open_visit(visit_id: VisitId, principal: Expert, services: With) -> OpenVisitView:
    """One visit of the open list."""

    def read(session: Session) -> OpenVisitView | None:
        expert = _verified(session, principal.subject)
        if expert is None:
            return None
        found = MarketplaceRepository(session).open_visits(
            expert, services.clock(), only=visit_id, limit=1
        )
        return _open_view(found[0]) if found else None

    view = await services.reads.run(read)
    if view is None:
        raise NotFound("visit-unknown", "There is no such visit.")
    return view


@router.get("/experts/me/work-items", summary="List your assignments")
async def work_items(principal: Expert, services: With) -> Page[WorkItemView]:
    """One item per assignment, soonest first, with address and contact."""

    def read(session: Session) -> Page[WorkItemView]:
        since = datetime.min.replace(tzinfo=UTC)
        items = MarketplaceRepository(session).work(principal.subject, since)
        return Page(items=[_work_view(session, item) for item in items])

    return await services.reads.run(read)


@router.get("/experts/me/earnings", summary="List what you earned")
async def earnings(
    principal: Expert, services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[EarningView]:
    """One row per assignment that is done and billed."""
    position = decode_cursor(cursor, 1)
    rows = await services.reads.run(
        lambda s: AftercareRepository(s).earnings(
            principal.subject, position[0] if position else None, limit + 1
        )
    )
    page = rows[:limit]
    last = encode_cursor(page[-1].assignment_id) if len(rows) > limit else None
    return Page(
        items=[EarningView(**r.model_dump(exclude={"expert_id"})) for r in page], next_cursor=last
    )


def _verified(session: Session, expert_id: str) -> ExpertRow | None:
    row = PeopleRepository(session).expert_row(expert_id)
    return row if row and ExpertStatus(row.status).may_work else None


def _times(found: OpenVisit) -> list[dict[str, Any]]:
    """When an open visit may be: the customer's times, or the one that a hand fixed."""
    if found.visit.start_at is not None:
        return [{"start": found.visit.start_at, "end": found.visit.end_at}]
    return found.visit.slots or found.ticket.slots


def _fits_calendar(session: Session, expert: ExpertRow, found: OpenVisit, now: datetime) -> bool:
    """Whether some start in the customer's slots finds the expert free; without slots, it might."""
    slots = [Window(**s) for s in _times(found)]
    if not slots or found.place.lat is None or found.place.lng is None:
        return True
    place = Spot(lat=found.place.lat, lng=found.place.lng)
    [diary] = CalendarRepository(session).diaries([expert.id], now)
    busy = diary.busy(place)
    if not busy:
        return True
    length = timedelta(minutes=found.visit.minutes)
    return any(
        not any(b.overlaps(start, start + length) for b in busy)
        for slot in slots
        for start in grid_starts(slot, length, now)
    )


def _open_view(found: OpenVisit) -> OpenVisitView:
    return OpenVisitView(
        id=found.visit.id,
        ticket=f"T-{found.ticket.number}",
        city=found.place.city,
        zone=found.ticket.zone,
        category=found.ticket.category,
        urgency=found.ticket.urgency,
        minutes=found.visit.minutes,
        positions=found.visit.positions,
        slots=[SlotView(**s) for s in _times(found)],
        match_state=found.match_state,
        opened_at=found.ticket.opened_at,
    )


def _work_view(session: Session, item: WorkItem) -> WorkItemView:
    private = TicketViews(session).private(item.ticket.id)
    customer = PeopleRepository(session).customer(item.ticket.customer_id)
    located = private and private.lat is not None
    return WorkItemView(
        assignment_id=item.assignment.id,
        visit_id=item.visit.id,
        ticket_id=item.ticket.id,
        ticket=f"T-{item.ticket.number}",
        position=item.assignment.position,
        state=item.assignment.state,
        start=item.assignment.start_at,
        end=item.assignment.end_at,
        category=item.ticket.category,
        description=private.description if private else None,
        customer_name=customer.name if customer else None,
        customer_phone=customer.phone if customer else None,
        address=f"{private.street}, {private.postcode} {private.city}" if private else None,
        geo=f"geo:{private.lat},{private.lng}" if private and located else None,
    )
