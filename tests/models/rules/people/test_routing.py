"""The route of a day: who is where when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.calendar import Window
from models.geography import Spot
from models.people.route import (
    Appointment,
    Errand,
    Route,
    RouteStatus,
    SetsOutFrom,
    Sighting,
    Stop,
)
from models.people.travel import TravelSource, Trip
from models.rules.people.routing import Sheet, planned
from models.visit import AssignmentState

MIDNIGHT = datetime(2026, 12, 8, tzinfo=UTC)
DAY = Window(start=MIDNIGHT, end=MIDNIGHT + timedelta(days=1))
YESTERDAY = MIDNIGHT - timedelta(hours=12)
HOME = Spot(lat=0.0, lng=0.0)
DONE, WORKING = AssignmentState.DONE, AssignmentState.WORKING


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def spot(kilometre: int) -> Spot:
    """A place on a road that begins at home."""
    return Spot(lat=0.0, lng=float(kilometre))


def visit(name: str, hour: float, kilometre: int | None = 10, **more: Any) -> Appointment:
    """An hour at a place from some time on."""
    return Appointment(
        assignment_id=name,
        window=Window(start=at(hour), end=at(hour + 1)),
        state=more.get("state", AssignmentState.RESERVED),
        place=None if kilometre is None else spot(kilometre),
    )


def errand(name: str, kilometre: int, window: Window | None = None) -> Errand:
    return Errand(
        id=name,
        day=date(2026, 12, 8),
        title="Relay",
        minutes=30,
        place=spot(kilometre),
        window=window,
    )


def route(*stops: Appointment | Errand, now: datetime = YESTERDAY, **more: Any) -> Route:
    """A day on a road where a kilometre takes a minute."""
    sheet = Sheet(
        day=DAY,
        now=now,
        opening=more.pop("opening", at(8)),
        home=HOME,
        appointments=tuple(s for s in stops if isinstance(s, Appointment)),
        errands=tuple(s for s in stops if isinstance(s, Errand)),
        **more,
    )
    ways = [[trip(abs(a.lng - b.lng)) for b in sheet.places] for a in sheet.places]
    return planned(sheet, ways)


def trip(kilometres: float) -> Trip:
    return Trip(lasts=minutes(int(kilometres)), source=TravelSource.VALHALLA, server=1)


def coming(found: Route) -> list[tuple[str, datetime | None, datetime | None, datetime | None]]:
    return [(s.id, s.arrives, s.begins, s.leaves) for s in found.stops]


def test_a_day_ahead_goes_from_home_to_its_visits_and_home_again() -> None:
    found = route(visit("one", 9, 10), visit("two", 11, 30))
    assert coming(found) == [
        ("one", at(8) + minutes(10), at(9), at(10)),
        ("two", at(10) + minutes(20), at(11), at(12)),
    ]
    assert [s.trip for s in found.stops] == [trip(10), trip(20)]
    assert all(s.is_visit for s in found.stops)
    assert (found.origin, found.sets_out) == (SetsOutFrom.HOME, at(8))
    assert (found.way_home, found.home) == (trip(30), at(12) + minutes(30))
    assert (found.travel, found.late) == (minutes(60), minutes(0))
    assert found.status is RouteStatus.PLANNED
    assert found.is_least


def test_a_day_without_stops_goes_nowhere() -> None:
    found = route()
    assert found == Route(
        status=RouteStatus.PLANNED,
        origin=SetsOutFrom.HOME,
        sets_out=at(8),
        stops=(),
        way_home=None,
        home=None,
        travel=minutes(0),
        late=minutes(0),
        is_least=True,
    )


@pytest.mark.parametrize(("first", "sets_out"), [(7, 6.5), (8.5, 8), (8.75, 8)])
def test_an_early_visit_makes_the_day_begin_early(first: float, sets_out: float) -> None:
    found = route(visit("one", first, 30))
    assert found.sets_out == at(sets_out)
    assert found.late == minutes(0)


def test_an_errand_goes_where_it_costs_least_and_moves_no_visit() -> None:
    booked = visit("one", 9, 10), visit("two", 13, 30)
    found = route(*booked, errand("far", 20), errand("near", 5))
    assert [s.id for s in found.stops] == ["near", "one", "far", "two"]
    assert [s.is_visit for s in found.stops] == [False, True, False, True]
    begins = {s.id: s.begins for s in found.stops}
    assert (begins["one"], begins["two"]) == (at(9), at(13))
    assert begins["near"] == at(8) + minutes(5)
    assert begins["far"] == at(10) + minutes(10)
    assert found.travel == minutes(60)


def test_an_errand_has_its_window() -> None:
    window = Window(start=at(15), end=at(15.5))
    found = route(visit("one", 9, 10), errand("shop", 5, window))
    [_, shop] = found.stops
    assert (shop.id, shop.begins, shop.leaves, shop.late) == ("shop", at(15), at(15.5), minutes(0))


def test_an_errand_ends_within_its_window_or_is_late_by_as_much() -> None:
    found = route(visit("one", 9, 10), errand("shop", 10, Window(start=at(9.5), end=at(10.25))))
    assert [s.id for s in found.stops] == ["one", "shop"]
    assert [s.late for s in found.stops] == [minutes(0), minutes(15)]
    assert found.status is RouteStatus.LATE


def test_whoever_cannot_be_in_time_is_late_and_so_is_who_comes_after() -> None:
    found = route(visit("one", 9, 10), visit("two", 10.25, 30), visit("three", 11.25, 60))
    assert [s.late for s in found.stops] == [minutes(0), minutes(5), minutes(35)]
    assert [s.begins for s in found.stops] == [at(9), at(10) + minutes(20), at(11) + minutes(50)]
    assert found.late == minutes(40)
    assert found.status is RouteStatus.LATE


def test_today_the_way_begins_now_from_the_stop_before() -> None:
    now = at(10) + minutes(30)
    found = route(visit("one", 9, 10, state=DONE), visit("two", 13, 30), now=now)
    [one, two] = found.stops
    assert one == Stop(id="one", is_visit=True)
    assert (two.arrives, two.begins) == (now + minutes(20), at(13))
    assert (found.origin, found.sets_out) == (SetsOutFrom.PREVIOUS_STOP, now)
    assert found.status is RouteStatus.UNDER_WAY
    assert found.travel == minutes(20 + 30)


def test_today_before_work_begins_the_day_is_still_as_planned() -> None:
    found = route(visit("one", 9, 10), now=at(5))
    assert (found.origin, found.sets_out) == (SetsOutFrom.HOME, at(8))
    assert found.status is RouteStatus.PLANNED


def test_today_the_way_begins_where_the_phone_is() -> None:
    now = at(10)
    seen = Sighting(place=spot(29), at=now - minutes(10))
    found = route(visit("one", 13, 30), now=now, seen=seen)
    assert found.origin is SetsOutFrom.POSITION
    assert found.stops[0].arrives == now + minutes(1)
    stale = Sighting(place=spot(29), at=now - minutes(11))
    assert route(visit("one", 13, 30), now=now, seen=stale).origin is SetsOutFrom.HOME
    other_day = route(visit("one", 13, 30), now=YESTERDAY, seen=Sighting(place=HOME, at=YESTERDAY))
    assert other_day.origin is SetsOutFrom.HOME


@pytest.mark.parametrize("state", [AssignmentState.ON_SITE, AssignmentState.WORKING])
def test_whoever_is_at_a_visit_goes_on_when_it_ends(state: AssignmentState) -> None:
    booked = visit("one", 9, 10, state=state), visit("two", 11, 30)
    seen = Sighting(place=spot(500), at=at(9.5))
    found = route(*booked, now=at(9.5), seen=seen)
    assert found.stops[0] == Stop(id="one", is_visit=True, leaves=at(10))
    assert found.stops[1].arrives == at(10) + minutes(20)
    assert found.origin is SetsOutFrom.PREVIOUS_STOP
    overdue = route(*booked, now=at(10.5))
    assert overdue.stops[0].leaves == at(10.5)
    assert overdue.stops[1].arrives == at(10.5) + minutes(20)


def test_whoever_is_on_the_way_to_a_visit_gets_there_first() -> None:
    on_the_way = visit("two", 13, 30, state=AssignmentState.EN_ROUTE)
    booked = visit("one", 10, 10, state=DONE), on_the_way, errand("shop", 20)
    found = route(*booked, now=at(11))
    assert [s.id for s in found.stops] == ["one", "two", "shop"]
    assert found.stops[1].arrives == at(11) + minutes(20)
    assert found.status is RouteStatus.UNDER_WAY
    tomorrow = route(visit("one", 10, 10), on_the_way, errand("shop", 20))
    assert [s.id for s in tomorrow.stops] == ["one", "shop", "two"]


def test_what_comes_after_the_visit_that_somebody_is_on_the_way_to_is_put_in_order() -> None:
    on_the_way = visit("one", 10, 30, state=AssignmentState.EN_ROUTE)
    later = visit("two", 14, 60), visit("three", 17, 20)
    found = route(on_the_way, *later, errand("far", 50), errand("near", 25), now=at(9))
    assert [s.id for s in found.stops] == ["one", "far", "two", "near", "three"]
    assert [s.trip for s in found.stops] == [trip(n) for n in (30, 20, 10, 35, 5)]


def test_on_the_way_there_is_no_waiting_for_the_usual_hour() -> None:
    found = route(visit("one", 9, 10, state=AssignmentState.EN_ROUTE), now=at(6))
    assert (found.sets_out, found.stops[0].arrives) == (at(6), at(6) + minutes(10))


def test_what_its_expert_may_not_read_is_listed_and_not_travelled_to() -> None:
    found = route(visit("one", 9, None), visit("two", 11, 30))
    assert found.stops[0] == Stop(id="one", is_visit=True)
    assert found.stops[1].trip == trip(30)
    assert found.status is RouteStatus.PLANNED
    alone = route(visit("one", 9, None, state=WORKING), now=at(9.5))
    assert alone.stops == (Stop(id="one", is_visit=True),)


def test_a_day_that_is_over_is_told_as_it_was_planned() -> None:
    found = route(visit("one", 9, 10), now=MIDNIGHT + timedelta(days=3))
    assert (found.sets_out, found.status) == (at(8), RouteStatus.PLANNED)


def test_arrivals_are_told_to_the_second() -> None:
    found = route(visit("one", 13, 10), now=at(10) + timedelta(microseconds=500))
    assert found.stops[0].arrives == at(10) + minutes(10)


def test_a_day_is_under_way_with_the_first_visit() -> None:
    there, coming_there = (
        route(visit("one", 9, 10, state=state), now=at(9.5))
        for state in (WORKING, AssignmentState.EN_ROUTE)
    )
    assert there.status is RouteStatus.UNDER_WAY
    assert coming_there.status is RouteStatus.LATE


def test_a_day_is_done_when_every_visit_is_over_and_no_errand_is_left() -> None:
    over = visit("one", 9, 10, state=DONE)
    done = route(over, now=at(15))
    assert done.status is RouteStatus.DONE
    assert (done.way_home, done.home) == (trip(10), at(15) + minutes(10))
    assert route(over, errand("shop", 20), now=at(15)).status is RouteStatus.UNDER_WAY
    assert route(over, visit("two", 10, 10, state=WORKING), now=at(11)).status is (
        RouteStatus.UNDER_WAY
    )
    assert route(errand("shop", 20), now=at(5)).status is RouteStatus.PLANNED


def test_a_state_that_a_later_release_wrote_is_one_of_a_visit_to_come() -> None:
    found = route(visit("one", 9, 10, state="DAYDREAMING"), now=at(5))
    assert found.stops[0].trip == trip(10)
    assert found.status is RouteStatus.PLANNED


def test_more_than_eight_errands_are_put_in_as_well() -> None:
    found = route(visit("one", 12, 20), *(errand(f"e{n}", n) for n in range(9)))
    assert len(found.stops) == 10
    assert not found.is_least
