"""Telling customers who asked for it that nothing is stale or away any more
(docs/rules/status.md)."""

import asyncio
from datetime import timedelta
from functools import partial

import structlog

from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.status.standings import StandingRepository
from models.db.status.subscriptions import SubscriptionRepository
from models.status import QUIET, PartState
from workers.looking import keep_looking

PAUSE_SECONDS = 2.0
EVERY = timedelta(seconds=4)
"""Between two looks, whoever looks."""

log = structlog.get_logger()


class Restoring:
    """Looks every few seconds, of all the workers of the house one at a time.

    Args:
        database: where it looks.
        quiet: for how long a customer who was told is not told again.
    """

    def __init__(self, database: Database, quiet: timedelta = QUIET) -> None:
        self._database = database
        self._quiet = quiet
        self._chores = ChoreRepository(database, "restoring")

    async def keep(self) -> None:
        """Look until cancelled; what cannot be told now is told the next time."""
        await keep_looking(partial(asyncio.to_thread, self.look), PAUSE_SECONDS, "restoring_blind")

    def look(self) -> int:
        """Look once, if it is this one's turn; how many are told now."""
        return 0 if self._chores.turn(EVERY) is None else self.tell()

    def tell(self) -> int:
        """Have those told who wait, if all is well: also that an API process is there, which sees
        most of it. How many.

        Again after success: they do not wait any more.
        """
        with self._database.unit_of_work() as session:
            settled = {one.part: one.state for one in StandingRepository(session).settle()}
            if "matching" not in settled or any(s is not PartState.OK for s in settled.values()):
                return 0
            told = SubscriptionRepository(session).tell(self._quiet)
        if told:
            log.info("told_of_restoring", customers=told)
        return told
