"""The route of an expert's day: its stops in order, and when each is reached (docs/rules/routes.md,
The route)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from models.base import Value
from models.calendar import Window
from models.geography import Spot
from models.people.route import (
    Appointment,
    Errand,
    Origin,
    Route,
    RouteStatus,
    SetsOutFrom,
    Sighting,
    Stop,
)
from models.people.travel import Trip, Ways
from models.rules.people.arriving import sets_out_from
from models.rules.people.ordering import Ordered, ordered
from models.rules.people.passing import Halt, Passage, Round, passed
from models.visit import AssignmentState

MOST_STOPS = 40
"""Visits and errands of one day."""
_THERE = (AssignmentState.ON_SITE, AssignmentState.WORKING)
_SECOND = timedelta(seconds=1)


class Sheet(Value):
    """What a day's route is made from, in the order of the day. `opening` is when the expert begins
    to work at the latest; where they were `seen` is looked at on the day itself alone."""

    day: Window
    now: datetime
    opening: datetime
    home: Spot
    appointments: tuple[Appointment, ...]
    errands: tuple[Errand, ...]
    seen: Sighting | None = None

    @property
    def is_today(self) -> bool:
        """Whether it is that day now."""
        return self.day.start <= self.now < self.day.end

    @property
    def behind(self) -> tuple[Appointment, ...]:
        """The visits that are over, and those of which it is not told where they are."""
        return tuple(a for a in self.appointments if _is_over(a) or a.place is None)

    @property
    def current(self) -> Appointment | None:
        """The visit that the expert is at."""
        return self._first(*_THERE)

    @property
    def headed_for(self) -> Appointment | None:
        """The visit that the expert is on the way to."""
        return None if self.current else self._first(AssignmentState.EN_ROUTE)

    @property
    def ahead(self) -> tuple[Appointment, ...]:
        """The visits that are to be made, the one first that the expert is on the way to."""
        left = [a for a in self.appointments if a not in self.behind and a != self.current]
        return tuple(sorted(left, key=lambda a: a != self.headed_for))

    @property
    def origin(self) -> Origin:
        """Where the way to the next stop begins."""
        if self.current is not None and self.current.place is not None:
            return Origin(place=self.current.place, known_as=SetsOutFrom.PREVIOUS_STOP)
        if not self.is_today:
            return Origin(place=self.home, known_as=SetsOutFrom.HOME)
        made = [a.place for a in self.behind if _is_over(a) and a.place is not None]
        return sets_out_from(self.home, made[-1] if made else None, self.seen, self.now)

    @property
    def places(self) -> tuple[Spot, ...]:
        """Every place between which one travels: the origin, visits, errands, home."""
        visits = [a.place for a in self.ahead if a.place is not None]
        return (self.origin.place, *visits, *(e.place for e in self.errands), self.home)

    def _first(self, *states: AssignmentState) -> Appointment | None:
        found = (a for a in self.appointments if a.state in states and a.place is not None)
        return next(found, None) if self.is_today else None


def planned(sheet: Sheet, ways: Ways) -> Route:
    """The stops in order: visits as they are booked, errands where travel and lateness together are
    least; and when each is reached. `ways` are those between the places of the sheet."""
    task = _round(sheet, ways)
    found = _ordered(task, begun=sheet.headed_for is not None)
    made = [Stop(id=a.assignment_id, is_visit=True) for a in sheet.behind]
    if sheet.current is not None:
        leaves = max(sheet.now, sheet.current.window.end)
        made.append(Stop(id=sheet.current.assignment_id, is_visit=True, leaves=leaves))
    passages = list(passed(task, found.order))
    places = [0, *(p.place for p in passages)]
    coming = [
        _stop(sheet, passage, ways[before][passage.place])
        for before, passage in zip(places, passages, strict=False)
    ]
    back = ways[places[-1]][task.home] if made or coming else None
    left = passages[-1].leaves if passages else task.sets_out
    late = sum((stop.late for stop in coming), timedelta(0))
    trips = [stop.trip.lasts for stop in coming if stop.trip] + ([back.lasts] if back else [])
    return Route(
        status=_status(sheet, late),
        origin=sheet.origin.known_as,
        sets_out=_moment(sheet, task.sets_out),
        stops=(*made, *coming),
        way_home=back,
        home=_moment(sheet, left) + back.lasts if back else None,
        travel=sum(trips, timedelta(0)),
        late=late,
        is_least=found.is_least,
    )


def missed(route: Route) -> tuple[Stop, ...]:
    """The visits of a route that are not reached in time, in the order in which they are made."""
    return tuple(stop for stop in route.stops if stop.is_visit and stop.late)


def _round(sheet: Sheet, ways: Ways) -> Round:
    return Round(
        sets_out=_seconds(sheet, _sets_out(sheet, ways)),
        ways=[[trip.lasts // _SECOND for trip in row] for row in ways],
        booked=[_fixed(sheet, a.window) for a in sheet.ahead],
        free=[_loose(sheet, e) for e in sheet.errands],
    )


def _sets_out(sheet: Sheet, ways: Ways) -> datetime:
    """When work usually begins, earlier if the first visit asks for it; not before it is now, and
    not before the end of the visit that the expert is at."""
    if sheet.current is not None:
        return max(sheet.now, sheet.current.window.end)
    if sheet.headed_for is not None:
        return sheet.now
    begins = sheet.opening
    if sheet.ahead:
        begins = min(begins, sheet.ahead[0].window.start - ways[0][1].lasts)
    return max(begins, sheet.now) if sheet.is_today else begins


def _ordered(task: Round, *, begun: bool) -> Ordered:
    """The order of the stops; whoever is on the way to the first gets there first."""
    if not begun:
        return ordered(task)
    [first] = passed(task, (1,))
    rest = Round(
        sets_out=first.leaves,
        ways=[row[1:] for row in task.ways[1:]],
        booked=task.booked[1:],
        free=task.free,
    )
    found = ordered(rest)
    return Ordered((1, *(place + 1 for place in found.order)), found.is_least)


def _fixed(sheet: Sheet, window: Window) -> Halt:
    start = _seconds(sheet, window.start)
    return Halt(window.length // _SECOND, start, start)


def _loose(sheet: Sheet, errand: Errand) -> Halt:
    window = errand.window or sheet.day
    opens = _seconds(sheet, window.start)
    lasts = errand.length // _SECOND
    return Halt(lasts, opens, max(opens, _seconds(sheet, window.end) - lasts))


def _stop(sheet: Sheet, passage: Passage, trip: Trip) -> Stop:
    ids: Sequence[str] = [*(a.assignment_id for a in sheet.ahead), *(e.id for e in sheet.errands)]
    return Stop(
        id=ids[passage.place - 1],
        is_visit=passage.place <= len(sheet.ahead),
        trip=trip,
        arrives=_moment(sheet, passage.arrives),
        begins=_moment(sheet, passage.begins),
        leaves=_moment(sheet, passage.leaves),
        late=passage.late * _SECOND,
    )


def _status(sheet: Sheet, late: timedelta) -> RouteStatus:
    over = [a for a in sheet.appointments if _is_over(a)]
    if over and not (sheet.ahead or sheet.current or sheet.errands):
        return RouteStatus.DONE
    if late:
        return RouteStatus.LATE
    begun = over or sheet.current or sheet.headed_for
    return RouteStatus.UNDER_WAY if begun else RouteStatus.PLANNED


def _is_over(appointment: Appointment) -> bool:
    return appointment.state is AssignmentState.DONE


def _seconds(sheet: Sheet, moment: datetime) -> int:
    return (moment - sheet.day.start) // _SECOND


def _moment(sheet: Sheet, seconds: int) -> datetime:
    return sheet.day.start + seconds * _SECOND
