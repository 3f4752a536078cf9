"""Watching for what nobody says: escalations that somebody ended from outside, and notifications
that no channel could deliver. The ticket is told, and asks a person (again). Of all the workers of
the house one looks at a time; each look goes on where the last one that saw everything began."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from models.base import Message
from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.escalation.reads import EscalationReads
from models.db.escalation.recorder import close_lost
from models.db.message.notifications import GivenUp, NotificationRepository
from models.messages.escalation import EscalationOver, NotificationFailed
from models.subject import SubjectKind
from temporal.escalations import running_escalation
from temporal.ids import ticket_of, ticket_workflow
from temporal.telling import tell_if_open
from workers.looking import keep_looking

PAUSE_SECONDS = 2.0
EVERY = timedelta(seconds=5)
"""Between two looks, whoever looks; a termination is answered within ten seconds."""
OVERLAP = timedelta(minutes=1)
"""By which looks overlap: visibility may lag, and clocks differ."""
LOOK_BACK = timedelta(days=1)
"""How far the very first look goes back."""
MOST_AT_ONCE = 100
ENDED = ("Terminated", "Canceled", "TimedOut", "Failed")
AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED)
"""Nobody can be told anything."""
STAFF = ("helpdesk", "manager", "admin")

log = structlog.get_logger()


class Watch:
    """Asks every two seconds whether it is its turn to look."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._chores = ChoreRepository(database, "watch")
        self._client = client
        self._seen: set[str] = set()

    async def keep(self) -> None:
        """Watch until cancelled; what cannot be seen now is seen the next time."""
        await keep_looking(self.look, PAUSE_SECONDS, "watch_blind")

    async def look(self) -> bool:
        """Look once, if it is this one's turn; whether it was."""
        began = await asyncio.to_thread(self._chores.turn, EVERY)
        if began is None:
            return False
        if await self._for_lost_escalations(began):
            await asyncio.to_thread(self._chores.done, began)
        await self._for_given_up_notifications()
        return True

    async def _for_lost_escalations(self, began: datetime) -> bool:
        """Whether every ticket that lost one could be told; if not, the next look begins no
        later."""
        done = await asyncio.to_thread(self._chores.done_until)
        since = done - OVERLAP if done else began - LOOK_BACK
        told = True
        async for ended in self._client.list_workflows(_ended_since(since)):
            if ended.run_id in self._seen:
                continue
            if await _passed(self._for_lost(ended)):
                self._seen.add(ended.run_id)
            else:
                told = False
        return told

    async def _for_lost(self, ended: WorkflowExecution) -> None:
        escalation_id = str(await ended.memo_value("escalation_id", ""))
        asked = await asyncio.to_thread(self._is_asked, escalation_id)
        # Somebody else who looked may have been first.
        if asked and await running_escalation(self._client, ended.id) != escalation_id:
            await self._lost(ticket_of(ended.id), escalation_id)

    async def _lost(self, ticket_id: str, escalation_id: str) -> None:
        log.warning("escalation_lost", escalation_id=escalation_id, ticket_id=ticket_id)
        over = EscalationOver(escalation_id=escalation_id, lost=True)
        if not await self._tell(ticket_id, "escalation_over", over):
            # The ticket is over too: nobody asks any more.
            await asyncio.to_thread(self._close, escalation_id)

    async def _for_given_up_notifications(self) -> None:
        for ticket_id, notification_id in await asyncio.to_thread(self._given_up):
            failed = NotificationFailed(notification_id=notification_id)
            if await _passed(self._tell(ticket_id, "notification_failed", failed)):
                await asyncio.to_thread(self._mark_escalated, notification_id)

    async def _tell(self, ticket_id: str, signal: str, message: Message) -> bool:
        return await tell_if_open(self._client, ticket_workflow(ticket_id), signal, message)

    def _is_asked(self, escalation_id: str) -> bool:
        """One that has no row yet was ended before it could write one."""
        with self._database.reading() as session:
            known = EscalationReads(session).escalation(escalation_id)
            return known is None or known.state.is_live

    def _close(self, escalation_id: str) -> None:
        with self._database.unit_of_work() as session:
            close_lost(session, escalation_id, datetime.now(UTC))

    def _given_up(self) -> list[tuple[str, str]]:
        with self._database.unit_of_work() as session:
            notifications = NotificationRepository(session)
            given_up = notifications.given_up(MOST_AT_ONCE)
            # Whom of the staff would we tell that we cannot tell them? And what is about no ticket
            # is nobody's to ask about. The log has it.
            asked = [n for n in given_up if _is_asked_about(n)]
            notifications.escalate([n.id for n in given_up if n not in asked])
            return [(n.subject.id, n.id) for n in asked]

    def _mark_escalated(self, notification_id: str) -> None:
        with self._database.unit_of_work() as session:
            NotificationRepository(session).escalate([notification_id])


def _is_asked_about(given_up: GivenUp) -> bool:
    """Whether somebody is asked what to do, because it could not be told."""
    return given_up.recipient_role not in STAFF and given_up.subject.kind is SubjectKind.TICKET


def _ended_since(since: datetime) -> str:
    """What visibility is asked: escalations that ended in any way but by an answer."""
    how = ", ".join(f'"{status}"' for status in ENDED)
    after = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f'WorkflowType = "Escalation" AND ExecutionStatus IN ({how}) AND CloseTime > "{after}"'


async def _passed(telling: Awaitable[object]) -> bool:
    """Whether a ticket could be told; one that cannot be must not keep the others from hearing."""
    try:
        await telling
    except RPCError as error:
        if error.status in AWAY:
            raise
        log.warning("watch_unheard", error=error.status.name)
        return False
    return True
