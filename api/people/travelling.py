"""Who is asked how long ways take."""

from collections.abc import Sequence
from typing import Protocol

from models.geography import Spot
from models.people.travel import Ways
from models.status import Seen


class TravelTimes(Protocol):
    """Whoever knows, however well, how long ways take. It never fails."""

    async def between(self, spots: Sequence[Spot], seconds: float) -> Ways:
        """The ways between places, a row from each; nobody waits longer than so many seconds."""

    def seen(self) -> Seen:
        """Whether those who are asked answer, as far as this process has heard."""

    async def look_again(self) -> None:
        """Ask those who did not answer once more, as often as that is due."""

    async def close(self) -> None:
        """Let every connection go."""
