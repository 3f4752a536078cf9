"""Postgres, and on it the four roles of a production Temporal server, several processes of each.

All of it is told what docker-compose tells it, but for where the others are.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from tests.cluster.balancer import Balancer
from tests.cluster.built import Built
from tests.contracts.compose import ROOT, SERVICES, resolved
from workers.stack.postgres import Postgres, binary
from workers.stack.process import Program
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import Supervisor

ROLES = {"history": 7234, "matching": 7235, "frontend": 7233, "worker": 6939}
"""Each with the port that it listens on; the last has none but that of the ring."""
SITES = ("127.0.1.1", "127.0.1.2")
"""The processes of a role have one port and an address each, as in containers: the ring in which
they find each other knows a role's port once."""


@dataclass
class Engine:
    """A Temporal cluster over one Postgres server; `given` is what `.env` would say."""

    folder: Path
    built: Built
    given: Mapping[str, str]
    postgres: Postgres
    balancer: Balancer
    sites: Sequence[str] = SITES

    @property
    def address(self) -> str:
        """Where clients find a frontend."""
        return f"127.0.0.1:{self.balancer.port}"

    def _make_databases(self) -> None:
        """The databases, their owners, Temporal's tables: docker-compose's own jobs.

        Raises:
            CannotStart: one of them fails.
        """
        keeper = urlsplit(self.postgres.keeper_url)
        self._job(
            "databases",
            PGHOST="127.0.0.1",
            PGPORT=str(self.postgres.port),
            PGUSER=keeper.username or "",
            PGPASSWORD=keeper.password or "",
        )
        self._job(
            "temporal-schema",
            POSTGRES_SEEDS="127.0.0.1",
            DB_PORT=str(self.postgres.port),
            SCHEMAS=str(self.built.schemas),
        )

    def _make_namespace(self) -> None:
        """Our namespace and its search attributes, by docker-compose's own job.

        Raises:
            CannotStart: it fails.
        """
        self._job("temporal-namespace", TEMPORAL_ADDRESS=self.address)

    async def start(self, supervisor: Supervisor) -> None:
        """Everything, up to frontends that know our namespace.

        Raises:
            CannotStart: something does not.
        """
        await asyncio.to_thread(self.postgres.prepare)
        await supervisor.start(self.postgres.program())
        await asyncio.to_thread(self._make_databases)
        await self.balancer.open()
        for site in self.sites:
            # The first that comes to an empty database writes down what cluster it is; whoever
            # comes in the same moment fails.
            first, *others = (self._role(role, site) for role in ROLES)
            await supervisor.start(first)
            await asyncio.gather(*(supervisor.start(one) for one in others))
        await asyncio.to_thread(self._make_namespace)

    async def kill(self, supervisor: Supervisor, every: float, chance: Random) -> None:
        """SIGKILL one of its processes every so many seconds, until cancelled."""
        names = [name(role, k) for role in ROLES for k in range(len(self.sites))]
        while True:
            await asyncio.sleep(every)
            victim = chance.choice(names)
            os.kill(supervisor.pid(victim), signal.SIGKILL)

    def _role(self, role: str, site: str) -> Program:
        told = resolved(SERVICES["temporal"]["environment"], self.given)
        del told["PROMETHEUS_ENDPOINT"]
        dynamic = Path(told["DYNAMIC_CONFIG_FILE_PATH"]).name
        port = ROLES[role]
        return Program(
            name=name(role, self.sites.index(site)),
            command=(str(self.built.server), "--allow-no-auth", "start", "--service", role),
            environment={
                **told,
                "PATH": os.defpath,
                "HOME": str(self.folder),
                "BIND_ON_IP": site,
                "POSTGRES_SEEDS": "127.0.0.1",
                "DB_PORT": str(self.postgres.port),
                "DYNAMIC_CONFIG_FILE_PATH": str(ROOT / "temporal" / "dynamicconfig" / dynamic),
            },
            ready=lambda _pid: asyncio.to_thread(listens, site, port),
            where=f"{site}:{port}",
        )

    def _job(self, service: str, **places: str) -> None:
        told = resolved(SERVICES[service]["environment"], self.given)
        _, script = SERVICES[service]["entrypoint"]
        path = (self.built.tools, binary("psql").parent, Path(sys.executable).parent, os.defpath)
        done = subprocess.run(
            ["/bin/sh", str(ROOT / "temporal" / "schema" / Path(script).name)],
            env={
                **told,
                "PATH": os.pathsep.join(map(str, path)),
                "HOME": str(self.folder),
                **places,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines() or ["it says nothing"]
            raise CannotStart(f"{service} fails: {said[-1]}")


def name(role: str, site: int) -> str:
    """What a process is called."""
    return f"temporal-{role}-{site + 1}"


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0
