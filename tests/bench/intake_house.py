"""The house of `python -m tests.bench.intake`, and those who come to it.

Two APIs over one command log, a worker and a relay, each a process of its own, at the servers
themselves: no cable is in between, which would cost time of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import LiteralString

import psycopg

from tests.bench.script import PAIRS
from tests.bench.servers import cpu_of
from tests.chaos.stand import Stand
from tests.ports import free_port
from tests.soak.clients import Load
from tests.soak.errands import Errand, errand
from tests.soak.evidence import moved, queued
from tests.soak.history import Op, Outcome, SoakHistory
from tests.soak.house import logged_in
from workers.stack.home import Home
from workers.stack.ports import HOST
from workers.stack.process import Program, answering

SERVERS = ("temporal", "postgres")
SEED = 1
MATCHING: LiteralString = """select count(*) from tickets
where status = 'MATCHING' and id = any(%s)"""
OTHER, *MANY = sorted({customer for customer, _ in PAIRS})
"""A customer who comes while many others do, and those."""


class IntakeHouse(Stand):
    """A stand that accepts tickets at two APIs."""

    def __init__(self, home: Home, history: SoakHistory) -> None:
        super().__init__(home, history, {})
        self._second = free_port()

    @property
    def api_urls(self) -> dict[str, str]:
        """Where clients are heard."""
        return {"api": self.api_url, "api-2": f"http://{HOST}:{self._second}"}

    @property
    def command_log(self) -> Path:
        """Where the APIs write down what they send."""
        return self.home.folder("command-log")

    async def take_away(self, names: tuple[str, ...], frozen: bool) -> None:
        """Freeze servers, or kill them at one moment and let nobody start them again."""
        if frozen:
            for name in names:
                self.halt(name)
        else:
            self.power.clear()
            await self.kill(names)

    async def give_back(self, names: tuple[str, ...], frozen: bool) -> None:
        """Return once they serve again."""
        if frozen:
            for name in names:
                self.go_on(name)
        self.power.set()
        assert await self.up(*names), f"{names} are not back"

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each program has used, the client's own among them."""
        return {**{n: cpu_of(it.pid) for n, it in self._running.items()}, "client": process_time()}

    def left_behind(self, accepted: set[str]) -> int:
        """How much of what was accepted nobody has taken up: commands, copies and tickets."""
        url = self.postgres.url
        return max(logged_in(self.command_log), queued(url), len(accepted - moved(url)))

    def not_matching(self, asked: set[str]) -> int:
        """How many of these tickets do not wait for experts yet."""
        with psycopg.connect(self.postgres.url) as session:
            [there] = session.execute(MATCHING, (list(asked),)).fetchone() or (0,)
        return len(asked) - int(there)

    def tickets(self) -> set[str]:
        """Every ticket that has a row."""
        with psycopg.connect(self.postgres.url) as session:
            return {ticket for (ticket,) in session.execute("select id from tickets")}

    def _programs(self) -> list[Program]:
        found = [program for program in super()._programs() if program.name != "desk"]
        told = {**self._environment(), "API_PORT": str(self._second)}
        second = replace(self._python("api-2", "api"), environment=told)
        return [*found, answering(second, f"{self.api_urls['api-2']}/healthz")]


class Callers:
    """Those who file and read at both APIs, at their own pace or as fast as they are answered."""

    def __init__(self, house: IntakeHouse, history: SoakHistory) -> None:
        self._apis = tuple(house.api_urls)
        self._load = Load(house.api_urls, house.issuer, history, SEED)
        self._today, self._number = datetime.now(UTC), 0
        self.accepted: set[str] = set()
        """The tickets that somebody was told are safe."""

    async def file(self, who: str = "") -> Op:
        """A new ticket, asked for once; of one of the many, if `who` is left out."""
        return await self._once(self._errand(who), 0)

    async def file_until_accepted(self) -> list[Op]:
        """A new ticket of one of the many, asked for as often as it takes, under one key: after
        the wait that was told, and of the other API."""
        told, tries = self._errand(""), list[Op]()
        while not tries or tries[-1].outcome is not Outcome.OK:
            if tries:
                assert tries[-1].status in (None, 429, 503), f"refused: {tries[-1]}"
                await asyncio.sleep(tries[-1].retry_after or 1.0)
            tries.append(await self._once(told, len(tries)))
        return tries

    async def read(self, who: str, ticket: str) -> Op:
        """A ticket, looked at once."""
        self._number += 1
        return await self._load.look(who, ticket, self._apis[self._number % len(self._apis)])

    async def close(self) -> None:
        """Everybody hangs up."""
        await self._load.close()

    def _errand(self, who: str) -> Errand:
        self._number += 1
        told = errand(SEED, self._number, self._today)
        return replace(told, who=who or MANY[self._number % len(MANY)])

    async def _once(self, told: Errand, turn: int) -> Op:
        api = self._apis[(told.number + turn) % len(self._apis)]
        op = await self._load.once(told, api, turn)
        if op.outcome is Outcome.OK and op.ticket_id:
            self.accepted.add(op.ticket_id)
        return op


async def coming(rate: float, one: Callable[[], Awaitable[Op]], enough: asyncio.Event) -> list[Op]:
    """So many a second at set times, whatever the answers, until it is enough."""
    loop = asyncio.get_running_loop()
    began, under_way = loop.time(), list[asyncio.Task[Op]]()

    async def asked() -> Op:
        return await one()

    while not enough.is_set():
        under_way.append(asyncio.create_task(asked()))
        await asyncio.sleep(max(0.0, began + len(under_way) / rate - loop.time()))
    return list(await asyncio.gather(*under_way))


def after(seconds: float) -> asyncio.Event:
    """Set after so many seconds."""
    enough = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, enough.set)
    return enough


@asynccontextmanager
async def intake_house(folder: Path) -> AsyncIterator[tuple[IntakeHouse, Callers]]:
    """A fresh house in `folder`, which is emptied before and after."""
    with Home(folder) as home:
        home.empty()
        history = SoakHistory(home.folder("seen") / "history.jsonl")
        house = IntakeHouse(home, history)
        callers = Callers(house, history)
        try:
            await house.start()
            yield house, callers
        finally:
            await callers.close()
            house.power.set()
            await house.stop()
            history.close()
            home.empty()
