"""The house under test: every program a process of its own, in a home and on ports of its own,
which can be killed, frozen and sent away one by one, and is started again at once."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from models.db.engine import Database
from models.status import RELAY
from models.ticket import Urgency
from temporal.search_attributes import SEARCH_ATTRIBUTES
from tests.chaos.history import History, Outage
from tests.databases import unhurried
from tests.ports import free_port
from tests.uncounted import UNCOUNTED
from workers.stack.environment import desk_url, for_children, issuer_url
from workers.stack.home import Home
from workers.stack.issuer import Issuer
from workers.stack.ports import HOST, Ports
from workers.stack.postgres import Postgres
from workers.stack.process import Process, Program, answering
from workers.stack.temporal_server import TemporalServer

PROGRAMS = ("temporal", "postgres", "worker", "relay", "api", "desk")
"""Whom faults befall."""
PARTING = 6.0
BREATH = 0.2
"""Seconds between two starts of a program that ends at once."""
PASSED_ON = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")


class Stand:
    """The servers and our programs. `extra` is what the programs are told beside the usual."""

    def __init__(self, home: Home, history: History, extra: dict[str, str]) -> None:
        self.home, self.history = home, history
        self.ports = Ports(*(free_port() for _ in Ports().__dataclass_fields__))
        self.postgres = Postgres(home.folder("postgres"), self.ports.postgres)
        self.temporal = TemporalServer(
            home.folder("temporal"), self.ports.temporal, self.ports.ui, SEARCH_ATTRIBUTES
        )
        self.issuer = Issuer(home, issuer_url(self.ports))
        self._extra = extra
        self._running: dict[str, Process] = {}
        self._up: dict[str, asyncio.Event] = {}
        self._away: dict[str, Outage] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.power = asyncio.Event()
        """While it is not set, nobody is started again."""
        self.power.set()

    @property
    def programs(self) -> tuple[str, ...]:
        """Whom faults may befall; whoever vouches for people is spared."""
        return tuple(name for name in self._up if name != "issuer")

    @property
    def api_url(self) -> str:
        """Where clients are heard."""
        return f"http://{HOST}:{self.ports.api}"

    async def start(self) -> None:
        """Everything, up to an API that accepts tickets."""
        await self._start_servers()
        await asyncio.gather(self._prepare(), self._launch(self._issuer()))
        await asyncio.gather(*(self._launch(p) for p in self._programs()))

    async def _start_servers(self) -> None:
        self.temporal.prepare()
        await asyncio.gather(self._start_postgres(), self._launch(self._temporal()))
        await self.temporal.keep_histories()

    async def _start_postgres(self) -> None:
        await asyncio.to_thread(self.postgres.prepare)
        await self._launch(self.postgres.program())
        await asyncio.to_thread(self.postgres.create_database)

    async def stop(self) -> None:
        """Everything; whoever is frozen is woken first."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for name in self._running:
            self._signal(name, signal.SIGCONT)
        ours = tuple(name for name in self._running if name not in SERVERS)
        for group in (ours, *((name,) for name in SERVERS)):
            there = [self._running.pop(name) for name in group if name in self._running]
            await asyncio.gather(*(process.stop(PARTING) for process in there))

    async def kill(self, names: tuple[str, ...]) -> None:
        """SIGKILL, all of them at the same moment; they are started again at once."""
        for name in names:
            self._leaves(name, "kill")
        for name in names:
            self._signal(name, signal.SIGKILL)

    async def ended(self, *names: str) -> None:
        """Wait until those that were killed are no more, children and all."""
        for name in names:
            await self._running[name].stop(0)

    async def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP for a while, with all its processes."""
        async with self._turns[name]:
            await self._up[name].wait()
            self.halt(name)
            await asyncio.sleep(seconds)
            self.go_on(name)

    def halt(self, name: str) -> None:
        """SIGSTOP, until it is told to go on, or ends."""
        self._leaves(name, "freeze")
        self._signal(name, signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        """SIGCONT for whoever was frozen."""
        self._signal(name, signal.SIGCONT)
        if (outage := self._away.get(name)) is not None:
            self._returns(name, outage)

    async def restart(self, name: str) -> None:
        """A farewell and a start, as in a deployment."""
        async with self._turns[name]:
            await self._up[name].wait()
            self._leaves(name, "restart")
            await self._running[name].stop(PARTING)

    async def up(self, *names: str, patience: float = 60.0) -> bool:
        """Wait until they serve, or for `patience` seconds; whether they do."""
        try:
            async with asyncio.timeout(patience):
                for name in names or self.programs:
                    await self._up[name].wait()
        except TimeoutError:
            return False
        return True

    def named(self, pid: int) -> str | None:
        """The program that a process is."""
        return next((name for name, it in self._running.items() if it.pid == pid), None)

    def words(self, name: str) -> str:
        """The end of what a program said."""
        log = self.home.logs / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-12:])

    async def _launch(self, program: Program) -> None:
        """Start a program; from then on it is started again whenever it ends."""
        name = program.name
        self._up[name], self._turns[name] = asyncio.Event(), asyncio.Lock()
        await self._begin(program)
        if not self._up[name].is_set():
            raise RuntimeError(f"{name} does not start: {self.words(name)}")
        self._keepers.append(asyncio.create_task(self._keep(program), name=f"keep {name}"))

    async def _begin(self, program: Program) -> None:
        log = self.home.logs / f"{program.name}.log"
        heard = log.stat().st_size if log.exists() else 0
        if said := STARTED.get(program.name.partition("-")[0]):
            program = replace(program, ready=_saying(log, heard, said))
        process = self._running[program.name] = await Process.start(program, log)
        if await process.until_ready():
            self._up[program.name].set()

    async def _keep(self, program: Program) -> None:
        name = program.name
        while True:
            await self._running[name].wait()
            outage = self._leaves(name, "end")
            while not self._up[name].is_set():
                await self.power.wait()
                with contextlib.suppress(OSError):
                    await self._running[name].stop(0)
                    await self._begin(program)
                if not self._up[name].is_set():
                    await asyncio.sleep(BREATH)
            self._returns(name, outage)

    def _leaves(self, name: str, kind: str) -> Outage:
        self._up[name].clear()
        if name not in self._away:
            self._away[name] = self.history.down(name, kind)
        return self._away[name]

    def _returns(self, name: str, outage: Outage) -> None:
        self._away.pop(name, None)
        self.history.back(outage)
        self._up[name].set()

    def _signal(self, name: str, number: signal.Signals) -> None:
        """To all its processes: the first is stopped before it can make more of them."""
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(self._running[name].pid)
            if number is signal.SIGKILL:
                first.send_signal(signal.SIGSTOP)
            for process in (*first.children(recursive=True), first):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)

    async def _prepare(self) -> None:
        errand = self._python("prepare", "workers.prepare")
        process = await Process.start(errand, self.home.logs / "prepare.log")
        if await process.wait() != 0:
            raise RuntimeError(f"no tables: {self.words('prepare')}")
        database = Database(self.postgres.url, pool_size=1)
        unhurried(database, *Urgency)
        database.close()

    def _programs(self) -> list[Program]:
        api, desk = self._python("api", "api"), self._python("desk", "api.web.desk")
        return [
            self._python("worker", "workers"),
            self._python("relay", "workers", RELAY),
            answering(api, f"{self.api_url}/healthz"),
            answering(desk, f"{desk_url(self.ports)}/healthz"),
        ]

    def _issuer(self) -> Program:
        program = self._python("issuer", "workers.stack.issuer", "serve")
        return answering(program, f"{issuer_url(self.ports)}/healthz")

    def _temporal(self) -> Program:
        # To ask the `temporal` program costs more than the server's own start.
        return replace(self.temporal.program(), ready=_listening(self.ports.temporal))

    def _python(self, name: str, module: str, *arguments: str) -> Program:
        return Program(name, (sys.executable, "-m", module, *arguments), self._environment())

    def _environment(self) -> dict[str, str]:
        given = {k: v for k, v in os.environ.items() if k in PASSED_ON}
        told = for_children(self.home, self.ports, self.postgres, self.temporal, given)
        numbers = asdict(self.ports).items()
        ports = {f"SYSOPS_{name.upper()}_PORT": str(number) for name, number in numbers}
        home = {"SYSOPS_HOME": str(self.home.path), "LOG_FORMAT": "json"}
        return {**told, **ports, **home, **UNCOUNTED, **self._extra}


SERVERS = ("issuer", "temporal", "postgres")
"""Who is stopped last, in this order."""
STARTED = {"worker": "worker_started", "relay": "relay_started"}
"""What a program that nobody can ask says when it begins to work."""


def _saying(log: Path, heard: int, words: str) -> Callable[[int], Awaitable[bool]]:
    async def ready(_pid: int) -> bool:
        with log.open("rb") as file:
            file.seek(heard)
            return words.encode() in file.read()

    return ready


def _listening(port: int) -> Callable[[int], Awaitable[bool]]:
    async def ready(_pid: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, port)) == 0

    return ready


@asynccontextmanager
async def stand(folder: Path, history: History, extra: dict[str, str]) -> AsyncIterator[Stand]:
    """A fresh house in `folder`, which is emptied before."""
    with Home(folder) as home:
        home.empty()
        made = Stand(home, history, extra)
        try:
            await made.start()
            yield made
        finally:
            await made.stop()
