"""The local stack: Postgres heals, what dies comes back, a refusal is one line with a remedy."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import jwt
import psutil
import psycopg
import pytest
import pytest_asyncio

from tests.ports import free_port
from workers.stack import identity
from workers.stack import issuer as issuing
from workers.stack.console import Console
from workers.stack.environment import AUDIENCE
from workers.stack.home import Home, kept_secret
from workers.stack.ports import Ports
from workers.stack.postgres import Postgres
from workers.stack.process import Program
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import Supervisor
from workers.stack.temporal_server import TemporalServer


class Heard(Console):
    """A console that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, subject: str, fact: str) -> None:
        self.lines.append(f"{subject} {fact}")


@pytest.fixture
def console() -> Heard:
    return Heard()


@pytest_asyncio.fixture
async def supervisor(tmp_path: Path, console: Heard) -> AsyncIterator[Supervisor]:
    logs = tmp_path / "logs"
    logs.mkdir()
    supervisor = Supervisor(console, logs)
    yield supervisor
    await supervisor.stop()


@pytest.fixture
def postgres(tmp_path: Path) -> Postgres:
    return Postgres(tmp_path / "postgres", free_port(), durable=False)


async def start(supervisor: Supervisor, postgres: Postgres) -> None:
    postgres.prepare()
    await supervisor.start(postgres.program())
    postgres.create_database()


def ask(postgres: Postgres, query: str) -> object:
    with psycopg.connect(postgres.url, autocommit=True, connect_timeout=5) as session:
        answer = session.execute(query)
        return answer.fetchone()[0] if answer.description else None  # type: ignore[index]


async def eventually(holds: Callable[[], bool], within: float = 20) -> None:
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 (it is another process that changes)
            await asyncio.sleep(0.05)


