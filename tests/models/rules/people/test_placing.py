"""Where a customer is, and what stands in where nobody said."""

import pytest

from models.catalogue.catalogue import load
from models.errors import Invalid
from models.geography import Precision, Spot
from models.rules.people.placing import MOST_KM, locale_of, place_of, require_postcode

BERLIN = Spot(lat=52.52, lng=13.405)
POTSDAM = Spot(lat=52.39, lng=13.065)
KM = 1 / 111.19492664455873
"""A kilometre northwards, in degrees."""


def test_who_gave_no_point_is_somewhere_in_the_city() -> None:
    assert place_of(BERLIN, None, None) == BERLIN.but(precision=Precision.CITY)


def test_a_point_in_the_middle_of_the_zone_is_a_stand_in_unless_somebody_knows_better() -> None:
    assert place_of(BERLIN, BERLIN, None).precision is Precision.CITY
    assert place_of(BERLIN, BERLIN, Precision.EXACT).precision is Precision.EXACT


def test_any_other_point_is_the_address_unless_it_is_said_to_be_less() -> None:
    assert place_of(BERLIN, POTSDAM, None) == POTSDAM
    known = place_of(BERLIN, POTSDAM, Precision.POSTCODE)
    assert known == POTSDAM.but(precision=Precision.POSTCODE)


@pytest.mark.parametrize("precision", [Precision.EXACT, Precision.POSTCODE])
def test_what_is_known_better_than_the_city_has_a_point(precision: Precision) -> None:
    with pytest.raises(Invalid) as refusal:
        place_of(BERLIN, None, precision)
    assert (refusal.value.code, refusal.value.field) == ("point-incomplete", "/lat")


def test_a_hundred_kilometres_from_the_middle_are_the_most() -> None:
    inside, outside = (
        Spot(lat=BERLIN.lat + (MOST_KM + more) * KM, lng=BERLIN.lng) for more in (-0.01, 0.01)
    )
    assert place_of(BERLIN, inside, None) == inside
    with pytest.raises(Invalid) as refusal:
        place_of(BERLIN, outside, None)
    assert (refusal.value.code, refusal.value.field) == ("place-outside-zone", "/lat")


def test_latitude_and_longitude_in_the_wrong_order_are_noticed() -> None:
    with pytest.raises(Invalid, match="100"):
        place_of(BERLIN, Spot(lat=BERLIN.lng, lng=BERLIN.lat), None)


def test_a_postcode_may_be_missing_only_where_there_are_none() -> None:
    require_postcode("", "CM")
    require_postcode("10999", "DE")
    for country in ("DE", "GB", "US", "AU", "NP"):
        with pytest.raises(Invalid) as refusal:
            require_postcode("", country)
        assert (refusal.value.code, refusal.value.field) == ("postcode-missing", "/postcode")


def test_our_own_customers_fit_these_rules() -> None:
    reference = load()
    zones = {zone.code: zone for zone in reference.zones}
    for customer in reference.customers:
        centre = Spot.model_validate(zones[customer.zone].centre.model_dump())
        point = Spot.model_validate(customer.place.model_dump())
        assert place_of(centre, point, None) == point
        require_postcode(customer.address.postcode, customer.address.country)


def test_people_are_written_to_as_their_country_is() -> None:
    assert [locale_of(country) for country in ("DE", "CM", "GB", "FR")] == [
        "de-DE",
        "fr-CM",
        "en-GB",
        "en-GB",
    ]
