"""Asking again who pays for tickets of which nobody knew it, as soon as whoever keeps the accounts
answers. Of all the workers of a house one does it at a time."""

import asyncio
from datetime import datetime, timedelta

import structlog
from temporalio.client import Client

from activities.ticket.paying import Accounts
from activities.ticket.readmission import admission_now
from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.ticket.reads import TicketReads, WholeTicket
from models.messages.ticket import CoverageHeard
from models.ticket import Coverage, Filing
from temporal.ids import ticket_workflow
from temporal.telling import tell_if_open

PAUSE_SECONDS = 2.0
TURN = timedelta(seconds=2)
MOST_AT_ONCE = 50

log = structlog.get_logger()


class Paying:
    """Looks at every ticket in turn, some at a time."""

    def __init__(self, database: Database, client: Client, accounts: Accounts) -> None:
        self._database = database
        self._client = client
        self._accounts = accounts
        self._chore = ChoreRepository(database, "paying")
        self._after: tuple[datetime, str] | None = None

    async def keep(self) -> None:
        """Until cancelled; at once done where our own rows say who pays."""
        while self._accounts.are_elsewhere:
            try:
                await self.ask_again()
            except Exception as error:
                # Whatever it was, the next turn begins anew; nobody else would ask.
                log.warning("accounts_not_asked", error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def ask_again(self) -> None:
        """Ask once about some tickets. Again after success: a ticket that is settled is asked
        about no more, and takes no second answer."""
        for ticket_id, heard in await asyncio.to_thread(self._heard):
            await tell_if_open(self._client, ticket_workflow(ticket_id), "coverage_heard", heard)

    def _heard(self) -> list[tuple[str, CoverageHeard]]:
        if self._chore.turn(TURN) is None:
            return []
        with self._database.reading() as session:
            waiting = TicketReads(session).unsettled(MOST_AT_ONCE, self._after)
        last = waiting[-1] if len(waiting) == MOST_AT_ONCE else None
        self._after = (last.opened_at, last.id) if last else None
        found = []
        for ticket in waiting:
            heard = self._of(ticket)
            if heard.coverage is not Coverage.UNKNOWN:
                found.append((ticket.id, heard))
        return found

    def _of(self, ticket: WholeTicket) -> CoverageHeard:
        filing = Filing.model_validate(ticket.model_dump(include=set(Filing.model_fields)))
        said = self._accounts.ask(filing.customer_id)
        with self._database.unit_of_work() as session:
            admission = admission_now(session, ticket.id, filing, said)
        return CoverageHeard(
            coverage=admission.coverage,
            plan_id=admission.plan_id,
            service=admission.service,
            coverage_as_of=admission.coverage_as_of,
        )
