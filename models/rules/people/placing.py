"""Where a customer is, and what is taken for granted there when nobody said otherwise
(docs/rules/conventions.md, Places)."""

from collections.abc import Mapping

from models.errors import Invalid
from models.geography import Precision, Spot, great_circle_km

MOST_KM = 100
"""How far from the middle of their zone a customer can be."""
WITHOUT_POSTCODES = frozenset(
    code
    for row in (
        "AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GQ GY HK JM KI",
        "KM KN KP ML MO MR MW NR NU QA RW SB SC SL SR ST SY TD TG TK TL TO TV UG VU YE ZW",
    )
    for code in row.split()
)
"""Countries whose post delivers without (ISO 3166)."""
_LOCALES: Mapping[str, str] = {
    "AT": "de-AT",
    "AU": "en-AU",
    "CH": "de-CH",
    "CM": "fr-CM",
    "DE": "de-DE",
    "NP": "ne-NP",
    "US": "en-US",
}


def place_of(middle: Spot, point: Spot | None, precision: Precision | None) -> Spot:
    """The place of a customer: their point, or the middle of their zone, which stands for it and
    is never taken for exact unless somebody says that it is.

    Raises:
        Invalid: `point-incomplete` where a point is said to be known and is not given,
            `place-outside-zone`.
    """
    if point is None:
        if precision not in (None, Precision.CITY):
            raise Invalid("point-incomplete", f"Give the {precision} point.", field="/lat")
        return middle.but(precision=Precision.CITY)
    away = great_circle_km(middle, point)
    if away > MOST_KM:
        raise Invalid(
            "place-outside-zone",
            f"The point lies {away:.0f} km from the middle of the zone; {MOST_KM} are the most.",
            field="/lat",
        )
    stands_in = point.lat == middle.lat and point.lng == middle.lng
    return point.but(precision=precision or (Precision.CITY if stands_in else Precision.EXACT))


def require_postcode(postcode: str, country: str) -> None:
    """Refuse an address without a postcode, where there are postcodes.

    Raises:
        Invalid: `postcode-missing`.
    """
    if not postcode and country not in WITHOUT_POSTCODES:
        raise Invalid("postcode-missing", "Addresses there have a postcode.", field="/postcode")


def locale_of(country: str) -> str:
    """The locale in which people of a country are written to until they choose another."""
    return _LOCALES.get(country, "en-GB")
