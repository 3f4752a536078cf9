"""Waiting, and nothing clever."""

import asyncio
from datetime import datetime

from temporalio import workflow

from models.ticket import Timer


class Alarm:
    """One durable timer that is only touched when its time changes: a ticket that is busy all day
    leaves one timer in its history, not one per message."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._sleep: asyncio.Task[None] | None = None

    @property
    def rang(self) -> bool:
        """Whether the time it was set for has come."""
        return self._sleep is not None and self._sleep.done()

    def set(self, timer: Timer | None) -> None:
        """Ring when `timer` is due, or never; its name explains it in the Temporal UI."""
        at = timer.due_at if timer else None
        if at == self._at and not self.rang:
            return
        if self._sleep is not None and not self._sleep.done():
            self._sleep.cancel()
        self._at, self._sleep = at, None
        if timer is not None:
            left = timer.due_at - workflow.now()
            self._sleep = asyncio.create_task(workflow.sleep(left, summary=timer.name))
