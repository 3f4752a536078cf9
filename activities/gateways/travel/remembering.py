"""Ways that a map server answered, for a while."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock

from activities.gateways.travel import Table
from models.geography import Spot

KEPT = timedelta(hours=12)
MOST = 20_000
"""Ways; some megabytes."""
_Point = tuple[int, int]


class Remembered:
    """A bounded memory of ways: what was not asked for the longest goes first. For any
    thread."""

    def __init__(self, kept: timedelta = KEPT, most: int = MOST) -> None:
        self._kept, self._most, self._lock = kept, most, Lock()
        self._ways: OrderedDict[tuple[_Point, _Point], tuple[datetime, timedelta | None]] = (
            OrderedDict()
        )

    def keep(self, spots: Sequence[Spot], table: Table, now: datetime) -> None:
        """Remember what a server answered."""
        points = [spot.point for spot in spots]
        with self._lock:
            for here, row in zip(points, table, strict=True):
                for there, way in zip(points, row, strict=True):
                    self._ways[here, there] = (now, way)
                    self._ways.move_to_end((here, there))
            while len(self._ways) > self._most:
                self._ways.popitem(last=False)

    def knows(self, a: Spot, b: Spot, now: datetime) -> bool:
        """Whether a server answered lately how long the way takes, or that there is none."""
        return self._of(a, b, now) is not None

    def way(self, a: Spot, b: Spot, now: datetime) -> timedelta | None:
        """How long a way takes, where that is known."""
        found = self._of(a, b, now)
        return found[1] if found else None

    def _of(self, a: Spot, b: Spot, now: datetime) -> tuple[datetime, timedelta | None] | None:
        way = (a.point, b.point)
        with self._lock:
            found = self._ways.get(way)
            if found is None or now - found[0] >= self._kept:
                return None
            self._ways.move_to_end(way)
            return found
