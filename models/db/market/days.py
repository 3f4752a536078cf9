"""What stands on a day of an expert's, and the route of it as it is written down."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.db.engine import Session
from models.db.market.work import WorkItem, WorkList
from models.db.people.calendar import CalendarRepository
from models.db.people.errands import ErrandRepository
from models.db.people.positions import PositionRepository
from models.db.people.routes import RecordedStop, RouteRepository
from models.people.expert import ExpertFile
from models.people.route import Appointment, Errand, Route
from models.rules.people.daylight import day_at, day_of, opening_of
from models.rules.people.routing import Sheet


class Gathered(NamedTuple):
    """What stands on an expert's day, and what its route is made from."""

    expert_id: str
    day: date
    tz: str
    items: tuple[WorkItem, ...]
    errands: tuple[Errand, ...]
    sheet: Sheet


def gathered(session: Session, file: ExpertFile, asked: date | None, now: datetime) -> Gathered:
    """A day of an expert's, today if none is named, where they live."""
    zone = ZoneInfo(file.tz)
    day = asked or day_at(now, zone)
    during = day_of(day, zone)
    items = tuple(WorkList(session).items(file.id, now, during=during))
    errands = tuple(errand for _, errand in ErrandRepository(session).of(file.id, day))
    sheet = Sheet(
        day=during,
        now=now,
        opening=opening_of(day, CalendarRepository(session).week(file.id), zone),
        home=file.home,
        appointments=tuple(map(_appointment, items)),
        errands=errands,
        seen=PositionRepository(session).last(file.id),
    )
    return Gathered(file.id, day, file.tz, items, errands, sheet)


def write_down(session: Session, found: Gathered, route: Route) -> bool:
    """Keep the route of a day that is not over, if it is another than the last one: False, if it is
    not. Written twice, it is there once. A day on which nothing is left is written down only if
    there was something before."""
    stops, history = recorded(found, route), RouteRepository(session)
    if found.sheet.now >= found.sheet.day.end:
        return False
    if not stops and not history.is_known(found.expert_id, found.day):
        return False
    due = min((stop.due or stop.eta or route.sets_out for stop in stops), default=route.sets_out)
    return history.record(found.expert_id, found.day, due, route.status, stops, found.sheet.now)


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


def whole_minutes(length: timedelta) -> int:
    """Minutes, of which one that has begun counts."""
    return -(-length // timedelta(minutes=1))


def _appointment(item: WorkItem) -> Appointment:
    return Appointment(
        assignment_id=item.assignment_id,
        window=item.window,
        state=item.state,
        place=item.site.place if item.site else None,
    )
