"""A day of an expert's, gathered and planned."""

import asyncio
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from api.http import asking
from api.http.services import Services
from api.people.knowing import known
from models.db.engine import Session
from models.db.market.work import WorkItem, WorkList
from models.db.people.calendar import CalendarRepository
from models.db.people.errands import ErrandRepository
from models.db.people.positions import PositionRepository
from models.db.people.routes import RecordedStop, RouteRepository
from models.people.route import Appointment, Errand, Route
from models.rules.people.daylight import day_at, day_of, opening_of
from models.rules.people.routing import Sheet, planned

FOR_MAPS = 1.1
"""Seconds that a reader waits for the map servers at the most; then ways are reckoned."""
FOR_US = 0.3
"""Seconds that are left for the rest of the answer."""


class Gathered(NamedTuple):
    """What stands on an expert's day, and what its route is made from."""

    day: date
    tz: str
    items: tuple[WorkItem, ...]
    errands: tuple[Errand, ...]
    sheet: Sheet


def gathered(session: Session, expert_id: str, asked: date | None, now: datetime) -> Gathered:
    """A day of an expert's, today if none is named, where they live.

    Raises:
        NotFound: `expert-unknown`.
    """
    file = known(session, expert_id)
    zone = ZoneInfo(file.tz)
    day = asked or day_at(now, zone)
    during = day_of(day, zone)
    items = tuple(WorkList(session).items(expert_id, now, during=during))
    errands = tuple(errand for _, errand in ErrandRepository(session).of(expert_id, day))
    sheet = Sheet(
        day=during,
        now=now,
        opening=opening_of(day, CalendarRepository(session).week(expert_id), zone),
        home=file.home,
        appointments=tuple(map(_appointment, items)),
        errands=errands,
        seen=PositionRepository(session).last(expert_id),
    )
    return Gathered(day, file.tz, items, errands, sheet)


async def route_of(services: Services, expert_id: str, found: Gathered) -> Route:
    """The route of a day, written down if it is another than before. No map server is waited for
    longer than a moment."""
    sheet = found.sheet
    ways = await services.travel.between(sheet.places, asking.rest(FOR_MAPS + FOR_US) - FOR_US)
    route = await asyncio.to_thread(planned, sheet, ways)
    stops = recorded(found, route)
    if stops and sheet.now < sheet.day.end:
        due = min(stop.due or stop.eta or route.sets_out for stop in stops)

        def write(session: Session) -> None:
            RouteRepository(session).record(
                expert_id, found.day, due, route.status, stops, sheet.now
            )

        # Written twice, it is there once: it is compared with the last one of the day.
        await services.reads.settle(write)
    return route


def recorded(found: Gathered, route: Route) -> tuple[RecordedStop, ...]:
    """A route as its history has it."""
    due: dict[str, datetime] = {item.assignment_id: item.window.start for item in found.items}
    due |= {errand.id: errand.window.start for errand in found.errands if errand.window}
    return tuple(
        RecordedStop(
            id=stop.id,
            is_visit=stop.is_visit,
            due=due.get(stop.id),
            eta=stop.arrives,
            travel_minutes=None if stop.trip is None else whole_minutes(stop.trip.lasts),
        )
        for stop in route.stops
    )


def _appointment(item: WorkItem) -> Appointment:
    return Appointment(
        assignment_id=item.assignment_id,
        window=item.window,
        state=item.state,
        place=item.site.place if item.site else None,
    )


def whole_minutes(length: timedelta) -> int:
    """Minutes, of which one that has begun counts."""
    return -(-length // timedelta(minutes=1))
