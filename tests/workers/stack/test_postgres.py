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
from workers.stack.identity import NOBODYS, first_that_works, myself
from workers.stack.postgres import Postgres
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import Supervisor

pytestmark = pytest.mark.long


async def test_postgres_serves_on_loopback_with_a_password_and_checksums(
    supervisor: Supervisor, postgres: Postgres
) -> None:
    await start(supervisor, postgres)
    assert ask(postgres, "SHOW server_version_num").__str__().startswith("18")
    assert ask(postgres, "SHOW data_checksums") == "on"
    with psycopg.connect(postgres.keeper_url) as keeper:
        assert keeper.execute("SHOW unix_socket_directories").fetchone() == ("",)
    assert ask(postgres, "SHOW listen_addresses") == "127.0.0.1"
    wrong = postgres.url.replace(postgres.url.split(":")[2].split("@")[0], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    for secret in ("password", "keeper-password"):
        assert (postgres.directory / secret).stat().st_mode & 0o777 == 0o600


async def test_postgres_never_runs_as_root(supervisor: Supervisor, postgres: Postgres) -> None:
    await start(supervisor, postgres)
    uids = psutil.Process(supervisor.pid("postgres")).uids()
    assert os.geteuid() != 0 or 0 not in uids


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")
@pytest.mark.parametrize("mode", [0o755, 0o700])
async def test_started_by_root_postgres_is_an_account_of_its_own_without_capabilities(
    supervisor: Supervisor, tmp_path: Path, mode: int
) -> None:
    above = tmp_path / "above"
    above.mkdir(mode=mode)
    postgres = Postgres(above / "postgres", free_port(), durable=False)
    await start(supervisor, postgres)
    assert above.stat().st_mode & 0o777 == mode
    status = Path(f"/proc/{supervisor.pid('postgres')}/status").read_text(encoding="ascii")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    number = facts["Uid"].split()[0]
    assert int(number) in NOBODYS
    assert {facts[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    secret = tmp_path / "secret"
    secret.write_text("for root alone")
    secret.chmod(0o600)
    with psycopg.connect(postgres.keeper_url, autocommit=True) as keeper:
        keeper.execute("create temp table said (words text)")
        keeper.execute(f"copy said from program 'cat {secret} 2>&1 || true'".encode())
        said = keeper.execute("select words from said").fetchone()
    assert said is not None
    assert "for root alone" not in said[0]


@pytest.mark.parametrize(
    "wanted",
    [
        "copy (select 1) to program 'id'",
        "copy (select 1) to '/tmp/said'",
        "select pg_read_file('postgresql.conf')",
        "create role another superuser",
        "create database another",
        "alter role sysops superuser",
        "alter system set fsync = off",
        "set role keeper",
    ],
)
async def test_the_house_may_nothing_beyond_its_database(
    supervisor: Supervisor, postgres: Postgres, wanted: str
) -> None:
    await start(supervisor, postgres)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(postgres, wanted)


async def test_the_house_does_not_enter_another_database(
    supervisor: Supervisor, postgres: Postgres
) -> None:
    await start(supervisor, postgres)
    for other in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(f"{postgres.url.rpartition('/')[0]}/{other}")


async def test_a_cluster_whose_house_was_superuser_opens_with_its_data_and_is_put_right(
    supervisor: Supervisor, postgres: Postgres
) -> None:
    await start(supervisor, postgres)
    as_an_earlier_release_made_it(postgres)
    await supervisor.stop()
    await start(supervisor, postgres)
    assert ask(postgres, "select answer from kept") == 42
    assert ask(postgres, "select usesuper from pg_user where usename = current_user") is False
    theirs = "select count(*) from pg_class where relowner = 'sysops'::regrole and relname in {}"
    assert ask(postgres, theirs.format("('kept', 'kept_id_seq', 'seen', 'counter')")) == 4
    ask(postgres, "alter type mood add value 'glad'")
    ask(postgres, "drop extension btree_gist")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(postgres, "copy (select 1) to program 'id'")


def as_an_earlier_release_made_it(postgres: Postgres) -> None:
    """One superuser of the house's name, who owns everything, and no keeper."""
    with psycopg.connect(postgres.keeper_url, autocommit=True) as keeper:
        keeper.execute("drop database sysops")
        keeper.execute("drop role sysops")
        word = (postgres.directory / "password").read_text(encoding="ascii")
        keeper.execute(f"create role midwife superuser login password '{word}'".encode())
    own = postgres.keeper_url.split("@")[1].rpartition("/")[0]
    with psycopg.connect(f"postgresql://midwife:{word}@{own}/postgres", autocommit=True) as session:
        session.execute("alter role keeper rename to sysops")
        session.execute(f"alter role sysops password '{word}'".encode())
    with psycopg.connect(f"postgresql://sysops:{word}@{own}/postgres", autocommit=True) as session:
        session.execute("drop role midwife")
        session.execute("create database sysops")
    (postgres.directory / "keeper-password").unlink()
    ask(
        postgres,
        "create extension btree_gist; create type mood as enum ('sad');"
        "create table kept (id serial, answer int); insert into kept (answer) values (42);"
        "create view seen as select * from kept; create sequence counter;",
    )


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
