"""Putting right what was accepted and is not whole. Each answers what there is to say of it: what
was wrong, and what was done, or what a person has to do.

Again after success: a start is refused by Temporal, a row is there already, and a ticket that
writes itself down writes the same.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models.db.engine import Database
from models.db.ticket.admission import file_and_look_up
from models.db.ticket.differences import happened, last_event, restore_filing
from models.db.ticket.recorder import record_ticket
from models.intake.loss import Accepted
from models.messages.ticket import OpenTicket, ProjectionAstray
from models.rules.ticket.lost import may_begin_again
from models.rules.ticket.recording import record_of
from models.ticket import Ticket
from temporal.filing import start_ticket
from temporal.ids import ticket_workflow
from temporal.sealing import IntakeKeyring, Unsealable
from temporal.telling import ASTRAY, tell_if_open

PATIENCE = timedelta(seconds=5)

log = structlog.get_logger()


class Healing:
    """What can be done without a person."""

    def __init__(self, database: Database, keyring: IntakeKeyring, client: Client) -> None:
        self._database = database
        self._keyring = keyring
        self._client = client

    async def begin_again(self, one: Accepted) -> str:
        """Start a ticket once more whose workflow is gone, from what was accepted."""
        kinds = await asyncio.to_thread(happened, self._database, one.ticket_id)
        age = datetime.now(UTC) - one.accepted_at
        if one.argument is None or not may_begin_again(kinds, age):
            return "its workflow is gone, and it cannot begin again by itself"
        try:
            await start_ticket(self._client, ticket_workflow(one.ticket_id), one.argument, PATIENCE)
        except WorkflowAlreadyStartedError:
            pass
        except RPCError as error:
            return f"its workflow is gone, and Temporal does not start it: {error.status.name}"
        log.warning("ticket_begun_again", ticket_id=one.ticket_id)
        return "its workflow was gone; it was started again"

    async def write_down(self, one: Accepted, state: Ticket) -> str:
        """File the row of a ticket again that has none, and have it written down whole."""
        opened = _opened(one)
        if opened is None:
            return "its row is gone, and what was accepted is not known any more"
        try:
            words = self._keyring.open(opened.sealed, opened.ticket_id)
        except Unsealable:
            return "its row is gone, and the customer's words cannot be unsealed any more"
        await asyncio.to_thread(file_and_look_up, self._database, opened, words)
        if not await self._write_whole(one, state, ""):
            return "its row was gone, and somebody reported after its end: a person puts it right"
        log.warning("ticket_filed_again", ticket_id=one.ticket_id)
        return "its row was gone; it was written again, under a new number"

    async def rewrite(self, one: Accepted, state: Ticket, detail: str) -> str:
        """Have a ticket written down whole over a row that says something else."""
        if opened := _opened(one):
            await asyncio.to_thread(restore_filing, self._database, opened)
        if not await self._write_whole(one, state, one.mark or ""):
            return f"{detail}; somebody reported after its end, so it was let alone"
        log.warning("ticket_written_again", ticket_id=one.ticket_id, because=detail)
        return f"{detail}; it was written anew"

    async def _write_whole(self, one: Accepted, state: Ticket, stands: str) -> bool:
        """By the ticket itself while it goes on, for it may be moving; by us once it has ended,
        unless something happened to it since that its workflow does not know and that would be
        written over. Whether it is written."""
        seen = ProjectionAstray(mark=stands)
        if await tell_if_open(self._client, ticket_workflow(one.ticket_id), ASTRAY, seen):
            return True
        if await asyncio.to_thread(last_event, self._database, one.ticket_id) > state.seq:
            return False
        whole = record_of(state, None, (), stands).model_copy(update={"whole": True})
        await asyncio.to_thread(record_ticket, self._database, whole, ())
        return True


def _opened(one: Accepted) -> OpenTicket | None:
    return OpenTicket.model_validate_json(one.argument) if one.argument else None
