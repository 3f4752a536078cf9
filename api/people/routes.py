"""The route of an expert's day: theirs to follow, and the helpdesk's to see."""

from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query

from api.http.dependencies import Expert, Staff, With, known_parameters
from api.http.paging import Cursor, Limit, Page, decode_number, page_of
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Day
from api.people.knowing import known
from api.people.planning import gathered, route_of
from api.people.road import PastRouteView, PastStopView, RouteStopView, RouteView
from api.people.work import address_of, map_links, place_of
from models.db.engine import Session
from models.db.market.days import Gathered, whole_minutes
from models.db.market.work import WorkItem
from models.db.people.routes import RecordedRoute, RouteRepository
from models.identity import ExpertId
from models.people.route import Errand, Route, Stop
from models.rules.people.daylight import day_at
from models.rules.people.wayfinding import geo_of

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
ChosenDay = Annotated[
    Day | None,
    Query(alias="date", description="YYYY-MM-DD, where the expert lives; today, if not said."),
]


@router.get("/me/route", summary="Read your route of a day")
async def read_route(principal: Expert, services: With, day: ChosenDay = None) -> RouteView:
    """Visits as they are booked, and your errands where travel and lateness together are least;
    with the way to each stop, when you get there, and how your own map shows it."""
    return await _route(services, principal.subject, day)


@router.get("/me/route/history", summary="Read what your route of a day was")
async def list_route_history(
    principal: Expert,
    services: With,
    day: ChosenDay = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PastRouteView]:
    """A row for every route that was another, the oldest first."""
    return await _history(services, principal.subject, day, limit, cursor)


@router.get("/{expert_id}/route", summary="Read an expert's route of a day")
async def read_route_of_expert(
    expert_id: ExpertId, principal: Staff, services: With, day: ChosenDay = None
) -> RouteView:
    """As they see it themselves, without where they are."""
    return await _route(services, expert_id, day)


@router.get("/{expert_id}/route/history", summary="Read what an expert's route of a day was")
async def list_route_history_of_expert(
    expert_id: ExpertId,
    principal: Staff,
    services: With,
    day: ChosenDay = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PastRouteView]:
    """As they see it themselves: a row for every route that was another, the oldest first, also of
    those that nobody read."""
    return await _history(services, expert_id, day, limit, cursor)


async def _history(
    services: Services, expert_id: str, day: date | None, limit: int, cursor: str | None
) -> Page[PastRouteView]:
    after = decode_number(cursor)

    def read(session: Session) -> list[RecordedRoute]:
        tz = known(session, expert_id).tz
        asked = day or day_at(services.clock(), ZoneInfo(tz))
        last = after[0] if after else 0
        return RouteRepository(session).of(expert_id, asked, last, limit + 1)

    found = await services.reads.run(read)
    return page_of(found, limit, lambda past: [str(past.seq), ""], _past_view)


async def _route(services: Services, expert_id: str, day: date | None) -> RouteView:
    now = services.clock()
    found = await services.reads.run(lambda s: gathered(s, expert_id, day, now))
    return _view(found, await route_of(services, found))


def _view(found: Gathered, route: Route) -> RouteView:
    items = {item.assignment_id: item for item in found.items}
    errands = {errand.id: errand for errand in found.errands}
    back = route.way_home
    return RouteView(
        date=found.day,
        tz=found.tz,
        status=route.status,
        origin=route.origin,
        sets_out_at=route.sets_out,
        stops=[
            _visit(stop, items[stop.id]) if stop.is_visit else _errand(stop, errands[stop.id])
            for stop in route.stops
        ],
        way_home_minutes=whole_minutes(back.lasts) if back else None,
        source=back.source if back else None,
        server=back.server if back else None,
        home_at=route.home,
        travel_minutes=whole_minutes(route.travel),
        late_minutes=whole_minutes(route.late),
        is_least=route.is_least,
    )


def _visit(stop: Stop, item: WorkItem) -> RouteStopView:
    place = place_of(item)
    return RouteStopView(
        assignment_id=item.assignment_id,
        visit_id=item.visit_id,
        ticket=f"T-{item.ticket_number}",
        address=address_of(item),
        state=item.state,
        start=item.window.start,
        end=item.window.end,
        minutes=whole_minutes(item.window.length),
        geo=geo_of(place),
        maps=map_links(place),
        **_passing(stop),
    )


def _errand(stop: Stop, errand: Errand) -> RouteStopView:
    window = errand.window
    return RouteStopView(
        stop_id=errand.id,
        title=errand.title,
        start=window.start if window else None,
        end=window.end if window else None,
        minutes=errand.minutes,
        geo=geo_of(errand.place),
        maps=map_links(errand.place),
        **_passing(stop),
    )


def _passing(stop: Stop) -> dict[str, Any]:
    trip = stop.trip
    return {
        "travel_minutes": whole_minutes(trip.lasts) if trip else None,
        "source": trip.source if trip else None,
        "server": trip.server if trip else None,
        "eta": stop.arrives,
        "begins_at": stop.begins,
        "leaves_at": stop.leaves,
        "late_minutes": whole_minutes(stop.late),
    }


def _past_view(past: RecordedRoute) -> PastRouteView:
    return PastRouteView(
        due_at=past.due_at,
        route=[
            PastStopView(
                assignment_id=stop.id if stop.is_visit else None,
                stop_id=None if stop.is_visit else stop.id,
                due_at=stop.due,
                eta=stop.eta,
                travel_minutes=stop.travel_minutes,
            )
            for stop in past.stops
        ],
        updated_at=past.updated_at,
        status=past.status,
    )
