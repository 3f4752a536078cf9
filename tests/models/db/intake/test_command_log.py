"""What was sent and has no answer yet survives the process that sent it."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models.db.intake.command_file import found_in
from models.db.intake.command_log import CommandLog
from models.intake.command import CommandKind, LoggedCommand
from tests.architecture.source import ROOT
from tests.until import awaited

AT = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


def command(number: int, workflow_id: str = "ticket-1", argument: str = "{}") -> LoggedCommand:
    return LoggedCommand(
        kind=CommandKind.UPDATE,
        workflow_id=workflow_id,
        name="cancel",
        update_id=f"upd_{number}",
        argument=argument,
        logged_at=AT,
    )


def reopened(directory: Path) -> list[LoggedCommand]:
    """What the next process finds."""
    log = CommandLog(directory)
    # The writer looks round before it ends.
    log.close()
    return log.outstanding()


HOLDER = """
import asyncio, sys
from pathlib import Path
from models.db.intake.command_log import CommandLog
from tests.models.db.intake.test_command_log import command

async def hold() -> None:
    log = CommandLog(Path(sys.argv[1]))
    for number in range(int(sys.argv[2])):
        await log.append(command(number))
    print("kept", flush=True)
    await asyncio.Event().wait()

asyncio.run(hold())
"""


@contextmanager
def held_by_another_process(directory: Path, commands: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that has logged some commands and holds its file, until it is killed."""
    arguments = [sys.executable, "-c", HOLDER, str(directory), str(commands)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert b"kept\n" in iter(process.stdout.readline, b"")
            yield process
        finally:
            process.kill()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A disk that lets nobody write for a while: SQLite waits five seconds, and gives up."""
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("begin immediate")
        yield
        holder.execute("rollback")


async def test_what_is_logged_at_one_time_shares_a_commit(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    await log.append(command(0))
    before = log.commits
    await asyncio.gather(*(log.append(command(n)) for n in range(1, 201)))
    assert log.commits - before <= 3
    log.close()
    assert [c.update_id for c in reopened(tmp_path)] == [f"upd_{n}" for n in range(201)]


async def test_what_is_settled_waits_for_company_and_is_gone_all_the_same(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    for number in range(20):
        await log.append(command(number))
        log.settle(command(number).id)
    assert log.commits == 20
    assert log.outstanding() == []
    log.close()
    assert reopened(tmp_path) == []


async def test_the_same_command_again_changes_nothing(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    for argument in ('{"first":1}', '{"first":1}', '{"second":2}'):
        await log.append(command(1, argument=argument))
    log.close()
    [kept] = reopened(tmp_path)
    assert kept == command(1, argument='{"first":1}')


async def test_commands_are_outstanding_from_the_oldest_on(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    for number in (3, 1, 2):
        await log.append(command(number))
    assert [c.update_id for c in log.outstanding()] == ["upd_3", "upd_1", "upd_2"]
    log.close()


async def test_a_command_is_left_once_its_sender_is_gone(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    for number in (1, 2, 3):
        await log.append(command(number))
    assert (log.waiting(), log.first_left("ticket-1")) == (set(), None)
    log.leave(command(2).id)
    assert log.waiting() == {"ticket-1"}
    assert log.first_left("ticket-1") == command(2)
    assert log.first_left("ticket-1", before=command(3).id) == command(2)
    assert log.first_left("ticket-1", before=command(2).id) is None
    assert log.first_left("ticket-2") is None
    for number in (2, 1):
        log.settle(command(number).id)
        log.leave(command(number).id)
    assert (log.waiting(), log.outstanding()) == (set(), [command(3)])
    log.close()
    assert reopened(tmp_path) == [command(3)]


async def test_what_was_taken_over_is_in_its_place_by_the_time_it_was_logged_at(
    tmp_path: Path,
) -> None:
    with held_by_another_process(tmp_path, 2) as process:
        log = CommandLog(tmp_path)
        for number, hours in ((5, -1), (6, 1)):
            await log.append(command(number).but(logged_at=AT + timedelta(hours=hours)))
        process.send_signal(signal.SIGKILL)
        process.wait()
    await asyncio.to_thread(awaited, lambda: len(log.outstanding()) == 4)
    log.close()
    in_order = ["upd_5", "upd_0", "upd_1", "upd_6"]
    assert [c.update_id for c in log.outstanding()] == in_order
    assert log.first_left("ticket-1") == command(0)
    assert [c.update_id for c in reopened(tmp_path)] == in_order


def test_a_killed_process_leaves_its_commands_to_the_next(tmp_path: Path) -> None:
    with held_by_another_process(tmp_path, 5) as process:
        process.send_signal(signal.SIGKILL)
    assert [c.update_id for c in reopened(tmp_path)] == [f"upd_{n}" for n in range(5)]
    assert len(list(tmp_path.glob("*.db"))) == 1


def test_two_processes_keep_a_file_each_and_the_living_takes_over_from_the_dead(
    tmp_path: Path,
) -> None:
    with held_by_another_process(tmp_path, 3) as process:
        log = CommandLog(tmp_path)
        awaited(lambda: len(list(tmp_path.glob("*.db"))) == 2)
        asyncio.run(log.append(command(7)))
        assert [c.update_id for c in log.outstanding()] == ["upd_7"]
        process.send_signal(signal.SIGKILL)
        process.wait()
    awaited(lambda: len(log.outstanding()) == 4)
    assert log.first_left("ticket-1") == command(0), "what others have left counts at once"
    log.close()
    assert len(list(tmp_path.glob("*.db"))) == 1
    assert len(reopened(tmp_path)) == 4


def test_what_a_later_version_wrote_is_left_to_it(tmp_path: Path) -> None:
    with held_by_another_process(tmp_path, 1) as process:
        log = CommandLog(tmp_path)
        awaited(lambda: len(list(tmp_path.glob("*.db"))) == 2)
        later = command(8).model_dump_json().replace("update", "unheard-of")
        with sqlite3.connect(tmp_path / "commands-0.db") as file:
            file.execute("insert into command (id, command) values ('8', ?)", (later,))
        file.close()
        process.send_signal(signal.SIGKILL)
        process.wait()
    awaited(lambda: len(log.outstanding()) == 1)
    log.close()
    with sqlite3.connect(tmp_path / "commands-0.db") as file:
        assert file.execute("select id from command").fetchall() == [("8",)]
    file.close()


async def test_a_torn_file_gives_what_was_whole(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    await log.append(command(1))
    await log.append(command(2))
    torn = tmp_path / "torn"
    torn.mkdir()
    for path in tmp_path.glob("commands-0.db*"):
        content = path.read_bytes()
        end = content.rindex(b"upd_2") if path.name.endswith("-wal") else None
        (torn / path.name).write_bytes(content[:end])
    (torn / "commands-0.db-shm").unlink(missing_ok=True)
    log.close()
    assert [c.update_id for c in reopened(torn)] == ["upd_1"]


async def test_a_file_that_is_none_is_put_aside_and_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "commands-0.db").write_bytes(os.urandom(9000))
    log = CommandLog(tmp_path)
    await log.append(command(1))
    assert log.is_durable
    log.close()
    assert [p.name for p in tmp_path.glob("*.broken-*")] == ["commands-0.db.broken-1"]
    assert [c.update_id for c in reopened(tmp_path)] == ["upd_1"]


async def test_a_disk_that_refuses_stops_nobody_and_gets_the_rest_when_it_is_mended(
    tmp_path: Path,
) -> None:
    in_the_way = tmp_path / "log"
    in_the_way.write_text("not a folder")
    log = CommandLog(in_the_way)
    await log.append(command(1))
    assert not log.is_durable
    assert [c.update_id for c in log.outstanding()] == ["upd_1"]
    in_the_way.unlink()
    await asyncio.to_thread(awaited, lambda: log.is_durable)
    log.close()
    assert [c.update_id for c in reopened(in_the_way)] == ["upd_1"]


async def test_what_is_settled_while_the_disk_refuses_is_not_hoarded(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    await log.append(command(1))
    with locked(tmp_path / "commands-0.db"):
        await asyncio.gather(*(log.append(command(n)) for n in range(2, 100)))
        for number in range(1, 99):
            log.settle(command(number).id)
        await asyncio.to_thread(awaited, lambda: log.owed == 2)
    await asyncio.to_thread(awaited, lambda: log.owed == 0)
    assert log.is_durable
    log.close()
    assert reopened(tmp_path) == [command(99)]


async def test_a_disk_that_hangs_is_not_said_to_be_well(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    await log.append(command(1))
    with locked(tmp_path / "commands-0.db"):
        await log.append(command(2))
        await asyncio.to_thread(awaited, lambda: not log.is_durable, seconds=2)
    await asyncio.to_thread(awaited, lambda: log.is_durable)
    log.close()
    assert not log.is_durable, "nobody writes any more"
    assert reopened(tmp_path) == [command(1), command(2)]


async def test_what_nobody_foresaw_ends_no_writer(tmp_path: Path) -> None:
    log = CommandLog(tmp_path)
    unwritable = command(1).but(argument="\ud800")
    await log.append(unwritable)
    assert not log.is_durable
    await log.append(command(2))
    assert not log.is_durable
    log.settle(unwritable.id)
    await asyncio.to_thread(awaited, lambda: log.is_durable)
    log.close()
    assert reopened(tmp_path) == [command(2)]


async def test_of_two_with_one_name_at_one_moment_the_disk_keeps_the_one_that_was_first(
    tmp_path: Path,
) -> None:
    log = CommandLog(tmp_path)
    for number in range(5):
        first = command(number)
        second = first.but(argument='"other words"')
        busy = command(number, workflow_id="another")
        await asyncio.gather(log.append(busy), log.append(first), log.append(second))
        assert found_in(tmp_path, first.id, None) == first == log.find(first.id)
    log.close()


async def test_without_a_directory_it_is_only_remembered() -> None:
    log = CommandLog(None)
    await log.append(command(1))
    assert [c.update_id for c in log.outstanding()] == ["upd_1"]
    log.settle(command(1).id)
    assert log.outstanding() == []
    log.close()
