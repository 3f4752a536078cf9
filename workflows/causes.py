"""What a workflow does rests on what it was asked, and that must be durable first.

An update lives in the server's memory until the task that took it is completed; a signal, a timer
and the answer of an activity are in the history before anybody sees them. An ordinary activity
begins with the completion of a task, so once one has ended, the history has every update that was
taken before it began. A local activity runs inside the task, and may run for what never was.
"""

from collections.abc import Callable
from typing import Any

from temporalio import workflow

from models.base import Message
from workflows.options import LocalOptions
from workflows.story_clock import StoryClock


class Causes:
    """The requests that arrived, numbered from 1: which are used, which the history surely has."""

    def __init__(self, clock: StoryClock) -> None:
        self._clock = clock
        self._arrived = 0
        self._used = 0
        self._kept = 0

    @property
    def are_kept(self) -> bool:
        """Whether the history has all that are used."""
        return self._used <= self._kept

    def arrived(self) -> int:
        """A request was let in; its number."""
        self._clock.heard()
        self._arrived += 1
        return self._arrived

    def used(self, number: int) -> None:
        """What the workflow does now rests on a request."""
        self._used = max(self._used, number)

    async def act(
        self,
        effect: Callable[..., Any],
        ask: Message,
        options: LocalOptions,
        summary: str | None = None,
    ) -> Any:
        """Do something that cannot be taken back, after its cause is in the history.

        Raises:
            ActivityError: as the activity does.
        """
        arrived = self._arrived
        try:
            return await workflow.execute_activity_method(effect, ask, summary=summary, **options)
        finally:
            self._kept = max(self._kept, arrived)
            self._clock.heard()
