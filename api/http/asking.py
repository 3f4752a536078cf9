"""Who asks in this request, and how long they are kept waiting for an answer."""

from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from typing import NamedTuple

EACH, MOST = 0.08, 10.0
"""Seconds that each command of a request adds which holds many, and that it takes at the most."""


class Patience(NamedTuple):
    """Seconds until whoever reads, or commands, has an answer at the latest: a little less than two
    and three, for the way back."""

    read: float = 1.8
    command: float = 2.7

    @property
    def for_commands(self) -> timedelta:
        """How long a command is waited for."""
        return timedelta(seconds=self.command)

    def of_many(self, count: int) -> float:
        """The seconds of so many commands in one request: it is long enough for the ticket of all
        of them to answer one after the other, and a phone waits no longer than that."""
        return min(self.command + count * EACH, max(self.command, MOST))

    def of(self, method: str) -> float:
        """The seconds of an HTTP method."""
        return self.read if method in ("GET", "HEAD", "OPTIONS") else self.command


ORDINARY = Patience()
_SINCE: ContextVar[datetime | None] = ContextVar("since", default=None)
_UNTIL: ContextVar[float] = ContextVar("until", default=inf)
_CALLER: ContextVar[str | None] = ContextVar("caller", default=None)


def begin(caller: str, seconds: float, since: datetime | None = None) -> None:
    """A request begins; until somebody is known by their token, it is its address that asks. One
    that was put off came first at `since`."""
    _UNTIL.set(monotonic() + seconds)
    _CALLER.set(caller)
    _SINCE.set(since)


def asked_at(clock: Callable[[], datetime]) -> datetime:
    """When this request came first: now, unless it was put off."""
    return _SINCE.get() or clock()


def is_put_off() -> bool:
    """Whether this request came before, and whoever sent it waits for no answer any more."""
    return _SINCE.get() is not None


def begun_anew(seconds: float) -> None:
    """All that was sent is here, however long that took: from now on it is we who take time."""
    _UNTIL.set(monotonic() + seconds)


def known_as(caller: str) -> None:
    """Whoever asks is known."""
    _CALLER.set(caller)


def caller() -> str | None:
    """Who asks; None for our own errands."""
    return _CALLER.get()


def for_ourselves() -> Context:
    """A context in which nobody waits: what has to be put in order goes on behind the request."""
    context = copy_context()
    context.run(_UNTIL.set, inf)
    context.run(_CALLER.set, None)
    return context


def rest(most: float) -> float:
    """The seconds that something may take, `most` of them and no more than the request has."""
    return max(0.0, min(most, _UNTIL.get() - monotonic()))


def within(patience: timedelta) -> timedelta:
    """As `rest`."""
    return timedelta(seconds=rest(patience.total_seconds()))
