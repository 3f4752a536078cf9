"""Noticing proof that does not come: files that reports named and nobody brought within a day. It
is told in the ticket's timeline, also of a ticket that has ended, and stands there and in the list
of files until they are here (docs/rules/states.md, Proof)."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog

from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.visit.files import FileRepository
from models.db.visit.proof import FileReads
from models.proof import MISSING_AFTER
from workers.looking import keep_looking

PAUSE_SECONDS = 30.0
EVERY = timedelta(minutes=1)
"""Between two looks, whoever looks."""
MOST = 100
"""Reports in one look; the next one has the rest."""

log = structlog.get_logger()


class Proofs:
    """Looks every minute, of all the workers of the house one at a time. Whoever looks twice finds
    what was told already told."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chores = ChoreRepository(database, "proofs")

    async def keep(self) -> None:
        """Look until cancelled; what cannot be told now is told the next time."""
        await keep_looking(partial(asyncio.to_thread, self.look), PAUSE_SECONDS, "proofs_blind")

    def look(self) -> int:
        """Look once, if it is this one's turn; of how many reports something is missing now."""
        began = self._chores.turn(EVERY)
        return 0 if began is None else self.miss(began)

    def miss(self, now: datetime) -> int:
        """Tell of every report of which something is missing by now."""
        with self._database.reading() as session:
            reports = FileReads(session).overdue(now - MISSING_AFTER, MOST)
        return sum(self._missed(report_id, now) for report_id in reports)

    def _missed(self, report_id: str, now: datetime) -> bool:
        with self._database.unit_of_work() as session:
            is_new = FileRepository(session).missed(report_id, now)
        if is_new:
            log.info("proof_missing", report_id=report_id)
        return is_new
