"""Requests that were put off: how they are asked again, and how many of one caller's wait."""

from collections import defaultdict
from collections.abc import Awaitable, Callable

from models.errors import Unavailable
from models.intake.command import LoggedCommand

Again = Callable[[LoggedCommand], Awaitable[None]]

MOST = 500
"""Of one caller: more than a phone keeps in days. Whoever wants more has to wait."""


class WaitingRoom:
    """Those that this process has put off."""

    def __init__(self) -> None:
        self._of: defaultdict[str, set[str]] = defaultdict(set)
        self._again: Again | None = None

    def asks_by(self, again: Again) -> None:
        """From now on they are asked again like this."""
        self._again = again

    async def again(self, command: LoggedCommand) -> None:
        """Ask one again.

        Raises:
            Unavailable: it cannot be taken yet.
        """
        assert self._again is not None, "whoever puts off asks again"
        await self._again(command)

    def enter(self, caller: str, name: str) -> None:
        """One more of a caller's waits. The same name again changes nothing.

        Raises:
            Unavailable: `too-busy`.
        """
        theirs = self._of[caller]
        if name not in theirs and len(theirs) >= MOST:
            raise Unavailable("too-busy", "Too much of yours waits already.", retry_after=10)
        theirs.add(name)

    def leave(self, caller: str, name: str) -> None:
        """It waits no more."""
        theirs = self._of[caller]
        theirs.discard(name)
        if not theirs:
            del self._of[caller]
