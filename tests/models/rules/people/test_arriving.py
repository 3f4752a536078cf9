"""When an expert will be there, and what that rests on."""

from datetime import UTC, datetime, timedelta

import pytest

from models.geography import Spot
from models.people.route import Arrival, Origin, SetsOutFrom, Sighting
from models.people.travel import TravelSource, Trip, reckoned
from models.rules.people.arriving import eta, sets_out_from

NOW = datetime(2026, 12, 8, 9, tzinfo=UTC)
HOME, LAST, HERE = Spot(lat=52.5, lng=13.4), Spot(lat=52.4, lng=13.3), Spot(lat=52.6, lng=13.5)


def seen(ago: timedelta) -> Sighting:
    """Where a phone saw its expert, so long ago."""
    return Sighting(place=HERE, at=NOW - ago)


@pytest.mark.parametrize(
    ("ago", "believed"),
    [
        (timedelta(minutes=-1), True),
        (timedelta(0), True),
        (timedelta(minutes=10), True),
        (timedelta(minutes=10, microseconds=1), False),
    ],
)
def test_a_position_is_believed_for_ten_minutes(ago: timedelta, believed: bool) -> None:
    position = Origin(place=HERE, known_as=SetsOutFrom.POSITION)
    stop = Origin(place=LAST, known_as=SetsOutFrom.PREVIOUS_STOP)
    assert sets_out_from(HOME, LAST, seen(ago), NOW) == (position if believed else stop)


def test_without_a_position_it_is_the_stop_before_and_on_the_first_way_home() -> None:
    stop = Origin(place=LAST, known_as=SetsOutFrom.PREVIOUS_STOP)
    home = Origin(place=HOME, known_as=SetsOutFrom.HOME)
    assert sets_out_from(HOME, LAST, None, NOW) == stop
    assert sets_out_from(HOME, None, None, NOW) == home
    assert sets_out_from(HOME, None, seen(timedelta(hours=1)), NOW) == home


def test_whoever_sets_out_now_is_there_after_the_way_from_where_they_are() -> None:
    trip = Trip(lasts=timedelta(minutes=24), source=TravelSource.OSRM, server=2)
    origin = Origin(place=LAST, known_as=SetsOutFrom.PREVIOUS_STOP)
    found = Arrival(at=NOW + timedelta(minutes=24), origin=SetsOutFrom.PREVIOUS_STOP, trip=trip)
    assert eta(NOW, origin, trip) == found


def test_where_no_map_knows_a_way_is_reckoned_and_says_so() -> None:
    trip = reckoned(HOME, HERE)
    assert (trip.source, trip.server) == (TravelSource.GREAT_CIRCLE, None)
    # 13.0 km as the crow flies.
    assert trip.lasts == timedelta(minutes=28)
    assert reckoned(HOME, HOME).lasts == timedelta(0)
