"""How a place is shown on the map of its reader's choice."""

from urllib.parse import urlsplit

import pytest

from models.field import FactKind
from models.geography import Precision, Spot
from models.rules.people.expecting import next_report
from models.rules.people.wayfinding import geo_of, maps_of
from models.visit import AssignmentState

DOOR = Spot(lat=52.4996, lng=13.403)


def test_a_phone_opens_its_own_map_or_one_of_four_without_a_key() -> None:
    assert geo_of(DOOR) == "geo:52.4996,13.403"
    maps = maps_of(DOOR)
    assert list(maps) == ["apple", "google", "openstreetmap", "waze"]
    for url in maps.values():
        assert "52.4996,13.403" in url
        assert urlsplit(url).scheme == "https"
        assert "key" not in url


@pytest.mark.parametrize(
    ("lat", "lng", "written"),
    [
        (-33.0, 151.25, "geo:-33,151.25"),
        (0.00001, -0.0000001, "geo:0.00001,0"),
        (12.12345649, 100.0, "geo:12.123456,100"),
    ],
)
def test_degrees_are_written_plainly(lat: float, lng: float, written: str) -> None:
    assert geo_of(Spot(lat=lat, lng=lng)) == written


@pytest.mark.parametrize("place", [None, DOOR.but(precision=Precision.POSTCODE)])
def test_what_nobody_knows_exactly_is_not_shown_on_a_map(place: Spot | None) -> None:
    assert geo_of(place) is None
    assert maps_of(place) == {}


def test_the_next_report_is_the_next_step_of_the_way() -> None:
    expected = {state: next_report(state) for state in AssignmentState}
    assert expected == {
        AssignmentState.RESERVED: FactKind.ACKNOWLEDGED,
        AssignmentState.ACKNOWLEDGED: FactKind.EN_ROUTE,
        AssignmentState.EN_ROUTE: FactKind.ON_SITE,
        AssignmentState.ON_SITE: FactKind.STARTED,
        AssignmentState.WORKING: FactKind.COMPLETED,
        AssignmentState.DONE: None,
        AssignmentState.CANNOT_ARRIVE: None,
        AssignmentState.RELEASED: None,
    }
    assert next_report("DAYDREAMING") is None
