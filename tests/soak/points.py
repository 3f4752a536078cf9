"""The failpoints of intake, drain and record: whoever comes by dies, three times at each."""

from collections import Counter

from temporal.failpoints import Failpoint
from tests.chaos.failpoints import Listener, Plan
from tests.soak.history import SoakHistory
from tests.soak.house import APIS, TEMPORAL, SoakHouse, line

POINTS = (
    Failpoint.COMMAND_CAME,
    Failpoint.COMMAND_LOGGED,
    Failpoint.COMMAND_ANSWERED,
    Failpoint.BEFORE_COPY,
    Failpoint.AFTER_COPY,
    Failpoint.BEFORE_ADOPT,
    Failpoint.AFTER_ADOPT,
    Failpoint.BEFORE_AGAIN,
    Failpoint.AFTER_AGAIN,
    Failpoint.BEFORE_ADMIT,
    Failpoint.AFTER_ADMIT,
    Failpoint.BEFORE_RECORD,
    Failpoint.AFTER_RECORD,
)
WITHOUT_ENGINE = {"copy", "adopt", "again"}
"""What is done only of what an API accepted that did not reach Temporal."""
LEAST = 3
AWAY = 4.0
"""Seconds for which it does not: a copy is taken over after two."""
PATIENCE, TRIES = 12.0, 4


class Points:
    """Has somebody die at each of them."""

    def __init__(self, house: SoakHouse, listener: Listener, history: SoakHistory) -> None:
        self._house, self._listener, self._history = house, listener, history

    @property
    def kills(self) -> Counter[str]:
        """How many died at each."""
        found = Counter[str]()
        for (point, _), count in self._listener.kills.items():
            found[point] += count
        return found

    @property
    def too_rare(self) -> dict[str, int]:
        """Those at which too few died."""
        kills = self.kills
        return {point: kills[point] for point in POINTS if kills[point] < LEAST}

    async def play(self) -> None:
        """Go round them until each has had its dead, or nobody comes by again and again."""
        for lap in range(LEAST * TRIES):
            lacking = [point for point in POINTS if self.kills[point] < LEAST]
            if not lacking:
                return
            for point in lacking:
                await self._house.up(patience=60.0)
                await self._one(point, APIS[lap % len(APIS)])

    async def _one(self, point: Failpoint, api: str) -> None:
        plan = self._listener.arm(Plan(point, (), None))
        self._history.note("point", point=point)
        if point.partition(".")[0] in WITHOUT_ENGINE:
            cable = line(api, TEMPORAL)
            outage = self._history.down(cable, "black hole")
            await self._house.cables.freeze(cable)
            await plan.firing(1, AWAY)
            await self._house.cables.mend(cable)
            self._history.back(outage)
        await plan.firing(1, PATIENCE)
        self._listener.disarm(plan)
