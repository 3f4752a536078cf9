"""The expert's own pages: the open list, their work, what they earned."""

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.http.dependencies import Expert, With, known_parameters
from api.http.paging import (
    MOST_ROWS,
    Cursor,
    Limit,
    Page,
    decode_moment,
    decode_name,
    encode_cursor,
    page_of,
)
from api.http.problems import RESPONSES
from api.http.tags import IfNoneMatch, unless_known
from api.people.refused import refused_view
from api.people.work import articles_for, work_view
from api.ticket.schemas import SlotView
from api.visit.report_schemas import RefusedReportView
from api.visit.schemas import EarningView, OpenVisitView, WorkItemView
from models.db.engine import Session
from models.db.market.open_list import OpenList, OpenVisit
from models.db.market.work import WorkList
from models.db.money.reads import MoneyReads
from models.db.people.calendar import CalendarRepository
from models.db.people.reads import PeopleReads
from models.db.visit.refused import RefusedReports
from models.errors import NotFound
from models.identity import VisitId
from models.people.expert import Expert as WorkingExpert

router = APIRouter(tags=["experts"], responses=RESPONSES, dependencies=[Depends(known_parameters)])


@router.get("/marketplace/visits", summary="List the open visits for your skills")
async def list_open_visits(
    principal: Expert, services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[OpenVisitView]:
    """Of your skills, in your zone or radius, and not in conflict with your calendar."""
    position = decode_moment(cursor)
    now = services.clock()

    def read(session: Session) -> Page[OpenVisitView]:
        [*found] = CalendarRepository(session).diaries([principal.subject], now)
        if not found or not found[0].expert.status.may_work:
            return Page(items=[])
        page = OpenList(session).open_visits(found[0], now, position, limit)
        last = encode_cursor(page.ended[0].isoformat(), page.ended[1]) if page.ended else None
        return Page(items=[_open_view(o) for o in page.visits], next_cursor=last)

    return await services.reads.run(read)


@router.get("/marketplace/visits/{visit_id}", summary="Read an open visit")
async def read_open_visit(visit_id: VisitId, principal: Expert, services: With) -> OpenVisitView:
    """One visit of the open list."""

    def read(session: Session) -> OpenVisitView | None:
        expert = _verified(session, principal.subject)
        if expert is None:
            return None
        found = OpenList(session).open_visit(expert, services.clock(), visit_id)
        return _open_view(found) if found else None

    view = await services.reads.run(read)
    if view is None:
        raise NotFound("visit-unknown", "There is no such visit.")
    return view


class WorkPage(Page[WorkItemView]):
    """A page of your assignments, and what else there is to see."""

    refused_reports: list[RefusedReportView] = Field(
        description="Reports that were accepted (202) and are refused since, the oldest first and "
        "on every page, until you say that you have seen them."
    )


@router.get(
    "/experts/me/work-items",
    summary="List your assignments",
    response_model=WorkPage,
    responses={304: {"description": "It is as you have it."}},
)
async def list_work_items(
    principal: Expert,
    request: Request,
    services: With,
    limit: Limit = MOST_ROWS,
    cursor: Cursor = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One item per assignment, soonest first; with address and contact, until two days after the
    work is done and for as long as you may work; and with what there is to read about the model.
    To be kept for where there is no network, as a day of yours is."""
    after, now = decode_moment(cursor), services.clock()

    def read(session: Session) -> WorkPage:
        found = WorkList(session).items(principal.subject, now, after=after, limit=limit + 1)
        articles = articles_for(session, found[:limit], principal.subject)
        page = page_of(
            found,
            limit,
            lambda item: [item.window.start.isoformat(), item.assignment_id],
            lambda item: work_view(item, articles),
        )
        refused = RefusedReports(session).to_see(principal.subject, now)
        return WorkPage(
            items=page.items,
            next_cursor=page.next_cursor,
            refused_reports=[refused_view(request, one) for one in refused],
        )

    return unless_known(await services.reads.run(read), if_none_match)


@router.get("/experts/me/earnings", summary="List what you earned")
async def list_earnings(
    principal: Expert, services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[EarningView]:
    """One row per assignment that is done and billed."""
    after = decode_name(cursor)
    found = await services.reads.run(
        lambda s: MoneyReads(s).earnings(principal.subject, after, limit + 1)
    )
    return page_of(
        found,
        limit,
        lambda one: [one.assignment_id],
        lambda one: EarningView(**one.model_dump()),
    )


def _verified(session: Session, expert_id: str) -> WorkingExpert | None:
    expert = PeopleReads(session).expert(expert_id)
    return expert if expert and expert.status.may_work else None


def _open_view(found: OpenVisit) -> OpenVisitView:
    return OpenVisitView(
        **found.model_dump(exclude={"ticket_number", "times", "place"}),
        ticket=f"T-{found.ticket_number}",
        slots=[SlotView(start=t.start, end=t.end) for t in found.times],
    )
