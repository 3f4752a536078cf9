"""What befalls the house."""

import asyncio
import contextlib
import shlex
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.soak.disk import Disk
from tests.soak.history import SoakHistory
from tests.soak.house import OURS, POSTGRES, TEMPORAL, SoakHouse, line, role
from tests.soak.weather import OF_THE_MACHINE, Fault, Kind

BACK = 60.0
"""Seconds that anybody is given to serve again."""
NO_DISK = "no disk"
"""Of the windows: while an API has none, and does not reach Temporal either."""
FINDING_OUT = 3.0
"""Seconds that it may take to notice that nobody answers."""
SLOWNESS = 0.3
"""Seconds that a slow line keeps everything back."""


class Faults:
    """Lets them happen, and counts them.

    Args:
        house: whom they befall.
        history: where it is written down who is away.
        disk: what the house is kept on, if it can be full or lose its power.
        command: does faults of a Temporal that is not ours: it is given the kind, and `begin` or
            `end`, and returns when it is so. Without one they are skipped, and that is said.
    """

    def __init__(
        self,
        house: SoakHouse,
        history: SoakHistory,
        disk: Disk | None = None,
        command: str | None = None,
    ) -> None:
        self._house, self._history, self._disk, self._command = house, history, disk, command
        self._turns = {name: asyncio.Lock() for name in (*map(role, OURS), TEMPORAL, POSTGRES)}
        self.done: Counter[tuple[str, str]] = Counter()
        self.skipped: Counter[str] = Counter()
        self.skipped_kinds: set[Kind] = set()
        self.windows: dict[str, list[tuple[str, float, float]]] = {}
        """By kind, which target had it from when to when: what a caller can have seen of it."""

    async def befall(self, faults: list[Fault]) -> None:
        """All of them, each when it is due and its role is whole; what befalls the machine befalls
        it alone."""
        began, under_way = self._history.now(), list[asyncio.Task[None]]()
        for fault in faults:
            await asyncio.sleep(max(0.0, began + fault.at - self._history.now()))
            if fault.kind in OF_THE_MACHINE:
                await asyncio.gather(*under_way)
                under_way.clear()
                await self.one(fault)
            else:
                under_way.append(asyncio.create_task(self.one(fault)))
        await asyncio.gather(*under_way)

    async def one(self, fault: Fault) -> None:
        """Let one happen."""
        if fault.kind in OF_THE_MACHINE and self._disk is None:
            self.skipped[fault.kind] += 1
            self.skipped_kinds.add(fault.kind)
            return
        if fault.target == TEMPORAL and not self._house.has_its_own_temporal:
            await self._elsewhere(fault)
            return
        async with contextlib.AsyncExitStack() as turns:
            if fault.target:
                await turns.enter_async_context(self._turns[role(fault.target.partition(".")[0])])
            since = self._history.now()
            await self._happens(fault)
        whom = self.windows.setdefault(fault.kind, [])
        whom.append((fault.target, since, self._history.now()))
        self.done[fault.kind, fault.target] += 1

    async def _happens(self, fault: Fault) -> None:
        house, target = self._house, fault.target
        match fault.kind:
            case Kind.KILL:
                await house.up(target, patience=BACK)
                await house.kill((target,))
            case Kind.FREEZE:
                await house.freeze(target, fault.seconds)
            case Kind.RESTART:
                await house.restart(target)
            case Kind.BLACK_HOLE | Kind.SLOW | Kind.CUT:
                async with self._bad(fault.kind, target):
                    await asyncio.sleep(fault.seconds)
            case Kind.ALONE:
                await self._alone(target, fault.seconds)
            case Kind.NO_LOG:
                await self._without_log(target, fault.seconds)
            case Kind.FULL_DISK:
                await self._full(fault.seconds)
            case Kind.POWER_CUT:
                await self._power_cut()
        if target in house.programs:
            await house.up(target, patience=BACK)

    @asynccontextmanager
    async def _bad(self, kind: Kind, *names: str) -> AsyncIterator[None]:
        """Lines that are bad meanwhile."""
        cables = self._house.cables
        away = [self._history.down(name, kind) for name in names]
        for name in names:
            match kind:
                case Kind.SLOW:
                    await cables.slow(name, SLOWNESS)
                case Kind.CUT:
                    await cables.cut(name)
                case _:
                    await cables.freeze(name)
        try:
            yield
        finally:
            for name, outage in zip(names, away, strict=True):
                await cables.mend(name)
                self._history.back(outage)

    async def _alone(self, api: str, seconds: float) -> None:
        """An API that reaches nobody: what it accepts is on its disk and nowhere else."""
        async with self._bad(Kind.BLACK_HOLE, line(api, TEMPORAL), line(api, POSTGRES)):
            await asyncio.sleep(seconds + FINDING_OUT)

    async def _without_log(self, api: str, seconds: float) -> None:
        """An API whose disk is not there and that does not reach Temporal: what it accepts is in
        Postgres and nowhere else."""
        folder = self._house.command_log(api)
        aside = folder.with_name(f"{folder.name}.aside")
        folder.rename(aside)
        folder.write_text("no folder")
        try:
            await self._house.kill((api,))
            await self._house.up(api, patience=BACK)
            since = self._history.now()
            async with self._bad(Kind.BLACK_HOLE, line(api, TEMPORAL)):
                await asyncio.sleep(seconds + FINDING_OUT)
                self.windows.setdefault(NO_DISK, []).append((api, since, self._history.now()))
        finally:
            folder.unlink()
            aside.rename(folder)
            await self._house.kill((api,))
            await self._house.up(api, patience=BACK)

    async def _full(self, seconds: float) -> None:
        assert self._disk is not None, "who fills a disk has one"
        outage = self._history.down("disk", Kind.FULL_DISK)
        await asyncio.to_thread(self._disk.fill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._disk.make_room)
        self._history.back(outage)
        await self._house.up(patience=BACK)

    async def _power_cut(self) -> None:
        """Everybody stops at one moment; what was not on the disk then is gone."""
        assert self._disk is not None, "whose power is cut has a disk"
        house = self._house
        everybody = house.programs
        house.power.clear()
        outage = self._history.down("disk", Kind.POWER_CUT)
        for name in everybody:
            house.halt(name)
        await asyncio.to_thread(self._disk.cut)
        await house.kill(everybody)
        await house.ended(*everybody)
        await asyncio.to_thread(self._disk.come_back)
        house.power.set()
        self._history.back(outage)
        await house.up(patience=BACK)

    async def _elsewhere(self, fault: Fault) -> None:
        if self._command is None:
            self.skipped[f"{fault.kind} of Temporal"] += 1
            return
        outage = self._history.down(TEMPORAL, fault.kind)
        for moment, seconds in (("begin", fault.seconds), ("end", 0.0)):
            words = [*shlex.split(self._command), fault.kind, moment]
            await asyncio.to_thread(subprocess.run, words, check=True)
            await asyncio.sleep(seconds)
        self._history.back(outage)
        self.done[fault.kind, TEMPORAL] += 1
