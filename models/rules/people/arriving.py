"""When an expert will be there (docs/rules/routes.md, Arrival)."""

from datetime import datetime, timedelta

from models.geography import Spot
from models.people.route import Arrival, Origin, SetsOutFrom, Sighting
from models.people.travel import Trip

FRESH = timedelta(minutes=10)
"""For how long an expert is taken to be where they were last seen."""


def sets_out_from(
    home: Spot, previous: Spot | None, seen: Sighting | None, now: datetime
) -> Origin:
    """Where an expert who sets out now is: where their phone last saw them, if that is recent; else
    at the stop before; else at home."""
    if seen is not None and now - seen.at <= FRESH:
        return Origin(place=seen.place, known_as=SetsOutFrom.POSITION)
    if previous is not None:
        return Origin(place=previous, known_as=SetsOutFrom.PREVIOUS_STOP)
    return Origin(place=home, known_as=SetsOutFrom.HOME)


def left_at(origin: Origin, seen: Sighting | None, moment: datetime) -> datetime:
    """When somebody who set out at a moment was at their origin: later, if they were seen later."""
    if seen is None or origin.known_as is not SetsOutFrom.POSITION:
        return moment
    return max(moment, seen.at)


def still_stands(said: datetime | None, origin: Origin, moment: datetime) -> bool:
    """Whether an arrival that was said before is the best that is known of somebody who is late at
    a moment: they are not seen, and it is not over."""
    return said is not None and said > moment and origin.known_as is not SetsOutFrom.POSITION


def eta(now: datetime, origin: Origin, trip: Trip) -> Arrival:
    """When an expert who sets out now from an origin is at the end of the way from there."""
    return Arrival(at=now + trip.lasts, origin=origin.known_as, trip=trip)
