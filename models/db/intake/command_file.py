"""One file of the command log: an SQLite database that one process holds at a time.

A separate lock file says who holds it: SQLite's own locks would be lost if anybody in the process
closed the database once. The lock ends with the process, however that ends. Being no part of the
database, the file commits for itself.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Self

import structlog
from pydantic import ValidationError

from models.intake.command import LoggedCommand

log = structlog.get_logger("models.db.intake.command_file")

_MINE = (
    # A commit is on the disk when it returns, and readers of a torn end find the last whole one.
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    """create table if not exists command (
        seq integer primary key,
        id text not null unique,
        command text not null
    ) strict""",
    "create table if not exists room (taken blob) strict",
)
_ROOM = 4_200_000
"""Bytes by which both files are grown once, more than is written between two checkpoints: a commit
that need not make a file longer is a fifth cheaper."""


class CommandFile:
    """Commands in the order in which they were written. For one thread."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        try:
            self._connection = _opened(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            log.error("command_log_broken", aside=_put_aside(path).name)
            self._connection = _opened(path)

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """The file, made if need be; none if somebody else holds it.

        Raises:
            OSError, sqlite3.Error: the disk does not let us.
        """
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(path, lock)
        except BlockingIOError:
            os.close(lock)
            return None
        except BaseException:
            os.close(lock)
            raise

    def commands(self) -> list[LoggedCommand]:
        """What it holds, oldest first. What a later version wrote and we cannot read stays in
        there for it."""
        rows = self._connection.execute("select command from command order by seq").fetchall()
        found = []
        for [written] in rows:
            try:
                found.append(LoggedCommand.model_validate_json(written))
            except ValidationError:
                log.error("command_unreadable", file=self.path.name)
        return found

    def is_empty(self) -> bool:
        """Whether it holds nothing, not even what we cannot read."""
        return self._connection.execute("select 1 from command").fetchone() is None

    def write(self, new: Iterable[LoggedCommand], settled: Iterable[str]) -> None:
        """Take out what is settled and add what is new, in one commit. An id that is there already
        stays as it is.

        Raises:
            sqlite3.Error: nothing was changed.
        """
        with self._connection:
            self._connection.executemany(
                "delete from command where id = ?", [(name,) for name in settled]
            )
            self._connection.executemany(
                "insert or ignore into command (id, command) values (?, ?)",
                [(command.id, command.model_dump_json()) for command in new],
            )

    def make_room(self) -> None:
        """Grow it once, for much that is to be written.

        Raises:
            sqlite3.Error: there is no room.
        """
        with self._connection:
            self._connection.execute("insert into room values (zeroblob(?))", (_ROOM,))
        with self._connection:
            self._connection.execute("delete from room")

    def close(self) -> None:
        """Let others have it."""
        self._connection.close()
        os.close(self._lock)

    def remove(self) -> None:
        """Do away with all but the lock, which we still hold: whoever gets it next begins anew."""
        self._connection.close()
        for path in (self.path, *_beside(self.path)):
            path.unlink(missing_ok=True)


def put_aside(directory: Path | None) -> int:
    """How many files of a directory could not be read and were put aside."""
    if directory is None:
        return 0
    return sum(1 for _ in directory.glob("commands-*.db.broken-*"))


def first_free(directory: Path) -> CommandFile:
    """The first file of a directory that nobody holds, made if need be.

    Raises:
        OSError, sqlite3.Error: the disk does not let us.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = (CommandFile.take(directory / f"commands-{number}.db") for number in count())
    return next(file for file in files if file is not None)


def look_of(path: Path) -> tuple[tuple[int, int], ...]:
    """When a file was written last and how large it is, without opening it: it looks different once
    somebody has written there."""
    looks = []
    for part in (path, _beside(path)[0]):
        with suppress(FileNotFoundError):
            seen = part.stat()
            # An empty one beside it only says that somebody has it open.
            if seen.st_size:
                looks.append((seen.st_mtime_ns, seen.st_size))
    return tuple(looks)


def found_in(directory: Path, identifier: str, ours: CommandFile | None) -> LoggedCommand | None:
    """A command in any file of a directory but ours, whoever holds it."""
    for path in sorted(directory.glob("commands-*.db")):
        if ours is not None and path == ours.path:
            continue
        with suppress(sqlite3.Error, ValidationError), closing(_reader(path)) as reader:
            row = reader.execute("select command from command where id = ?", [identifier])
            if (found := row.fetchone()) is not None:
                return LoggedCommand.model_validate_json(found[0])
    return None


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.1)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    try:
        for words in _MINE:
            connection.execute(words)
        [verdict] = connection.execute("pragma quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    except BaseException:
        connection.close()
        raise
    return connection


def _put_aside(path: Path) -> Path:
    """Keep what cannot be read for a person to look at."""
    number = sum(1 for _ in path.parent.glob(f"{path.name}.broken-*")) + 1
    aside = path.with_name(f"{path.name}.broken-{number}")
    path.rename(aside)
    for rest in _beside(path):
        rest.unlink(missing_ok=True)
    return aside


def _beside(path: Path) -> list[Path]:
    """What SQLite keeps beside a database."""
    return [path.with_name(f"{path.name}{rest}") for rest in ("-wal", "-shm")]
