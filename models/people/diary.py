"""What stands in an expert's calendar, and whether a visit fits between."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from models.base import Value
from models.calendar import Window
from models.geography import Spot, travel_time
from models.people.expert import Expert
from models.people.travel import SaidWays, TravelSource, kept_free, trip_said


class BusyWith(StrEnum):
    """What keeps an expert."""

    ASSIGNMENT = "assignment"
    TIME_OFF = "time-off"


class Clash(Value):
    """Why an expert cannot be somewhere: what keeps them, and when, the way included."""

    kind: BusyWith
    window: Window


class TimeOff(Value):
    """When an expert does not work."""

    id: str
    window: Window


class Booked(Value):
    """An assignment in an expert's days; the way to it begins at `blocked_from`, and nobody can be
    anywhere else before `blocked_until`."""

    assignment_id: str
    visit_id: str
    window: Window
    blocked_from: datetime
    blocked_until: datetime


class Held(Value):
    """A visit that an expert is booked for; `window` is the visit's own, without the way."""

    assignment_id: str
    visit_id: str
    window: Window
    place: Spot


class Diary(Value):
    """An expert and their calendar from some moment on, all of one instant.

    `version` counts how often they were booked so far: while it stands, nobody else has booked
    them. `visits` are in the order of their starts. `said` is what map servers had said by then of
    the ways that are asked for: whoever decides from this diary, and whoever writes down what was
    decided, has the same figures.
    """

    expert: Expert
    number: int
    version: int
    visits: tuple[Held, ...]
    time_off: tuple[Window, ...]
    said: SaidWays = {}

    def way(self, a: Spot, b: Spot) -> timedelta:
        """How long a way is kept free for from one visit to another."""
        return kept_free(a, b, self.said) if self.said else travel_time(a, b)

    def kept(self, place: Spot, but_not_by: Collection[str] = ()) -> Iterator[Clash]:
        """What keeps the expert from being at a place: visits, widened by the travel from there
        and back, and time off. The visits `but_not_by` do not count."""
        for held in self.visits:
            if held.visit_id not in but_not_by:
                there = self.way(place, held.place)
                back = self.way(held.place, place) if self.said else there
                window = Window(start=held.window.start - there, end=held.window.end + back)
                yield Clash(kind=BusyWith.ASSIGNMENT, window=window)
        for off in self.time_off:
            yield Clash(kind=BusyWith.TIME_OFF, window=off)

    def busy(self, place: Spot, but_not_by: Collection[str] = ()) -> tuple[Window, ...]:
        """When the expert cannot be at a place."""
        return tuple(clash.window for clash in self.kept(place, but_not_by))

    def sources(self, place: Spot, but_not_by: Collection[str] = ()) -> tuple[TravelSource, ...]:
        """Who says how long the ways take by which visits keep the expert from a place."""
        held = [h.place for h in self.visits if h.visit_id not in but_not_by]
        legs = [leg for h in held for leg in ((place, h), (h, place))]
        known = {trip.source for leg in legs if (trip := trip_said(*leg, self.said))}
        reckoned = any(travel_time(*leg) for leg in legs if not trip_said(*leg, self.said))
        return tuple(sorted(known | {TravelSource.GREAT_CIRCLE} if reckoned else known))

    def clash(self, place: Spot, start: datetime, end: datetime) -> Clash | None:
        """What keeps the expert from a visit, the earliest if there are several."""
        clashing = (k for k in self.kept(place) if k.window.overlaps(start, end))
        return min(clashing, key=lambda k: k.window.start, default=None)

    def before(self, start: datetime) -> Held | None:
        """The last visit that is over by `start`."""
        over = (held for held in self.visits if held.window.end <= start)
        return max(over, key=lambda held: held.window.end, default=None)

    def after(self, end: datetime) -> Held | None:
        """The first visit that does not begin before `end`."""
        return next((held for held in self.visits if held.window.start >= end), None)
