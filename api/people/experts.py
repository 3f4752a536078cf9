"""The expert's own pages: the open list, their work, what they earned."""

from datetime import datetime, timedelta

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
from models.calendar import grid_starts
from models.db.engine import Session
from models.db.market.reads import MarketReads, OpenVisit, Site, WorkItem
from models.db.money.reads import MoneyReads
from models.db.people.calendar import CalendarRepository
from models.db.people.reads import PeopleReads
from models.errors import NotFound
from models.identity import VisitId
from models.people.expert import Expert as WorkingExpert

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
            found = MarketReads(session).open_visits(expert, now, after=after, limit=_BATCH)
            fitting += [o for o in found if _fits_calendar(session, expert, o, now)]
            if len(found) < _BATCH:
                break
            after = (found[-1].opened_at, found[-1].id)
        page = fitting[:limit]
        more = len(fitting) > limit
        last = None
        if more:
            last = encode_cursor(page[-1].opened_at.isoformat(), page[-1].id)
        return Page(items=[_open_view(o) for o in page], next_cursor=last)

    return await services.reads.run(read)


@router.get("/marketplace/visits/{visit_id}", summary="Read an open visit")
async def open_visit(visit_id: VisitId, principal: Expert, services: With) -> OpenVisitView:
    """One visit of the open list."""

    def read(session: Session) -> OpenVisitView | None:
        expert = _verified(session, principal.subject)
        if expert is None:
            return None
        found = MarketReads(session).open_visits(expert, services.clock(), only=visit_id, limit=1)
        return _open_view(found[0]) if found else None

    view = await services.reads.run(read)
    if view is None:
        raise NotFound("visit-unknown", "There is no such visit.")
    return view


@router.get("/experts/me/work-items", summary="List your assignments")
async def work_items(principal: Expert, services: With) -> Page[WorkItemView]:
    """One item per assignment, soonest first, with address and contact."""

    def read(session: Session) -> Page[WorkItemView]:
        items = MarketReads(session).work(principal.subject)
        return Page(items=[_work_view(item) for item in items])

    return await services.reads.run(read)


@router.get("/experts/me/earnings", summary="List what you earned")
async def earnings(
    principal: Expert, services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[EarningView]:
    """One row per assignment that is done and billed."""
    position = decode_cursor(cursor, 1)
    found = await services.reads.run(
        lambda s: MoneyReads(s).earnings(
            principal.subject, position[0] if position else None, limit + 1
        )
    )
    page = found[:limit]
    last = encode_cursor(page[-1].assignment_id) if len(found) > limit else None
    return Page(items=[EarningView(**one.model_dump()) for one in page], next_cursor=last)


def _verified(session: Session, expert_id: str) -> WorkingExpert | None:
    expert = PeopleReads(session).expert(expert_id)
    return expert if expert and expert.status.may_work else None


def _fits_calendar(
    session: Session, expert: WorkingExpert, found: OpenVisit, now: datetime
) -> bool:
    """Whether some start in the customer's slots finds the expert free; without slots, it might."""
    if not found.times or found.place is None:
        return True
    [diary] = CalendarRepository(session).diaries([expert.id], now)
    busy = diary.busy(found.place)
    if not busy:
        return True
    length = timedelta(minutes=found.minutes)
    return any(
        not any(b.overlaps(start, start + length) for b in busy)
        for slot in found.times
        for start in grid_starts(slot, length, now)
    )


def _open_view(found: OpenVisit) -> OpenVisitView:
    return OpenVisitView(
        **found.model_dump(exclude={"ticket_number", "times", "place"}),
        ticket=f"T-{found.ticket_number}",
        slots=[SlotView(start=t.start, end=t.end) for t in found.times],
    )


def _work_view(item: WorkItem) -> WorkItemView:
    site = item.site
    return WorkItemView(
        assignment_id=item.assignment_id,
        visit_id=item.visit_id,
        ticket_id=item.ticket_id,
        ticket=f"T-{item.ticket_number}",
        position=item.position,
        state=item.state,
        start=item.window.start,
        end=item.window.end,
        category=item.category,
        description=site.description if site else None,
        customer_name=item.customer_name,
        customer_phone=item.customer_phone,
        address=f"{site.street}, {site.postcode} {site.city}" if site else None,
        geo=_geo(site),
    )


def _geo(site: Site | None) -> str | None:
    """A link that a phone opens its map with."""
    place = site.place if site else None
    return f"geo:{place.lat},{place.lng}" if place else None
