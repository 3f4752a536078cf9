"""Ways between places: how long they take, and who says so (docs/rules/routes.md, Travel times)."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from models.base import Value
from models.geography import Spot, travel_time


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


def reckoned(a: Spot, b: Spot) -> Trip:
    """The way as it is taken to be where no map says better."""
    return Trip(lasts=travel_time(a, b), source=TravelSource.GREAT_CIRCLE)


def all_reckoned(spots: Sequence[Spot]) -> Ways:
    """The ways between places, as they are taken to be where no map says better."""
    return [[reckoned(a, b) for b in spots] for a in spots]
