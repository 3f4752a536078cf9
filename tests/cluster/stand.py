"""Everything together: Postgres, the engine, our programs, an issuer of tokens."""

import asyncio
import os
import sys
from dataclasses import dataclass, field, replace

from tests.cluster.balancer import Balancer
from tests.cluster.built import Built
from tests.cluster.engine import ROLES, SITES, Engine
from tests.cluster.house import House
from tests.contracts.compose import changed
from tests.ports import free_port
from workers.stack.console import Console
from workers.stack.environment import AUDIENCE, issuer_url
from workers.stack.home import Home
from workers.stack.ports import Ports
from workers.stack.postgres import Postgres
from workers.stack.process import Program, answering
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import Supervisor

PASSED_ON = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Size:
    """How many processes there are of each."""

    sites: int = 2
    apis: int = 2
    workers: int = 2
    relays: int = 2


@dataclass
class Stand:
    """One system in a home; nothing of it is shared with another but the addresses of the sites."""

    home: Home
    console: Console
    built: Built
    size: Size = field(default_factory=Size)
    port: int = 0
    """Of the engine; 0, and it is any."""

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.console, self.home.logs)
        self.api_ports = [free_port() for _ in range(self.size.apis)]
        self.ports = replace(Ports(), api=self.api_ports[0], issuer=free_port())
        self.postgres = Postgres(self.home.folder("postgres"), free_port())
        sites = SITES[: self.size.sites]
        frontends = [(site, ROLES["frontend"]) for site in sites]
        self._balancer = Balancer(self.port or free_port(), frontends)
        self._given = {**changed(), **self._addresses()}
        self.engine = Engine(
            *(self.home.folder("temporal"), self.built, self._given, self.postgres),
            *(self._balancer, sites),
        )

    @property
    def api_urls(self) -> list[str]:
        """Where customers, experts and the helpdesk are heard."""
        return [f"http://127.0.0.1:{port}" for port in self.api_ports]

    async def start(self) -> None:
        """Everything, up to APIs that accept tickets.

        Raises:
            CannotStart: something does not.
        """
        await self.engine.start(self.supervisor)
        house = self.house()
        await self.supervisor.start(self._issuer())
        if await self.supervisor.run(errand := house.prepare()) != 0:
            raise CannotStart(self.supervisor.last_words(errand))
        apis = [house.api(port, f"api-{k}") for k, port in enumerate(self.api_ports, 1)]
        others = [
            *house.several("worker", self.size.workers),
            *house.several("relay", self.size.relays),
        ]
        await asyncio.gather(*(self.supervisor.start(one) for one in (*apis, *others)))

    async def stop(self) -> None:
        """Everything; the data stays."""
        ours = [*(f"api-{k + 1}" for k in range(self.size.apis))]
        ours += [f"worker-{k + 1}" for k in range(self.size.workers)]
        await self.supervisor.stop(tuple(ours))
        await self._balancer.close()

    def house(self) -> House:
        """Our programs, as they are told things here."""
        places = {
            "temporal:7233": self.engine.address,
            "postgres:5432": f"127.0.0.1:{self.postgres.port}",
        }
        return House(self.home.folder("house"), self._given, places, self._passed_on())

    async def tell_story(self) -> int:
        """One ticket, from the call to the closed file, told as it happens; 0 if it ends well."""
        where = ("--api", self.api_urls[0], "--issuer", issuer_url(self.ports))
        environment = {
            **self._passed_on(),
            "OUTBOX_DIRECTORY": str(self.home.folder("house") / "outbox"),
            "LINK_SECRET": self._given["LINK_SECRET"],
        }
        command = (sys.executable, "-m", "workers.tools.story", *where)
        return await self.supervisor.run(Program("story", command, environment), aloud=True)

    def _addresses(self) -> dict[str, str]:
        """What a person writes into `.env` of where things are."""
        issuer = issuer_url(self.ports)
        return {
            "API_PUBLIC_URL": f"http://127.0.0.1:{self.ports.api}",
            "JWT_ISSUER": issuer,
            "JWT_AUDIENCE": AUDIENCE,
            "JWKS_URL": f"{issuer}/.well-known/jwks.json",
        }

    def _issuer(self) -> Program:
        environment = {
            **self._passed_on(),
            "SYSOPS_HOME": str(self.home.path),
            "SYSOPS_ISSUER_PORT": str(self.ports.issuer),
        }
        command = (sys.executable, "-m", "workers.stack.issuer", "serve")
        program = Program("issuer", command, environment)
        return answering(program, f"{issuer_url(self.ports)}/healthz")

    def _passed_on(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name in PASSED_ON}
