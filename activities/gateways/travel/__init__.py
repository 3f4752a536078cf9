"""Ways over roads: whoever knows how long they take, and what may go wrong.

    TravelUnavailable    no answer in time, or none that can be used; somebody else may know

A server is asked for the ways between all of some places at once. What it answers is checked before
anybody rests on it: as many figures as were asked for, each a number of seconds that a day's way
can take.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from models.geography import Spot
from models.people.travel import TravelSource

Table = Sequence[Sequence[timedelta | None]]
"""From each place, a row, to each place, a column; None where no road leads."""


class TravelUnavailable(Exception):
    """There is no answer, or it cannot be used. `reason` names why, and no place."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MapServer(Protocol):
    """A server that knows roads."""

    @property
    def source(self) -> TravelSource:
        """What it is."""

    async def table(self, spots: Sequence[Spot]) -> Table:
        """How long the ways between places take, each way once.

        Raises:
            TravelUnavailable: there is no answer, or it cannot be used.
        """

    async def close(self) -> None:
        """Let its connections go."""
