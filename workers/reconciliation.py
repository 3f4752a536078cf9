"""Comparing rows with their tickets: a step that Temporal never heard of may have been written.

A row that rests on what the history may not have is tentative. Once it was left alone for a while,
its ticket is asked; if that says otherwise, it writes itself down whole. After each loss of
Temporal, and every few minutes, whatever was recorded lately is asked about too.
"""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.ticket.reconciliation import MOST, Doubtful, ReconciliationRepository
from models.messages.ticket import ProjectionAstray
from temporal.ids import ticket_workflow
from temporal.telling import ASTRAY, tell_if_open

PAUSE_SECONDS = 2.0
QUIET = timedelta(seconds=5)
"""How long a tentative row is left alone; most are over by then, by the ticket's next step."""
RECENT = timedelta(minutes=10)
EVERY = timedelta(minutes=5)
"""Between two looks at everything recent, which overlap."""
AFTER_OUTAGE = timedelta(seconds=10)
"""Of several workers who see Temporal again, one looks at everything."""
PATIENCE = timedelta(seconds=5)
AT_ONCE = 5

log = structlog.get_logger()


class Reconciliation:
    """Looks every two seconds. Several may: each row is taken up by one of them."""

    def __init__(self, database: Database, client: Client) -> None:
        self._rows = ReconciliationRepository(database)
        self._chores = ChoreRepository(database, "reconciliation")
        self._client = client
        self._was_away = True

    async def keep(self) -> None:
        """Compare until cancelled; what cannot be compared now is compared the next time."""
        while True:
            pause = PAUSE_SECONDS
            try:
                if await self.look() == MOST:
                    pause = 0.0
            except Exception as error:
                log.warning("reconciliation_blind", error=type(error).__name__)
            await asyncio.sleep(pause)

    async def look(self) -> int:
        """Compare once; how many rows were in doubt."""
        await self._look_at_everything_recent()
        doubtful = await asyncio.to_thread(self._rows.take_up, QUIET)
        turn = asyncio.Semaphore(AT_ONCE)

        async def in_turn(row: Doubtful) -> None:
            async with turn:
                await self._ask_about(row)

        await asyncio.gather(*map(in_turn, doubtful))
        return len(doubtful)

    async def _look_at_everything_recent(self) -> None:
        """After Temporal was away, and from time to time: a loss may be shorter than our pause."""
        if not await self._is_there():
            self._was_away = True
            return
        since = AFTER_OUTAGE if self._was_away else EVERY
        if await asyncio.to_thread(self._chores.turn, since):
            suspected = await asyncio.to_thread(self._rows.suspect, RECENT)
            log.info("reconciliation_begun", rows=suspected, after_outage=self._was_away)
            for row in await asyncio.to_thread(self._rows.half_booked, QUIET):
                await self._put_right(row)
        self._was_away = False

    async def _is_there(self) -> bool:
        try:
            return await self._client.service_client.check_health(timeout=PATIENCE)
        except RPCError:
            return False

    async def _ask_about(self, row: Doubtful) -> None:
        """Its ticket has the last word; one that does not answer is asked again, and keeps nobody
        else from being asked."""
        handle = self._client.get_workflow_handle(ticket_workflow(row.ticket_id))
        try:
            mark: str = await handle.query("mark", result_type=str, rpc_timeout=PATIENCE)
        except Exception as error:
            await self._unanswered(row, error)
            return
        if mark == row.mark:
            await asyncio.to_thread(self._rows.confirm, row)
        elif await asyncio.to_thread(self._rows.stands, row):
            await self._put_right(row)

    async def _unanswered(self, row: Doubtful, error: Exception) -> None:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            # I1 tells of it; nothing here can make a workflow of a row.
            log.error("row_without_workflow", ticket_id=row.ticket_id)
            await asyncio.to_thread(self._rows.confirm, row)
        else:
            log.warning("row_unanswered", ticket_id=row.ticket_id, error=type(error).__name__)

    async def _put_right(self, row: Doubtful) -> None:
        log.warning("row_astray", ticket_id=row.ticket_id, mark=row.mark)
        seen = ProjectionAstray(mark=row.mark)
        if not await tell_if_open(self._client, ticket_workflow(row.ticket_id), ASTRAY, seen):
            log.error("row_beyond_repair", ticket_id=row.ticket_id)
            await asyncio.to_thread(self._rows.confirm, row)
