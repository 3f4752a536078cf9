"""What one process sees of the parts that it uses, for all others to read."""

import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta

from models.db.engine import Database
from models.db.status.standings import StandingRepository
from models.status import NEVER, Look, PartState, Standing

EVERY = timedelta(seconds=5)
"""Between two times that a process says how parts do, where nothing changes."""


def process_name(kind: str) -> str:
    """A process of a kind, `api`, `worker` or `relay`, as bulletins name it."""
    return f"{kind} {os.getpid()}@{socket.gethostname()}"


class Bulletin:
    """What one process sees. For one thread.

    Args:
        process: whose it is; the first word is its kind.
        clock: what time it is.
    """

    def __init__(self, process: str, clock: Callable[[], datetime]) -> None:
        self.process = process
        self._clock = clock
        self._looks: dict[str, Look] = {}
        self._since: dict[str, datetime] = {}
        self._told: list[Standing] = []
        self._told_at: datetime | None = None
        self.doubted: frozenset[str] = frozenset()
        """Parts that are stale or away as the house had it when this process last told, while it
        knew nothing of that: to ask them would show."""

    def watch(self, part: str, look: Look) -> None:
        """From now on this process says how a part of `models.status.PARTS` does, as `look` sees
        it. Registered again, the new look counts."""
        self._looks[part] = look

    def seen(self) -> list[Standing]:
        """How the parts do now, each that is stale or away since this process first saw it."""
        return [self._standing(part, look) for part, look in self._looks.items()]

    def tell(self, database: Database) -> None:
        """Write it down where something has changed, or nothing was said for a while, and see what
        of it the house doubts.

        Again after success: it says the same.
        """
        seen, now = self.seen(), self._clock()
        is_news = list(map(_gist, seen)) != list(map(_gist, self._told))
        if not is_news and self._told_at is not None and now - self._told_at < EVERY:
            return
        with database.unit_of_work() as session:
            standings = StandingRepository(session)
            standings.tell(self.process, seen)
            self.doubted = standings.doubted(seen)
        self._told, self._told_at = seen, now

    def _standing(self, part: str, look: Look) -> Standing:
        state, as_of, heard_at = look()
        if state is PartState.OK:
            self._since.pop(part, None)
            return Standing(part=part, state=state, heard_at=heard_at)
        since = self._since.setdefault(part, self._clock())
        return Standing(part=part, state=state, since=since, as_of=as_of)


def _gist(one: Standing) -> tuple[str, PartState, bool]:
    """What of it is news at once: also that a part has answered for the first time."""
    return one.part, one.state, one.heard_at == NEVER
