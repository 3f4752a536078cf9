"""Files of the command log that cannot be taken over whole, or not at once: what is in them is sent
all the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from models.db.intake.command_file import CommandFile, look_of
from models.db.intake.command_log import CommandLog
from models.intake.command import LoggedCommand
from tests.models.db.intake.test_command_log import held_by_another_process
from tests.until import awaited

LATER_VERSION = "insert into command (id, command) values ('later', '{\"kind\": \"of tomorrow\"}')"


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.db.intake.command_log._LOOKING_ROUND", 0.1)


@contextmanager
def beside_a_line_of_a_later_version(directory: Path) -> Iterator[CommandLog]:
    """A log over a directory where one who died has left a line that it cannot read."""
    theirs = directory / "commands-0.db"
    with held_by_another_process(directory, 1):
        ours = CommandLog(directory)
        awaited(lambda: len(list(directory.glob("*.db"))) == 2)
        with closing(sqlite3.connect(theirs)) as file, file:
            file.execute(LATER_VERSION)
    awaited(lambda: ids_in(theirs) == ["later"])
    yield ours
    ours.close()


def ids_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        return [name for (name,) in file.execute("select id from command order by seq")]


def test_a_file_that_was_left_to_a_later_version_is_looked_into_again_once_somebody_wrote_there(
    tmp_path: Path,
) -> None:
    with beside_a_line_of_a_later_version(tmp_path) as ours:
        assert [c.update_id for c in ours.outstanding()] == ["upd_0"]
        with held_by_another_process(tmp_path, 3):
            assert len(ids_in(tmp_path / "commands-0.db")) == 4
        awaited(lambda: len(ours.outstanding()) == 3, "what the second one has left")
        awaited(lambda: ids_in(tmp_path / "commands-0.db") == ["later"])


def test_a_file_in_which_nobody_writes_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    taken: list[Path] = []
    take = CommandFile.take

    def noticed(path: Path) -> tuple[tuple[int, int], ...]:
        looks.append(path)
        return look_of(path)

    def also_noticed(path: Path) -> CommandFile | None:
        taken.append(path)
        return take(path)

    with beside_a_line_of_a_later_version(tmp_path):
        monkeypatch.setattr("models.db.intake.command_log.look_of", noticed)
        # The first look finds it changed by whoever left it alone.
        awaited(lambda: len(looks) > 5)
        monkeypatch.setattr(CommandFile, "take", also_noticed)
        looks.clear()
        awaited(lambda: len(looks) > 5)
    assert taken == []


def test_a_file_that_cannot_be_read_at_first_is_taken_once_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_by_another_process(tmp_path, 3):
        pass
    tries: list[CommandFile] = []
    read = CommandFile.commands

    def at_second_try(file: CommandFile) -> list[LoggedCommand]:
        tries.append(file)
        if len(tries) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        return read(file)

    monkeypatch.setattr(CommandFile, "commands", at_second_try)
    log = CommandLog(tmp_path)
    awaited(lambda: len(log.outstanding()) == 3, "what is in it")
    awaited(lambda: log.is_durable)
    log.close()
    assert [path.name for path in tmp_path.glob("*.db")] == ["commands-0.db"]
