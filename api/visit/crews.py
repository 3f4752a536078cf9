"""Who is on which visit, kept in memory: what experts report while the records are away goes to its
ticket all the same, which knows whose it is."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from api.http.reads import Reads
from models.db.visit.crews import Crew, crews
from models.errors import Unavailable

log = structlog.get_logger("api.visit.crews")

_EVERY = 10.0
"""Seconds; a visit that was booked since then waits for the records, as its report does."""
_LATE = timedelta(hours=72)
"""So late reports come at the most (docs/rules/states.md, Reports from the field)."""
_IN_WRITING = timedelta(minutes=2)
"""What is stamped so long ago may be written down only now."""


class Crews:
    """The crews of all visits that are to come, or were not long ago."""

    def __init__(self) -> None:
        self._of: dict[str, Crew] = {}
        self._as_of: datetime | None = None

    def of(self, visit_id: str) -> Crew | None:
        """The crew of a visit, as far as it is known."""
        return self._of.get(visit_id)

    async def refresh(self, reads: Reads, clock: Callable[[], datetime]) -> None:
        """Read what was written since the last time; while the records are away the last stand."""
        now = clock()
        heard_since = None if self._as_of is None else self._as_of - _IN_WRITING
        near = partial(crews, since=now - _LATE, heard_since=heard_since)
        with suppress(Unavailable):
            self._of |= await reads.run(near)
            self._as_of = now
            over = [visit_id for visit_id, crew in self._of.items() if crew.end < now - _LATE]
            for visit_id in over:
                del self._of[visit_id]

    async def keep(self, reads: Reads, clock: Callable[[], datetime]) -> None:
        """Read them again and again, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.refresh(reads, clock)
            except Exception:
                # Nobody else would look, and nobody would know.
                log.exception("crews_not_read")
