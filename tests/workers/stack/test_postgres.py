"""The embedded Postgres: closed to others, never root, and healed of whatever befell it."""

import os
import signal
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.ports import free_port
from tests.until import until
from tests.workers.stack.standing import Heard, ask, start
from workers.stack.identity import first_that_works, myself
from workers.stack.postgres import Postgres
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import Supervisor


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


def test_root_that_can_become_nobody_else_is_told_so(tmp_path: Path) -> None:
    refuses_everybody = Path("/bin/false")
    with pytest.raises(CannotStart, match="run this as an ordinary user"):
        first_that_works([myself()], tmp_path, refuses_everybody)


async def test_killed_postgres_comes_back_with_its_data(
    supervisor: Supervisor, postgres: Postgres, console: Heard
) -> None:
    await start(supervisor, postgres)
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    killed = supervisor.pid("postgres")
    os.kill(killed, signal.SIGKILL)
    await until(lambda: any("back: ready" in line for line in console.lines), "Postgres")
    assert supervisor.pid("postgres") != killed
    assert ask(postgres, "SELECT answer FROM kept") == 42
    assert "postgres was killed by SIGKILL; starting it again" in console.lines
