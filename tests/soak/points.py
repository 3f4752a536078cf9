"""The failpoints of intake, drain and record: whoever comes by dies, three times at each."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from temporal.failpoints import Failpoint
from tests.chaos.failpoints import Listener, Plan
from tests.soak.history import SoakHistory
from tests.soak.house import APIS, POSTGRES, TEMPORAL, WORKERS, SoakHouse, line

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
OF_APIS = {"command", "copy", "adopt", "again"}
WITHOUT_ENGINE = {"copy", "adopt", "again"}
"""What is done only of what an API accepted that did not reach Temporal."""
LEAST = 3
"""How often somebody dies at each."""
AWAY = 4.0
"""Seconds for which it does not: a copy is taken over after two."""
PATIENCE, TRIES = 12.0, 4


class Points:
    """Has somebody die at each of them, `least` times."""

    def __init__(
        self, house: SoakHouse, listener: Listener, history: SoakHistory, least: int = LEAST
    ) -> None:
        self._house, self._listener, self._history = house, listener, history
        self._least = least

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
        return {point: kills[point] for point in POINTS if kills[point] < self._least}

    async def play(self) -> None:
        """Go round those of the APIs, and round those of the workers, until each has had its dead,
        or nobody comes by again and again."""
        of_apis = [point for point in POINTS if point.partition(".")[0] in OF_APIS]
        of_workers = [point for point in POINTS if point not in of_apis]
        await asyncio.gather(self._round(of_apis, APIS), self._round(of_workers, WORKERS))

    async def _round(self, points: Sequence[Failpoint], pair: Sequence[str]) -> None:
        for lap in range(self._least * TRIES):
            for point in points:
                if self.kills[point] < self._least:
                    await self._house.up(*pair, POSTGRES, patience=60.0)
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
