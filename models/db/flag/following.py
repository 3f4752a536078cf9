"""Hearing of flags: by the bell, and by looking every second for what the bell did not say."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import structlog

from models.db.bell import Bell
from models.db.engine import Database
from models.db.flag.reads import FlagReads
from models.db.flag.writes import CHANNEL
from models.flag import Rollouts

PAUSE = 1.0
"""Seconds between two looks when nothing rings: what a lost ring costs at most."""
NAP = 0.2
"""Seconds after which a resting follower notices that it is to stop."""
STATEMENT_SECONDS = 1.0

log = structlog.get_logger("models.db.flag.following")


@contextmanager
def following(url: str, take: Callable[[Rollouts], None]) -> Iterator[None]:
    """Have `take` told what is said of flags: once before the block begins, if the database is
    there, and from then on within a second of each change, until it ends. While the database is
    away nobody is told anything, so what was last heard goes on."""
    follower = _Follower(url, take)
    follower.look()
    follower.start()
    try:
        yield
    finally:
        follower.stop()


class _Follower(threading.Thread):
    """A thread, for whoever asks for flags may have no loop; with connections of its own, for
    nobody's work may keep it waiting."""

    def __init__(self, url: str, take: Callable[[Rollouts], None]) -> None:
        super().__init__(name="flags", daemon=True)
        self._database = Database(url, pool_size=1, statement_seconds=STATEMENT_SECONDS)
        self._bell = Bell(url, CHANNEL)
        self._take = take
        self._stopping = threading.Event()
        self._is_deaf = False

    def run(self) -> None:
        """Wait and look until told to stop."""
        while not self._stopping.is_set():
            self._rest()
            self.look()
        self._bell.close()
        self._database.close()

    def look(self) -> None:
        """Look once; what cannot be seen now is seen the next time."""
        try:
            with self._database.reading() as session:
                rollouts = FlagReads(session).rollouts()
            self._take(rollouts)
            self._is_deaf = False
        except Exception as error:
            if not self._is_deaf:
                log.warning("flags_not_heard", error=type(error).__name__)
            self._is_deaf = True

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self.join(timeout=2 * NAP)

    def _rest(self) -> None:
        until = monotonic() + PAUSE
        while (left := until - monotonic()) > 0 and not self._stopping.is_set():
            if self._bell.wait(min(left, NAP)):
                return
