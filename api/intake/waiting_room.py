"""Requests that were put off: how they are asked again, and how many of one caller's wait."""

from collections import Counter
from collections.abc import Awaitable, Callable

from models.errors import Unavailable
from models.intake.command import LoggedCommand

Again = Callable[[LoggedCommand], Awaitable[None]]

MOST = 500
"""Of one caller: more than a phone keeps in days. Whoever wants more has to wait."""
MOST_FILES = 50
"""Of one caller: half a gigabyte at the most, and more than the photos of a long day."""


class WaitingRoom:
    """Those that this process has put off."""

    def __init__(self) -> None:
        self._callers: dict[str, str] = {}
        self._waiting: Counter[str] = Counter()
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
        self.leave(command.update_id)

    def enter(self, caller: str, name: str, most: int = MOST) -> None:
        """One more of a caller's waits. The same name again changes nothing.

        Raises:
            Unavailable: `too-busy`.
        """
        if name not in self._callers and self._waiting[caller] >= most:
            raise Unavailable("too-busy", "Too much of yours waits already.", retry_after=10)
        self.stay(caller, name)

    def stay(self, caller: str, name: str) -> None:
        """What waits already counts as theirs, also where another process had let it in."""
        if name not in self._callers:
            self._callers[name] = caller
            self._waiting[caller] += 1

    def leave(self, name: str) -> None:
        """It waits no more, whatever became of it."""
        if (caller := self._callers.pop(name, None)) is not None:
            self._waiting[caller] -= 1
            # Who has nothing that waits is forgotten.
            self._waiting = +self._waiting
