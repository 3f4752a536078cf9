"""Telling tickets of experts whose right to work has changed, by whatever way it did; time is one,
for a skill ends at its hour and nobody says so. And of experts who gave time off back. Whoever does
it may tell some of them at once; here all are told, a moment later, when whatever was under way in
that moment is written."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.people.rights import Change, RightsRepository
from models.messages.people import RightsChanged
from temporal.ids import ticket_workflow
from temporal.telling import tell_if_open
from workers.looking import keep_looking

PAUSE_SECONDS = 1.0
QUIET = timedelta(seconds=1)
"""How long a change is let alone."""
EVERY = timedelta(seconds=5)
"""Between two looks for skills that have ended, whoever looks."""
FROM_THE_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 20
AT_ONCE = 20
RIGHTS_CHANGED = "rights_changed"

log = structlog.get_logger()


class Rights:
    """Looks every second. Several may: a ticket that hears of a change twice finds nothing new."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._chores = ChoreRepository(database, "rights")
        self._client = client

    async def keep(self) -> None:
        """Look until cancelled; whoever cannot be told now is told the next time."""
        await keep_looking(self.look, PAUSE_SECONDS, "rights_blind")

    async def look(self, quiet: timedelta = QUIET) -> int:
        """Look once; how many changes there were to tell of."""
        await asyncio.to_thread(self._mark_ended_skills)
        changes = await asyncio.to_thread(self._changed, quiet)
        for change in changes:
            await self._tell(change)
        return len(changes)

    def _mark_ended_skills(self) -> None:
        """Up to now, from where the last look ended; nothing is lost while nobody looks."""
        began = self._chores.turn(EVERY)
        if began is None:
            return
        with self._database.unit_of_work() as session:
            after = self._chores.done_until() or FROM_THE_FIRST
            RightsRepository(session).ran_out(after, began)
        self._chores.done(began)

    def _changed(self, quiet: timedelta) -> list[Change]:
        with self._database.reading() as session:
            return RightsRepository(session).changed(quiet, MOST)

    async def _tell(self, change: Change) -> None:
        """A mark stays until every ticket was told."""
        ticket_ids = await asyncio.to_thread(self._concerned, change)
        news, turn = RightsChanged(expert_ids=(change.expert_id,)), asyncio.Semaphore(AT_ONCE)

        async def told(ticket_id: str) -> bool:
            async with turn:
                try:
                    name = ticket_workflow(ticket_id)
                    await tell_if_open(self._client, name, RIGHTS_CHANGED, news)
                except RPCError as error:
                    log.warning("rights_unheard", ticket_id=ticket_id, error=error.status.name)
                    return False
                return True

        if all(await asyncio.gather(*map(told, ticket_ids))):
            await asyncio.to_thread(self._told, change)

    def _concerned(self, change: Change) -> list[str]:
        with self._database.reading() as session:
            return RightsRepository(session).concerned(change.expert_id)

    def _told(self, change: Change) -> None:
        with self._database.unit_of_work() as session:
            RightsRepository(session).told(change)
