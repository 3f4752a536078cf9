"""What the bench runs on: servers of its own, set up as the local stack's, and nobody else's data.

One Postgres with a database for each party, one Temporal server, and each worker in a process of
its own, so that what a ticket costs can be told apart.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import psutil
import psycopg

from models.db.engine import Database
from models.status import RELAY
from models.ticket import Urgency
from temporal.queues import TICKETS
from temporal.search_attributes import SEARCH_ATTRIBUTES
from tests.bench import floor
from tests.bench.floor_tables import make_tables
from tests.databases import unhurried
from tests.ports import free_port
from tests.uncounted import UNCOUNTED
from workers.stack.environment import for_children, issuer_url
from workers.stack.home import Home
from workers.stack.issuer import Issuer
from workers.stack.ports import HOST, Ports
from workers.stack.postgres import Postgres
from workers.stack.process import Process, Program, answering
from workers.stack.roles import HOUSE
from workers.stack.temporal_server import TemporalServer

PARTING = 6.0


@dataclass
class Servers:
    """Everything that runs, and how much CPU each has used."""

    home: Home
    ports: Ports
    postgres: Postgres
    temporal: TemporalServer
    issuer: Issuer
    running: dict[str, Process] = field(default_factory=dict)

    def database(self, party: str) -> str:
        """Where a party keeps its tickets."""
        return f"{self.postgres.url.rpartition('/')[0]}/{party}"

    def environment(self, party: str) -> dict[str, str]:
        """What the processes of a party are told."""
        told = for_children(
            self.home, self.ports, self.postgres, self.temporal, {"LOG_FORMAT": "json"}
        )
        keys = self.home.path / "issuer.json"
        keys.write_text(json.dumps(self.issuer.key_set()))
        return {
            **told,
            **UNCOUNTED,
            "DATABASE_URL": self.database(party),
            "JWKS_URL": keys.as_uri(),
        }

    async def start(self, program: Program) -> None:
        """Return once the program serves."""
        process = await Process.start(program, self.home.logs / f"{program.name}.log")
        self.running[program.name] = process
        if not await process.until_ready():
            raise RuntimeError(f"{program.name} does not start: {_words(self.home, program.name)}")

    async def stop(self, *names: str) -> None:
        """End them."""
        await asyncio.gather(*(self.running.pop(name).stop(PARTING) for name in names))

    async def start_workers(self) -> None:
        """Ours as in production, and the floors."""
        for party, module, queue in (
            ("ours", "workers", TICKETS),
            ("floor", "tests.bench.floor", floor.SURE),
            ("hasty", "tests.bench.floor", floor.HASTY),
        ):
            program = self.program(party, module, queue)
            ready = partial(self.temporal.is_polled, queue)
            await self.start(replace(program, ready=ready, pause=0.2))
        await self.start(self.program("ours", "workers", RELAY, name=relay_of("ours")))
        for party in ("floor", "hasty"):
            await self.start(self.program(party, "tests.bench.sender", name=relay_of(party)))

    async def stop_workers(self) -> None:
        """End them all."""
        await self.stop(*(n for n in self.running if n not in ("postgres", "temporal")))

    async def start_api(self) -> str:
        """The API in front of our tickets; its address."""
        url = f"http://{HOST}:{self.ports.api}"
        await self.start(answering(self.program("ours", "api", name="api"), f"{url}/readyz"))
        return url

    async def prepare(self) -> None:
        """The tables of every party."""
        self.postgres.create_database()
        with psycopg.connect(self.postgres.keeper_url, autocommit=True) as session:
            for party in ("ours", "floor", "hasty"):
                session.execute(f'create database "{party}" owner {HOUSE}')
        errand = await Process.start(
            self.program("ours", "workers.prepare"), self.home.logs / "prepare.log"
        )
        if await errand.wait() != 0:
            raise RuntimeError(f"no tables: {_words(self.home, 'prepare')}")
        ours = Database(self.database("ours"), pool_size=1)
        unhurried(ours, *Urgency)
        ours.close()
        for party in ("floor", "hasty"):
            make_tables(self.database(party))

    def cpu(self, name: str) -> float:
        """Seconds of CPU that a program and its children have used, the dead ones included; none
        of one that there is not."""
        return cpu_of(self.running[name].pid) if name in self.running else 0.0

    def program(self, party: str, module: str, *arguments: str, name: str = "") -> Program:
        """A module of ours, told of a party's database."""
        command = (sys.executable, "-m", module, *arguments)
        return Program(name or party, command, self.environment(party))


def relay_of(party: str) -> str:
    """The program that tells people of a party's tickets."""
    return f"{party}-relay"


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and its children have used."""
    process = psutil.Process(pid)
    times = [process.cpu_times()]
    for child in process.children(recursive=True):
        try:
            times.append(child.cpu_times())
        except psutil.NoSuchProcess:
            continue
    return float(sum(t.user + t.system + t.children_user + t.children_system for t in times))


@asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[Servers]:
    """Fresh servers in `folder`, which is emptied before and after."""
    with Home(folder) as home:
        home.empty()
        ports = Ports(*(free_port() for _ in Ports().__dataclass_fields__))
        postgres = Postgres(home.folder("postgres"), ports.postgres)
        temporal = TemporalServer(
            home.folder("temporal"), ports.temporal, ports.ui, SEARCH_ATTRIBUTES
        )
        made = Servers(home, ports, postgres, temporal, Issuer(home, issuer_url(ports)))
        try:
            await asyncio.to_thread(postgres.prepare)
            temporal.prepare()
            await asyncio.gather(made.start(postgres.program()), made.start(temporal.program()))
            await temporal.keep_histories()
            await made.prepare()
            yield made
        finally:
            await made.stop_workers()
            await made.stop(*made.running)
            home.empty()


def _words(home: Home, name: str) -> str:
    log = home.logs / f"{name}.log"
    return "\n".join(log.read_text(errors="replace").splitlines()[-12:])
