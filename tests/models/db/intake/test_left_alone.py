"""Files of the command log that cannot be taken over whole, or not at once: what is in them is sent
all the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from structlog.testing import capture_logs

from models.db.intake.command_file import CommandFile
from models.db.intake.command_log import CommandLog
from models.intake.command import LoggedCommand
from tests.models.db.intake.test_command_log import command, held_by_another_process
from tests.until import awaited

LATER_VERSION = "insert into command (id, command) values ('later', '{\"kind\": \"of tomorrow\"}')"
OFTEN = 0.1


@contextmanager
def beside_a_line_of_a_later_version(directory: Path) -> Iterator[CommandLog]:
    """A log over a directory where one who died has left a line that it cannot read."""
    theirs = directory / "commands-0.db"
    with held_by_another_process(directory, 1):
        ours = CommandLog(directory, OFTEN)
        awaited(lambda: len(list(directory.glob("*.db"))) == 2)
        change(theirs, LATER_VERSION)
    awaited(lambda: ids_in(theirs) == ["later"])
    yield ours
    ours.close()


def change(path: Path, words: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(words)


def leave(path: Path, left: LoggedCommand) -> None:
    """A file as somebody who died has left it."""
    file = CommandFile.take(path)
    assert file
    file.write([left], ())
    file.close()


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


def test_a_file_in_which_nobody_writes_is_left_alone(tmp_path: Path) -> None:
    with capture_logs() as logs, beside_a_line_of_a_later_version(tmp_path) as ours:
        for number in range(1, 6):
            # Whoever takes that over has looked round once more.
            leave(tmp_path / f"commands-{number + 1}.db", command(number))
            awaited(partial(ours.find, command(number).id))
    unread = [entry for entry in logs if entry["event"] == "command_unreadable"]
    assert len(unread) <= 2, "once to take over the rest, and once to see that this was all"


def test_a_file_that_cannot_be_read_at_first_is_taken_once_it_can(tmp_path: Path) -> None:
    with held_by_another_process(tmp_path, 3):
        pass
    rename = "alter table command rename column {} to {}"
    change(tmp_path / "commands-0.db", rename.format("command", "unheard_of"))
    log = CommandLog(tmp_path, OFTEN)
    awaited(lambda: not log.is_durable, "the refusal")
    change(tmp_path / "commands-0.db", rename.format("unheard_of", "command"))
    awaited(lambda: len(log.outstanding()) == 3, "what is in it")
    awaited(lambda: log.is_durable)
    log.close()
    assert [path.name for path in tmp_path.glob("*.db")] == ["commands-0.db"]
