"""The command log: what was sent to workflows and may not have arrived.

A command is written before it is sent and struck out when its outcome is known. One that has no
sender any more, because they gave up or died, is left: it goes before whatever is new for its
workflow. What a process leaves behind is taken over by the next one that starts here, or by one
that runs. The log is a second safety, Temporal is the first: where the disk refuses, commands are
sent all the same.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple
from weakref import WeakValueDictionary

import structlog

from models.db.intake.command_file import CommandFile, first_free, found_in, look_of, put_aside
from models.db.intake.outstanding import Outstanding
from models.intake.command import LoggedCommand

log = structlog.get_logger("models.db.intake.command_log")

_Waiter = asyncio.Future[None]
_PATIENCE = 1.0
"""Seconds a command waits for a disk that hangs, before it is sent without; after so many the disk
is said to hang."""
_MOMENT = 0.5
"""Seconds that what is settled waits for company; also until a refused write is tried again."""


class _Entry(NamedTuple):
    """What the writer is told: a command to keep, or the id of one that is settled, or to end."""

    command: LoggedCommand | None = None
    settled: str | None = None
    waiter: _Waiter | None = None


class CommandLog:
    """One file in a directory that processes of one machine share. Everybody who waits at one time
    shares one commit, and one fsync.

    Args:
        directory: a local disk. None: only memory, which forgets with the process.
        looking_round: seconds between two looks for what dead processes have left.
    """

    def __init__(self, directory: Path | None, looking_round: float = 5.0) -> None:
        self.commits = 0
        """How often something was written, and so how often the disk was asked."""
        self._directory = directory
        self._known = Outstanding()
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._queue: SimpleQueue[_Entry] = SimpleQueue()
        # The writer's own.
        self._file: CommandFile | None = None
        self._new: dict[str, LoggedCommand] = {}
        self._settled: set[str] = set()
        self._in_file: set[str] = set()
        self._refused: str | None = None
        self._at_work_since: float | None = None
        self._left_alone: dict[Path, tuple[tuple[int, int], ...]] = {}
        self._ending = False
        self._looking_round, self._look_round_at = looking_round, 0.0
        self._writer = threading.Thread(target=self._keep_writing, name="command-log", daemon=True)
        if directory is not None:
            self._writer.start()

    @property
    def is_durable(self) -> bool:
        """Whether somebody writes, and the disk took the last write and takes none too long now."""
        if self._directory is None:
            return True
        since = self._at_work_since
        hangs = since is not None and time.monotonic() - since > _PATIENCE
        return self._refused is None and not hangs and self._writer.is_alive()

    @property
    def outlives_us(self) -> bool:
        """Whether what is appended now is there when this process is not."""
        return self._directory is not None and self.is_durable

    @property
    def owed(self) -> int:
        """How much has to be written still."""
        return len(self._new) + len(self._settled)

    async def append(self, command: LoggedCommand) -> None:
        """Return once the command is on the disk, or the disk had its chance. The same id again
        changes nothing."""
        self._known.add(command)
        if self._directory is None:
            return
        waiter: _Waiter = asyncio.get_running_loop().create_future()
        self._queue.put(_Entry(command=command, waiter=waiter))
        written, _ = await asyncio.wait({waiter}, timeout=_PATIENCE)
        if not written:
            log.warning("command_log_hangs", seconds=_PATIENCE)

    def keeps(self, identifier: str) -> bool:
        """Whether a command without an outcome is on the disk, and so outlives this process."""
        return identifier in self._in_file and self._known.find(identifier) is not None

    def conclude(self, identifier: str) -> None:
        """Its outcome is known; on the disk it stays until it is settled."""
        self._known.drop(identifier)

    def settle(self, identifier: str) -> None:
        """Its outcome is known. Struck out within a moment: sending again is harmless."""
        self._known.drop(identifier)
        if self._directory is not None:
            self._queue.put(_Entry(settled=identifier))

    def find(self, identifier: str) -> LoggedCommand | None:
        """A command without an outcome."""
        return self._known.find(identifier)

    async def find_elsewhere(self, identifier: str) -> LoggedCommand | None:
        """A command that another process over the same directory holds, as far as its file can be
        read at once."""
        if self._directory is None:
            return None
        reading = asyncio.to_thread(found_in, self._directory, identifier, self._file)
        task = asyncio.ensure_future(reading)
        done, _ = await asyncio.wait({task}, timeout=_MOMENT)
        return task.result() if done else None

    def quarantined(self) -> int:
        """How many files of its directory could not be read."""
        return put_aside(self._directory)

    def leave(self, identifier: str) -> None:
        """Its sender waits no longer. If it has no outcome yet, it is left from now on."""
        self._known.leave(identifier)

    def adopt(self, commands: Iterable[LoggedCommand]) -> None:
        """Take over what is left and kept elsewhere."""
        self._known.adopt(commands)

    def outstanding(self) -> list[LoggedCommand]:
        """What has no outcome yet, oldest first."""
        return self._known.all()

    def waiting(self) -> set[str]:
        """The workflows that something was left for."""
        return self._known.waiting()

    def first_left(self, workflow_id: str, before: str | None = None) -> LoggedCommand | None:
        """The oldest command that was left for a workflow, older than another one."""
        return self._known.first_left(workflow_id, before)

    def lane(self, workflow_id: str) -> asyncio.Lock:
        """Whoever sends what was left for a workflow holds it, so that each is sent once at a
        time."""
        return self._lanes.setdefault(workflow_id, asyncio.Lock())

    def close(self) -> None:
        """Write the rest and let others have the file."""
        if self._directory is not None and self._writer.is_alive():
            self._queue.put(_Entry())
            self._writer.join(5)

    # The writer's thread.

    def _keep_writing(self) -> None:
        while not self._ending:
            waiters: list[_Waiter] = []
            try:
                self._at_work(self._look_round)
                self._gather(waiters)
                if self._new or self._settled:
                    self._at_work(self._write)
            except Exception as error:
                # Without a writer nothing would be kept any more, and nobody would know.
                if self._refused is None:
                    log.exception("command_log_failed")
                self._refused = str(error)
            for waiter in waiters:
                # A loop that has ended has nobody left who waits.
                with suppress(RuntimeError):
                    waiter.get_loop().call_soon_threadsafe(_release, waiter)
        if self._file is not None:
            self._file.close()

    def _at_work(self, asks_the_disk: Callable[[], None]) -> None:
        self._at_work_since = time.monotonic()
        try:
            asks_the_disk()
        finally:
            self._at_work_since = None

    def _gather(self, waiters: list[_Waiter]) -> None:
        """Wait for something to write; nobody waits for what is only struck out."""
        until = time.monotonic() + (_MOMENT if self._new or self._settled else self._looking_round)
        while not waiters and not self._ending:
            try:
                self._take(self._queue.get(timeout=max(0.0, until - time.monotonic())), waiters)
                while True:
                    self._take(self._queue.get_nowait(), waiters)
            except Empty:
                if time.monotonic() >= until:
                    break
                if self._settled:
                    until = min(until, time.monotonic() + _MOMENT)

    def _take(self, entry: _Entry, waiters: list[_Waiter]) -> None:
        if entry.command is not None:
            # Of two with one name the first stands, as in memory.
            self._new.setdefault(entry.command.id, entry.command)
        elif entry.settled is not None:
            self._new.pop(entry.settled, None)
            # Only what is in the file has to be struck out there: while the disk refuses, nothing
            # is added that would have to be kept until it does not.
            if entry.settled in self._in_file:
                self._settled.add(entry.settled)
        else:
            self._ending = True
        if entry.waiter is not None:
            waiters.append(entry.waiter)

    def _write(self) -> None:
        try:
            self._own().write(self._new.values(), self._settled)
        except (OSError, sqlite3.Error) as error:
            self._refuse(error)
            return
        self.commits += 1
        self._in_file -= self._settled
        self._in_file |= self._new.keys()
        self._new, self._settled, self._refused = {}, set(), None

    def _look_round(self) -> None:
        """Take a file of our own, then over what nobody holds."""
        if time.monotonic() < self._look_round_at:
            return
        self._look_round_at = time.monotonic() + self._looking_round
        try:
            ours = self._own()
            for path in sorted(set(ours.path.parent.glob("commands-*.db")) - {ours.path}):
                if self._left_alone.get(path) == look_of(path):
                    continue
                if (left := CommandFile.take(path)) is not None:
                    self._take_over(ours, left)
        except (OSError, sqlite3.Error) as error:
            self._refuse(error)

    def _own(self) -> CommandFile:
        """Our file; the first time, the first one that nobody holds, with what is in it."""
        if self._file is None:
            assert self._directory is not None, "without one there is no writer"
            file = first_free(self._directory)
            try:
                self._remember(file.commands())
            except BaseException:
                # Ours only with what is in it: nobody else would read it while we hold it.
                file.close()
                raise
            self._file = file
            file.make_room()
            self._refused = None
        return self._file

    def _take_over(self, ours: CommandFile, left: CommandFile) -> None:
        """First into our file, then away with theirs: a crash in between leaves it in both."""
        try:
            commands = left.commands()
            if commands:
                ours.write(commands, ())
                self._remember(commands)
                log.info("commands_taken_over", commands=len(commands))
            left.write((), [command.id for command in commands])
            if left.is_empty():
                left.remove()
            else:
                # To a later version, until somebody has written there again and may have died.
                self._left_alone[left.path] = look_of(left.path)
        finally:
            left.close()

    def _remember(self, commands: Sequence[LoggedCommand]) -> None:
        self._in_file.update(command.id for command in commands)
        self.adopt(commands)

    def _refuse(self, error: Exception) -> None:
        if self._refused is None:
            log.warning("command_log_unwritable", error=type(error).__name__, detail=str(error))
        self._refused = str(error)


def _release(waiter: _Waiter) -> None:
    if not waiter.done():
        waiter.set_result(None)