async def test_postgres_serves_on_loopback_with_a_password_and_checksums(
    supervisor: Supervisor, postgres: Postgres
) -> None:
    await start(supervisor, postgres)
    assert ask(postgres, "SHOW server_version_num").__str__().startswith("18")
    assert ask(postgres, "SHOW data_checksums") == "on"
    assert ask(postgres, "SHOW unix_socket_directories") == ""
    assert ask(postgres, "SHOW listen_addresses") == "127.0.0.1"
    wrong = postgres.url.replace(postgres.url.split(":")[2].split("@")[0], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert (postgres.directory / "password").stat().st_mode & 0o777 == 0o600


async def test_postgres_never_runs_as_root(supervisor: Supervisor, postgres: Postgres) -> None:
    await start(supervisor, postgres)
    uids = psutil.Process(supervisor.pid("postgres")).uids()
    assert os.geteuid() != 0 or 0 not in uids


async def test_postgres_runs_below_a_folder_closed_to_others(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    await start(supervisor, Postgres(closed / "postgres", free_port(), durable=False))
    assert closed.stat().st_mode & 0o777 == 0o700


async def test_data_survives_a_restart(supervisor: Supervisor, postgres: Postgres) -> None:
    await start(supervisor, postgres)
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    await supervisor.stop()
    await start(supervisor, postgres)
    assert ask(postgres, "SELECT answer FROM kept") == 42


async def test_durable_postgres_gives_nothing_away(
    supervisor: Supervisor, postgres: Postgres
) -> None:
    postgres.durable = True
    await start(supervisor, postgres)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert ask(postgres, f"SHOW {setting}") == "on"


async def test_stale_process_id_of_a_living_stranger_is_healed(
    supervisor: Supervisor, postgres: Postgres
) -> None:
    await start(supervisor, postgres)
    await supervisor.stop()
    stale = postgres.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{postgres.data}\n0\n{postgres.port}\n\n\n\n")
    os.chown(stale, postgres.identity.uid, postgres.identity.gid)
    await start(supervisor, postgres)
    assert ask(postgres, "SELECT 1") == 1


async def test_interrupted_initdb_is_done_again(supervisor: Supervisor, postgres: Postgres) -> None:
    postgres.directory.mkdir()
    draft = postgres.directory / "data.draft"
    (draft / "global").mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    await start(supervisor, postgres)
    assert ask(postgres, "SELECT 1") == 1
    assert not draft.exists()


async def test_half_made_data_directory_is_set_aside_not_deleted(
    supervisor: Supervisor, postgres: Postgres
) -> None:
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("18\n")
    await start(supervisor, postgres)
    assert ask(postgres, "SELECT 1") == 1
    [aside] = postgres.directory.glob("data.unusable-*")
    assert (aside / "PG_VERSION").exists()


def test_data_of_another_version_is_refused(postgres: Postgres) -> None:
    (postgres.data / "global").mkdir(parents=True)
    (postgres.data / "global" / "pg_control").touch()
    (postgres.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match=r"made by PostgreSQL 16.*make reset"):
        postgres.prepare()


def test_root_that_can_become_nobody_else_is_told_so(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(identity, "_works", lambda *_: False)
    with pytest.raises(CannotStart, match="run this as an ordinary user"):
        postgres.prepare()


async def test_killed_postgres_comes_back_with_its_data(
    supervisor: Supervisor, postgres: Postgres, console: Heard
) -> None:
    await start(supervisor, postgres)
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    killed = supervisor.pid("postgres")
    os.kill(killed, signal.SIGKILL)
    await eventually(lambda: any("back: ready" in line for line in console.lines))
    assert supervisor.pid("postgres") != killed
    assert ask(postgres, "SELECT answer FROM kept") == 42
    assert "postgres was killed by SIGKILL; starting it again" in console.lines


def stand_in(code: str, name: str = "stand-in", patience: float = 10) -> Program:
    return Program(name, (sys.executable, "-c", code), dict(os.environ), patience=patience)


async def test_whatever_dies_is_started_again(supervisor: Supervisor, console: Heard) -> None:
    await supervisor.start(stand_in("import time; time.sleep(600)"))
    for _ in range(2):
        killed = supervisor.pid("stand-in")
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda killed=killed: supervisor.pid("stand-in") != killed)  # type: ignore[misc]
    assert console.lines.count("stand-in was killed by SIGKILL; starting it again") == 2


async def test_what_never_starts_is_told_with_its_last_words(supervisor: Supervisor) -> None:
    async def never(_pid: int) -> bool:
        return False

    broken = stand_in("raise SystemExit('no such table')")
    with pytest.raises(CannotStart, match=r"stand-in does not start: no such table \(see .*log\)"):
        await supervisor.start(Program(broken.name, broken.command, broken.environment, never))


async def test_stopping_leaves_nothing_behind_even_of_the_deaf(
    tmp_path: Path, console: Heard
) -> None:
    supervisor = Supervisor(console, tmp_path, parting=0.5)
    deaf = (
        "import signal, subprocess, sys, time;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "time.sleep(600)"
    )
    await supervisor.start(stand_in(deaf))
    process = psutil.Process(supervisor.pid("stand-in"))
    await eventually(lambda: bool(process.children()))
    family = [process, *process.children(recursive=True)]
    await supervisor.stop()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []


def test_programs_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys, pathlib\n"
        "from workers.stack.console import Console\n"
        "from workers.stack.process import Program\n"
        "from workers.stack.supervisor import Supervisor\n"
        "async def main():\n"
        "    supervisor = Supervisor(Console(), pathlib.Path(sys.argv[1]))\n"
        "    sleep = (sys.executable, '-c', 'import time; time.sleep(600)')\n"
        "    await supervisor.start(Program('sleeper', sleep, dict(os.environ)))\n"
        "    print(supervisor.pid('sleeper'), flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        sleeper = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.stdout.close()
    assert psutil.wait_procs([sleeper], timeout=5)[1] == []


async def test_temporal_keeps_histories_for_ninety_days_across_restarts(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    from temporal.search_attributes import SEARCH_ATTRIBUTES

    directory = tmp_path / "temporal"
    for expected_first_start in (True, False):
        server = TemporalServer(directory, free_port(), free_port(), SEARCH_ATTRIBUTES)
        assert server.prepare() is expected_first_start
        await supervisor.start(server.program())
        await server.keep_histories()
        described = await server.call(
            "operator", "namespace", "describe", "-n", "default", "-o", "json"
        )
        retention = json.loads(described)["config"]["workflowExecutionRetentionTtl"]
        assert retention == "7776000s"
        listed = json.loads(await server.call("operator", "search-attribute", "list", "-o", "json"))
        assert set(SEARCH_ATTRIBUTES) <= set(listed["customAttributes"])
        await supervisor.stop()


def test_half_made_temporal_database_is_made_again(tmp_path: Path) -> None:
    server = TemporalServer(tmp_path, free_port(), free_port(), {})
    for name in ("temporal.db", "temporal.db-wal", "temporal.db-shm"):
        (tmp_path / name).write_bytes(b"half")
    assert server.prepare()
    assert list(tmp_path.glob("temporal.db*")) == []


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_taken_port_is_one_line_that_names_port_and_variable(
    taken_port: int, tmp_path: Path
) -> None:
    refused = run_stack(tmp_path, SYSOPS_TEMPORAL_PORT=str(taken_port))
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"cannot start: port {taken_port} is taken and temporal wants it: "
        "stop what listens there, or set SYSOPS_TEMPORAL_PORT to a free port"
    ]


def test_second_stack_in_one_home_is_one_line(tmp_path: Path) -> None:
    with Home(tmp_path):
        refused = run_stack(tmp_path)
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert f"already running here as process {os.getpid()}" in line


def test_reset_drops_what_was_kept(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "data").touch()
    done = run_stack(tmp_path, command="reset")
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def run_stack(
    home: Path, command: str = "run", **variables: str
) -> subprocess.CompletedProcess[str]:
    free = {
        f"SYSOPS_{name}_PORT": str(free_port())
        for name in ("API", "POSTGRES", "TEMPORAL", "UI", "ISSUER", "DESK")
    }
    return subprocess.run(
        [sys.executable, "-m", "workers.local", command],
        env={**os.environ, **free, "SYSOPS_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("nonsense", ["abc", "0", "65536", "-1", "80 80"])
def test_nonsense_for_a_port_is_refused(nonsense: str) -> None:
    with pytest.raises(CannotStart, match="SYSOPS_UI_PORT is no port"):
        Ports.from_environment({"SYSOPS_UI_PORT": nonsense})


def test_one_port_for_two_is_refused() -> None:
    with pytest.raises(CannotStart, match="wanted twice"):
        Ports(api=(port := free_port()), issuer=port).ensure_free()


def test_kept_secret_stays_the_same_and_to_its_owner(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path / "secret")
    assert len(secret) >= 40
    assert kept_secret(tmp_path / "secret") == secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("role", sorted(issuing.SUBJECTS))
def test_token_of_every_role_is_verified_with_the_published_key(role: str, tmp_path: Path) -> None:
    issuer = issuing.Issuer(Home(tmp_path), "http://issuer.test")
    token = issuer.token(role)
    key = jwt.PyJWKSet.from_dict(issuer.key_set())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        audience=AUDIENCE,
        issuer="http://issuer.test",
        options={"require": ["exp", "iat", "jti", "sub"]},
    )
    assert (claims["role"], claims["sub"]) == (role, issuing.SUBJECTS[role])


def test_issuer_keeps_its_key(tmp_path: Path) -> None:
    first, second = (issuing.Issuer(Home(tmp_path), "http://issuer.test") for _ in range(2))
    assert first.key_set() == second.key_set()


def test_issuer_knows_no_other_role(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown role 'king'"):
        issuing.Issuer(Home(tmp_path), "http://issuer.test").token("king")
