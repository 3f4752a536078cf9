"""Waiting, and nothing clever."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from models.ticket import Timer

MOMENT = timedelta(milliseconds=1)


class Alarm:
    """One durable timer that is touched only when something is due before it rings: a ticket that
    is busy all day leaves one timer in its history, not one per message. One that rings for nothing
    any more costs a look at the clock."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._sleep: asyncio.Task[None] | None = None

    @property
    def has_rung(self) -> bool:
        """Whether the time it was set for has come, and nobody took notice yet."""
        return self._sleep is not None and self._sleep.done()

    def noticed(self) -> datetime | None:
        """The time it was set for, once, if that has come."""
        if not self.has_rung:
            return None
        deadline, self._at, self._sleep = self._at, None, None
        return deadline

    def set(self, timer: Timer | None) -> None:
        """Ring at the latest when `timer` is due; its name explains it in the Temporal UI. What has
        rung has to be noticed first."""
        if timer is None or (self._at is not None and self._at <= timer.due_at):
            return
        if self._sleep is not None:
            self._sleep.cancel()
        # A moment at the least: what is due already rings too, in a replay as at first.
        self._at, left = timer.due_at, max(timer.due_at - workflow.now(), MOMENT)
        self._sleep = asyncio.create_task(workflow.sleep(left, summary=timer.name))
