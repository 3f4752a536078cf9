"""An expert's day on the road: what they are booked for, their errands, where they are."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from models.base import Value
from models.calendar import Window
from models.geography import Spot
from models.people.travel import Trip
from models.recorded import Recorded
from models.visit import AssignmentState


class Sighting(Value):
    """Where an expert last was, as their phone said: a point, and when."""

    place: Spot
    at: datetime


class Errand(Value):
    """Something an expert has to do on a day that is no visit, in whole minutes; at any time of it,
    or within a window."""

    id: str
    day: date
    title: str
    minutes: int
    place: Spot
    window: Window | None = None

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return timedelta(minutes=self.minutes)


class Appointment(Value):
    """A visit that an expert is booked for. Without a place, they may not read any more where it
    is."""

    assignment_id: str
    window: Window
    state: Recorded[AssignmentState]
    place: Spot | None


class SetsOutFrom(StrEnum):
    """Where a way is taken to begin."""

    POSITION = "position"
    PREVIOUS_STOP = "previous_stop"
    HOME = "home"


class Origin(Value):
    """Where an expert sets out."""

    place: Spot
    known_as: SetsOutFrom


class Arrival(Value):
    """When somebody will be there, and what that rests on."""

    at: datetime
    origin: SetsOutFrom
    trip: Trip


class RouteStatus(StrEnum):
    """How a day on the road goes."""

    PLANNED = "PLANNED"
    UNDER_WAY = "UNDER_WAY"
    LATE = "LATE"
    DONE = "DONE"


class Stop(Value):
    """A stop of a route: a visit or an errand, by its id. `trip` is the way to it; `late` is how
    much later than it should it begins. Of what is over, or of which nobody knows where it is,
    there is neither way nor arrival."""

    id: str
    is_visit: bool
    trip: Trip | None = None
    arrives: datetime | None = None
    begins: datetime | None = None
    leaves: datetime | None = None
    late: timedelta = timedelta(0)


class Route(Value):
    """The stops of a day in the order in which they are made, and the way home. `is_least` is
    whether no other order has less of travel and lateness together."""

    status: RouteStatus
    origin: SetsOutFrom
    sets_out: datetime
    stops: tuple[Stop, ...]
    way_home: Trip | None
    home: datetime | None
    travel: timedelta
    late: timedelta
    is_least: bool
