"""Distances and the time it takes to cover them."""

from datetime import timedelta
from math import asin, ceil, cos, radians, sin, sqrt

from models.base import Value

EARTH_KM = 6371.0
DETOUR = 1.4
KM_PER_HOUR = 40.0
SHORTEST_TRIP = timedelta(minutes=15)
SAME_ADDRESS_KM = 0.02


class Spot(Value):
    """A point on the earth, degrees."""

    lat: float
    lng: float


def great_circle_km(a: Spot, b: Spot) -> float:
    """The distance over the earth's surface, in kilometres (haversine)."""
    rise, run = radians(b.lat - a.lat), radians(b.lng - a.lng)
    chord = sin(rise / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(run / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def travel_time(a: Spot, b: Spot) -> timedelta:
    """The travel buffer between two visits: none at the same address, else at least 15 minutes,
    great circle × 1.4 at 40 km/h, in whole minutes (docs/rules/conventions.md, Distance)."""
    distance = great_circle_km(a, b)
    if distance < SAME_ADDRESS_KM:
        return timedelta(0)
    minutes = ceil(distance * DETOUR / KM_PER_HOUR * 60)
    return max(SHORTEST_TRIP, timedelta(minutes=minutes))
