"""The house of a soak: two of each of our programs, and between them and what they depend on
cables of ours."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from models.status import RELAY
from tests.chaos.stand import Stand
from tests.ports import free_port
from tests.soak.cables import Cables, laid
from tests.soak.history import SoakHistory
from workers.stack.home import Home
from workers.stack.ports import HOST
from workers.stack.process import Program, answering

APIS, WORKERS, RELAYS = ("api", "api-2"), ("worker", "worker-2"), ("relay", "relay-2")
OURS = (*APIS, *WORKERS, *RELAYS)
TEMPORAL, POSTGRES, VENDOR = "temporal", "postgres", "vendor"
SERVERS = (TEMPORAL, POSTGRES)
LINES = {"api": SERVERS, "worker": SERVERS, "relay": (POSTGRES, VENDOR)}
"""What a program of each role depends on."""
RACK = "cables"


def role(program: str) -> str:
    """What one of a pair is."""
    return program.partition("-")[0]


def line(program: str, server: str) -> str:
    """The name of a cable."""
    return f"{program}.{server}"


ALL_LINES = tuple(line(program, server) for program in OURS for server in LINES[role(program)])


@dataclass(frozen=True)
class Elsewhere:
    """A Temporal service that is not ours to start: `host:port`, and its namespace."""

    address: str
    namespace: str


class SoakHouse(Stand):
    """A stand of two each.

    Args:
        home: where it keeps what it keeps.
        history: who is told who is away.
        extra: what the programs are told beside the usual.
        vendor: `host` and `port` of who carries texts.
        elsewhere: the Temporal service, if not one of our own.
        durable: False, and no disk is waited for: what a power cut must show.
    """

    def __init__(
        self,
        home: Home,
        history: SoakHistory,
        extra: dict[str, str],
        *,
        vendor: tuple[str, int] = (HOST, 9),
        elsewhere: Elsewhere | None = None,
        durable: bool = True,
    ) -> None:
        super().__init__(home, history, extra)
        self.postgres.durable = durable
        self._durable, self._elsewhere, self._vendor = durable, elsewhere, vendor
        self._cable_ports = {name: free_port() for name in ALL_LINES}
        self.api_ports = {name: free_port() for name in APIS}
        self._socket = Path(extra["FAILPOINTS"]).with_name("cables")
        self.cables = Cables(self._socket)

    @property
    def api_urls(self) -> dict[str, str]:
        """Where clients are heard."""
        return {name: f"http://{HOST}:{port}" for name, port in self.api_ports.items()}

    @property
    def programs(self) -> tuple[str, ...]:
        """Whom faults may befall: all but those that test."""
        return tuple(name for name in super().programs if name != RACK)

    @property
    def temporal_address(self) -> str:
        """The Temporal service, past all cables."""
        return self._elsewhere.address if self._elsewhere else self.temporal.address

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self._elsewhere.namespace if self._elsewhere else "default"

    @property
    def has_its_own_temporal(self) -> bool:
        """Whether Temporal is a program of the house."""
        return self._elsewhere is None

    def command_log(self, api: str) -> Path:
        """Where an API writes down what it sends."""
        return self.home.folder(f"command-log-{api}")

    def logged(self, api: str) -> int:
        """How many commands an API has in its log that have no outcome."""
        return logged_in(self.command_log(api))

    async def _start_servers(self) -> None:
        if self._elsewhere is None:
            await super()._start_servers()
        else:
            await self._start_postgres()
        await self._launch(self._rack())

    def _rack(self) -> Program:
        far = {
            TEMPORAL: self.temporal_address.rsplit(":", 1),
            POSTGRES: [HOST, str(self.ports.postgres)],
            VENDOR: [self._vendor[0], str(self._vendor[1])],
        }
        arguments = []
        for name, own in self._cable_ports.items():
            host, port = far[name.rpartition(".")[2]]
            arguments.append(laid(name, own, host, int(port)))
        program = self._python(RACK, "tests.soak.cables", str(self._socket), *arguments)

        async def ready(_pid: int) -> bool:
            return self._socket.exists()

        return replace(program, ready=ready)

    def _temporal(self) -> Program:
        program = super()._temporal()
        if self._durable:
            return program
        words = list(program.command)
        words[words.index("synchronous=FULL")] = "synchronous=OFF"
        return replace(program, command=tuple(words))

    def _programs(self) -> list[Program]:
        modules = {"api": ("api",), "worker": ("workers",), "relay": ("workers", RELAY)}
        found = []
        for name in OURS:
            program = self._python(name, *modules[role(name)])
            program = replace(program, environment={**program.environment, **self._told(name)})
            if name in APIS:
                program = answering(program, f"{self.api_urls[name]}/healthz")
            found.append(program)
        return found

    def _told(self, name: str) -> dict[str, str]:
        """What one program is told beside what all are: its own cables, port and folders."""
        ends = {server: self._cable_ports[line(name, server)] for server in LINES[role(name)]}
        url = urlsplit(self.postgres.url)
        user = url.netloc.rpartition("@")[0]
        told = {
            "DATABASE_URL": urlunsplit(url._replace(netloc=f"{user}@{HOST}:{ends[POSTGRES]}")),
            "FLAGS_FILE": str(self.home.path / f"flags-{name}.json"),
            "CATALOGUE_CACHE_FILE": str(self.home.path / f"catalogue-{name}.json"),
            "TEMPORAL_NAMESPACE": self.namespace,
        }
        if TEMPORAL in ends:
            told["TEMPORAL_ADDRESS"] = f"{HOST}:{ends[TEMPORAL]}"
        if VENDOR in ends:
            told["TWILIO_BASE_URL"] = f"http://{HOST}:{ends[VENDOR]}"
        if name in APIS:
            told["API_PORT"] = str(self.api_ports[name])
            told["COMMAND_LOG_DIRECTORY"] = str(self.command_log(name))
            told["JWKS_CACHE_FILE"] = str(self.home.path / f"jwks-{name}.json")
        return told


def logged_in(folder: Path) -> int:
    """How many commands without an outcome are in the files of a command log."""
    found = 0
    for path in folder.glob("commands-*.db"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1.0)) as file:
            found += int(file.execute("select count(*) from command").fetchone()[0])
    return found


@asynccontextmanager
async def soak_house(
    folder: Path, history: SoakHistory, extra: dict[str, str], **how: object
) -> AsyncIterator[SoakHouse]:
    """A fresh house in `folder`, which is emptied before; `how` is what `SoakHouse` takes."""
    with Home(folder) as home:
        home.empty()
        made = SoakHouse(home, history, extra, **how)  # type: ignore[arg-type]
        try:
            await made.start()
            yield made
        finally:
            made.power.set()
            await made.stop()
