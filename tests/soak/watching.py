"""What is looked at while a soak goes on: once a minute the invariants (four times as often in a
short one), every few seconds how far it is."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from temporalio.client import Client

from models.db.engine import Database
from models.db.invariants import InvariantRepository
from tests.soak.clients import Load
from tests.soak.history import SoakHistory
from tests.soak.house import POSTGRES, SoakHouse
from workers.tools import invariants
from workers.tools.invariants import Premises

EVERY, OFTEN, PROGRESS = 60.0, 15.0, 10.0
"""Seconds between two looks, in a short run, and between two lines about how far it is."""
PATIENCE, AGAIN = 3.0, 5.0
"""Seconds for which something must be broken, and until a look that failed is tried again."""
OF_ROWS = ("I2", "I3", "I5", "I7")
"""Those that the database alone answers."""
MENDED = ("I3",)
"""Of them what may be broken for as long as a worker is away: people are booked before their ticket
says so. It must not be so at two looks. The others hold at every moment, whoever is away."""


class Watching:
    """Looks, and remembers what was broken."""

    def __init__(
        self,
        house: SoakHouse,
        history: SoakHistory,
        load: Load,
        client: Client,
        every: float = EVERY,
    ) -> None:
        self._house, self._history, self._load = house, history, load
        self._client, self._every = client, every
        self.broken: dict[str, dict[str, str]] = {}
        self._before: dict[str, dict[str, str]] = {}
        self.looks = 0
        self.planned = 0
        """How many looks there was time for."""

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Look for as long as the block lasts."""
        began = self._history.now()
        tasks = [asyncio.create_task(self._invariants()), asyncio.create_task(self._progress())]
        try:
            yield
        finally:
            self.planned = int((self._history.now() - began) / self._every)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self, patience: float = PATIENCE) -> dict[str, dict[str, str]]:
        """What is broken now, and still after so many seconds."""
        # Of its own: the connections of an earlier look may be dead.
        database = Database(self._house.postgres.url, pool_size=1)
        try:
            return await self._look(Premises(self._client, database), patience)
        finally:
            database.close()

    async def _look(self, premises: Premises, patience: float) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for name in OF_ROWS:
            about, ask = invariants.CHECKS[name]
            if seen := await invariants.lasting(ask, premises, patience):
                found[f"{name} {about}"] = seen
        if gaps := await premises.read(InvariantRepository.gaps_in_events):
            found["I6 events have no gaps"] = gaps
        return found

    async def _invariants(self) -> None:
        due = self._history.now() + self._every
        while True:
            await asyncio.sleep(max(0.0, due - self._history.now()))
            looked = await self._looked()
            due = due + self._every if looked else self._history.now() + min(AGAIN, self._every)

    async def _looked(self) -> bool:
        """Look once; whether that could be. Whatever hinders it, the next look is to be."""
        try:
            async with asyncio.timeout(EVERY):
                await self._house.up(POSTGRES, patience=EVERY)
                found = await self.look()
        except Exception as away:
            self._history.note("invariants", not_looked=repr(away))
            return False
        self._history.note("invariants", broken=found)
        self.seen(found)
        return True

    def seen(self, found: Mapping[str, Mapping[str, str]]) -> None:
        """A look found this: remember what nobody may put right any more."""
        before, self._before = self._before, {name: {**wrong} for name, wrong in found.items()}
        for name, wrong in self._before.items():
            if name.partition(" ")[0] in MENDED:
                wrong = {
                    about: why for about, why in wrong.items() if about in before.get(name, {})
                }
            if wrong:
                self.broken[name] = wrong
        self.looks += 1

    async def _progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS)
            ops = self._history.ops
            away = [o.program for o in self._history.outages if o.until is None]
            print(
                f"{self._history.now():7.1f} s  {self._load.filed} filed, {len(ops)} calls, "
                f"{len(self._history.outages)} faults; away: {', '.join(away) or 'nobody'}",
                flush=True,
            )
