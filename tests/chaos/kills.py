"""Phase one: at every failpoint every victim dies, with the client trying again and with the client
gone, some of them twice in a row."""

import asyncio
from collections.abc import Awaitable, Collection, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, product
from random import Random
from typing import Any

from temporal.failpoints import Failpoint
from tests.chaos.cases import Case
from tests.chaos.clients import Clients, Gone, Refused
from tests.chaos.failpoints import Listener, Plan
from tests.chaos.history import History
from tests.chaos.stand import Stand
from tests.chaos.stories import POINTS, story_of

EVERYBODY = ("temporal", "worker", "relay", "api")
VICTIMS = (*((one,) for one in EVERYBODY), EVERYBODY)
LANES = 4
"""How many stories are told at a time; at most one waits for its kill."""
FIRST_KILL, SECOND_KILL = 10.0, 40.0
"""Seconds within which a point is reached, and reached again: what a worker that died had in hand,
Temporal hands out again after ten."""
LAST_WORDS = 3.0
"""Seconds that a short run waits for those who try again before it goes on."""
TRIES = 2
STORY_TICKETS = 100_000
"""The stories' tickets are numbered from here; others' from 0."""


@dataclass(frozen=True)
class Scenario:
    """Who dies where, how often, and whether the client comes back. `turn` is how often somebody
    was to die there before."""

    number: int
    turn: int
    point: Failpoint
    victims: tuple[str, ...]
    comes_back: bool
    times: int

    def __str__(self) -> str:
        back = "tries again" if self.comes_back else "is gone"
        return f"{self.point} x {'+'.join(self.victims)} x{self.times}, client {back}"


def scenarios(seed: int, only: Collection[Failpoint] = POINTS) -> Iterator[Scenario]:
    """All combinations, in an order that goes round the points, or some of them, then all again."""
    chance, numbers = Random(f"{seed}/kills"), count()
    for lap in count():
        ways = [*product(VICTIMS, (True, False))]
        orders = {point: chance.sample(ways, len(ways)) for point in only}
        for turn in range(len(ways)):
            for point in only:
                victims, comes_back = orders[point][turn]
                times = 2 if chance.randrange(4) == 0 else 1
                before = lap * len(ways) + turn
                yield Scenario(next(numbers), before, point, victims, comes_back, times)


SHORT: tuple[tuple[Failpoint, tuple[str, ...], bool], ...] = (
    (Failpoint.AFTER_BILL, ("temporal",), True),
    (Failpoint.BEFORE_INVOICE, ("temporal",), True),
    (Failpoint.AFTER_REPLACE, ("temporal",), False),
    (Failpoint.AFTER_FOLLOW, ("temporal",), True),
    (Failpoint.AFTER_OPEN, ("temporal",), True),
    (Failpoint.AFTER_SETTLE, ("temporal",), False),
    (Failpoint.AFTER_RECORD, ("temporal",), False),
    (Failpoint.AFTER_SETTLE, ("temporal",), True),
    (Failpoint.AFTER_CANCEL, ("temporal",), False),
    (Failpoint.AFTER_END, ("temporal",), False),
    (Failpoint.COMMAND_ANSWERED, ("temporal",), False),
    (Failpoint.AFTER_TELL, ("relay",), True),
    (Failpoint.COMMAND_LOGGED, ("api",), True),
    (Failpoint.BEFORE_RECORD, ("worker",), True),
    (Failpoint.BEFORE_SETTLE, EVERYBODY, False),
)
"""The kills of a short run: those that once left something behind, one amid a replacement and one
with a follow-up, and few long starts. Whose story is long begins first; after the end of a worker
everybody waits."""


def chosen(number: int) -> Iterator[Scenario]:
    """The first so many of the short run's."""
    for at, (point, victims, comes_back) in enumerate(SHORT[:number]):
        yield Scenario(at, at, point, victims, comes_back, times=1)


@dataclass
class Kills:
    """Plays scenarios until enough have died."""

    stand: Stand
    listener: Listener
    clients: Clients
    history: History
    seed: int
    only: Collection[Failpoint] = POINTS
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _after: set["asyncio.Task[object]"] = field(default_factory=set)
    missed: list[str] = field(default_factory=list)
    stumbles: list[str] = field(default_factory=list)

    async def play(self, wanted: int, least: int) -> None:
        """Until `wanted` kills are done and each point had `least`, or it cannot be reached. In a
        short run, with no `least`, the chosen ones."""
        waiting = scenarios(self.seed, self.only) if least else chosen(wanted)
        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(self._lane(waiting, wanted, least))
        if self._after:
            await asyncio.wait(self._after, timeout=SECOND_KILL if least else LAST_WORDS)

    async def leave(self) -> None:
        """Whoever still waits for an answer goes home."""
        for task in self._after:
            task.cancel()
        await asyncio.gather(*self._after, return_exceptions=True)

    @property
    def done(self) -> int:
        """How many kills there were."""
        return self.listener.kills.total()

    def at(self, point: Failpoint) -> int:
        """How many of them at a point."""
        return sum(n for (where, _), n in self.listener.kills.items() if where == point)

    async def _lane(self, waiting: Iterator[Scenario], wanted: int, least: int) -> None:
        for scenario in waiting:
            lacking = [p for p in self.only if self.at(p) < least and not self._given_up(p)]
            if self.done >= wanted and not lacking:
                return
            if self._given_up(scenario.point):
                if all(self._given_up(p) for p in self.only):
                    return
                continue
            if self.done >= wanted and scenario.point not in lacking:
                continue
            if await self._played(scenario):
                continue
            # A short run has no other scenario for it; on a busy machine it may have come too late.
            anew = replace(scenario, number=scenario.number + len(SHORT))
            if least or not await self._played(anew):
                self.missed.append(str(scenario))

    def _given_up(self, point: Failpoint) -> bool:
        """Nobody ever comes by there."""
        tried = sum(m.startswith(f"{point} ") for m in self.missed)
        return not self.at(point) and tried >= TRIES

    async def _played(self, scenario: Scenario) -> bool:
        """Tell the story up to its kill; whether there was one."""
        story = story_of(scenario.point, scenario.turn)
        chance = Random(f"{self.seed}/story/{scenario.number}")
        case = Case(self.clients, STORY_TICKETS + scenario.number, chance)
        if not await self._said(story.before(case)):
            return False
        async with self._turn:
            await self.stand.up()
            self.history.note("scenario", what=str(scenario), ticket=case.ticket_id)
            plan = self.listener.arm(
                Plan(scenario.point, scenario.victims, case.ticket_id, scenario.times)
            )
            self._later(self._said(story.word(case, comes_back=scenario.comes_back)))
            fired = await plan.firing(1, FIRST_KILL)
            if fired:
                await self.stand.up()
        self._later(self._spent(plan, fired))
        return fired

    async def _spent(self, plan: Plan, fired: bool) -> None:
        if fired:
            await plan.firing(plan.times, SECOND_KILL)
        self.listener.disarm(plan)

    async def _said(self, word: Awaitable[object]) -> bool:
        """Whether there was an answer. One that nobody expects is told in the end."""
        try:
            await word
        except (Gone, Refused):
            return False
        except Exception as error:
            self.stumbles.append(repr(error))
            return False
        return True

    def _later(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._after.add(task)
        task.add_done_callback(self._after.discard)
