"""Distances and the time it takes to cover them."""

from datetime import timedelta
from enum import StrEnum
from math import asin, ceil, cos, radians, sin, sqrt

from models.base import Value

EARTH_KM = 6371.0
DETOUR = 1.4
KM_PER_HOUR = 40.0
SHORTEST_TRIP = timedelta(minutes=15)
SAME_ADDRESS_KM = 0.02


class Precision(StrEnum):
    """What a point stands for: the address itself, or where its postcode or its city is."""

    EXACT = "exact"
    POSTCODE = "postcode"
    CITY = "city"

    @property
    def astray_km(self) -> float:
        """How far the address may lie from the point, in kilometres."""
        match self:
            case Precision.EXACT:
                return 0.0
            case Precision.POSTCODE:
                return 5.0
            case Precision.CITY:
                return 30.0


class Spot(Value):
    """A point on the earth, degrees. `site` names whose address it is, where that is known: two
    spots of one site are one address, however little is known of where it lies."""

    lat: float
    lng: float
    precision: Precision = Precision.EXACT
    site: str | None = None

    @property
    def point(self) -> tuple[int, int]:
        """Where it is to a ten-thousandth of a degree, which is 11 m at the most: the same house,
        as whoever remembers ways has it."""
        return round(self.lat * 10_000), round(self.lng * 10_000)

    @property
    def is_exact(self) -> bool:
        """Whether it is the address, and may be shown on a map."""
        return self.precision is Precision.EXACT


def great_circle_km(a: Spot, b: Spot) -> float:
    """The distance over the earth's surface, in kilometres (haversine)."""
    rise, run = radians(b.lat - a.lat), radians(b.lng - a.lng)
    chord = sin(rise / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(run / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def travel_time(a: Spot, b: Spot) -> timedelta:
    """The travel buffer between two visits: none at the same address, else at least 15 minutes,
    great circle × 1.4 at 40 km/h, in whole minutes, from wherever either address may be at the
    farthest (docs/rules/conventions.md, Distance)."""
    if a.site is not None and a.site == b.site:
        return timedelta(0)
    distance = great_circle_km(a, b) + a.precision.astray_km + b.precision.astray_km
    return timedelta(0) if distance < SAME_ADDRESS_KM else _trip(distance)


def way_out(place: Spot) -> timedelta:
    """The travel buffer from a place to the nearest other address there may be."""
    return _trip(place.precision.astray_km)


def _trip(km: float) -> timedelta:
    return max(SHORTEST_TRIP, timedelta(minutes=ceil(km * DETOUR / KM_PER_HOUR * 60)))
