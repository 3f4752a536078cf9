"""Distances, and the time it takes to cover them."""

from datetime import timedelta

import pytest

from models.geography import (
    SHORTEST_TRIP,
    Precision,
    Spot,
    great_circle_km,
    travel_time,
    way_out,
)

BERLIN, MUNICH = Spot(lat=52.52, lng=13.405), Spot(lat=48.1372, lng=11.5755)
AUCKLAND, SUVA = Spot(lat=-36.85, lng=174.76), Spot(lat=-18.14, lng=178.44)


def north_of(spot: Spot, km: float) -> Spot:
    """A spot so many kilometres to the north."""
    return Spot(lat=spot.lat + km / 111.19492664455873, lng=spot.lng)


def test_berlin_and_munich_are_five_hundred_kilometres_apart() -> None:
    assert great_circle_km(BERLIN, MUNICH) == pytest.approx(504, abs=1)


def test_half_the_earth_is_the_longest_way() -> None:
    poles = Spot(lat=90, lng=0), Spot(lat=-90, lng=0)
    assert great_circle_km(*poles) == pytest.approx(20_015, abs=1)
    assert great_circle_km(Spot(lat=0, lng=0), Spot(lat=0, lng=180)) == pytest.approx(20_015, abs=1)


def test_the_date_line_is_no_detour() -> None:
    assert great_circle_km(Spot(lat=0, lng=179.9), Spot(lat=0, lng=-179.9)) < 23


@pytest.mark.parametrize(("a", "b"), [(BERLIN, MUNICH), (AUCKLAND, SUVA), (BERLIN, AUCKLAND)])
def test_the_way_back_is_as_long(a: Spot, b: Spot) -> None:
    assert great_circle_km(a, b) == pytest.approx(great_circle_km(b, a))
    assert travel_time(a, b) == travel_time(b, a)


def test_nobody_travels_to_where_they_are() -> None:
    assert travel_time(BERLIN, BERLIN) == timedelta(0)
    assert travel_time(BERLIN, north_of(BERLIN, 0.019)) == timedelta(0)


@pytest.mark.parametrize("km", [0.021, 0.1, 1, 7.1])
def test_the_shortest_trip_takes_a_quarter_of_an_hour(km: float) -> None:
    assert travel_time(BERLIN, north_of(BERLIN, km)) == SHORTEST_TRIP


@pytest.mark.parametrize(("km", "minutes"), [(7.2, 16), (10, 21), (20, 42), (20.01, 43), (40, 84)])
def test_longer_trips_take_the_great_circle_with_a_detour_at_forty_an_hour(
    km: float, minutes: int
) -> None:
    assert travel_time(BERLIN, north_of(BERLIN, km - 1e-9)) == timedelta(minutes=minutes)


def test_a_longer_way_never_takes_less_time() -> None:
    times = [travel_time(BERLIN, north_of(BERLIN, km / 4)) for km in range(400)]
    assert times == sorted(times)


def city(spot: Spot) -> Spot:
    """The spot as one that only stands for the city."""
    return spot.but(precision=Precision.CITY)


def test_two_places_of_which_only_the_city_is_known_are_never_the_same_address() -> None:
    assert travel_time(city(BERLIN), city(BERLIN)) == timedelta(minutes=126)
    assert travel_time(city(BERLIN), BERLIN) == timedelta(minutes=63)
    postcode = BERLIN.but(precision=Precision.POSTCODE)
    assert travel_time(postcode, postcode) == timedelta(minutes=21)


def test_a_place_that_is_not_exact_is_as_far_as_it_may_be() -> None:
    away = north_of(BERLIN, 10)
    assert travel_time(city(BERLIN), away) > travel_time(BERLIN, away)
    assert travel_time(city(BERLIN), away) == travel_time(away, city(BERLIN))


def test_the_visits_of_one_ticket_are_at_one_address_wherever_that_is() -> None:
    mine, theirs = (city(BERLIN).but(site=site) for site in ("tkt_1", "tkt_2"))
    assert travel_time(mine, mine) == timedelta(0)
    assert travel_time(mine, theirs) == timedelta(minutes=126)


def test_the_way_to_anywhere_else_is_a_quarter_of_an_hour_or_out_of_the_city() -> None:
    assert way_out(BERLIN) == SHORTEST_TRIP
    assert way_out(BERLIN.but(precision=Precision.POSTCODE)) == SHORTEST_TRIP
    assert way_out(city(BERLIN)) == timedelta(minutes=63)
