"""Ways between places: how long they take, and who says so (docs/rules/routes.md, Travel times)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from models.base import Value
from models.geography import SHORTEST_TRIP, Spot, travel_time


class TravelSource(StrEnum):
    """Who says how long a way takes."""

    OSRM = "osrm"
    VALHALLA = "valhalla"
    GREAT_CIRCLE = "great_circle"


class Trip(Value):
    """The way from one place to another. `server` is the place in the chain, from 1, of the map
    server that answered; None, where nobody was asked."""

    lasts: timedelta
    source: TravelSource
    server: int | None = None


Ways = Sequence[Sequence[Trip]]
"""From each place, a row, to each place, a column."""

Leg = tuple[Spot, Spot]
"""From where, and to where."""
SaidWays = Mapping[str, Trip]
"""What map servers said of ways, by `name_of`."""


def name_of(a: Spot, b: Spot) -> str:
    """What the way from one place to another is called, in ten-thousandths of a degree."""
    return "{} {} {} {}".format(*a.point, *b.point)


def can_be_asked(a: Spot, b: Spot) -> bool:
    """Whether a map could know the way: both places are, and they are not one house."""
    return a.is_exact and b.is_exact and a.point != b.point


def legs_among(places: Iterable[Spot]) -> list[Leg]:
    """The ways between all of some places that a map could know."""
    asked = list(dict.fromkeys(places))
    return [(a, b) for a in asked for b in asked if can_be_asked(a, b)]


def trip_said(a: Spot, b: Spot, said: SaidWays) -> Trip | None:
    """The way as a map server said it, if one did, and it is one at all."""
    if not (said and can_be_asked(a, b)):
        return None
    known = said.get(name_of(a, b))
    return known if known and travel_time(a, b) else None


def as_said(a: Spot, b: Spot, said: SaidWays) -> Trip:
    """The way as a map server said it, or else as it is reckoned."""
    return trip_said(a, b, said) or reckoned(a, b)


def kept_free(a: Spot, b: Spot, said: SaidWays) -> timedelta:
    """How long a way is kept free for between two visits, whoever says what it takes: none at one
    address, else at least a quarter of an hour (docs/rules/conventions.md, Distance)."""
    known = trip_said(a, b, said)
    return max(known.lasts, SHORTEST_TRIP) if known else travel_time(a, b)


def reckoned(a: Spot, b: Spot) -> Trip:
    """The way as it is taken to be where no map says better."""
    return Trip(lasts=travel_time(a, b), source=TravelSource.GREAT_CIRCLE)
