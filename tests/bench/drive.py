"""Whole lives of one-visit tickets with one proposal, several at a time.

The Temporal client is driven directly, as the API does it. What a person would see on a screen, a
look into the database every few milliseconds tells the driver: that the visit is open, booked,
billed. Ours and the floor get the same words at the same moments.
"""

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from temporalio.client import Client, WorkflowHandle
from temporalio.common import Priority, WorkflowIDReusePolicy

from temporal.ids import ticket_workflow
from temporal.sealing import IntakeKeyring
from temporal.search_attributes import at_start
from tests.bench import floor
from tests.bench.script import Script

LOOK = 0.02
PATIENCE = 60.0
OURS: LiteralString = """select t.id, t.status, coalesce(v.id, '') from tickets t
left join visits v on v.ticket_id = t.id where t.id = any(%s)"""
FLOOR: LiteralString = "select id, status, id from tickets where id = any(%s)"
BILLED: LiteralString = "select count(*) from invoices where ticket_id = any(%s)"
UNSENT_FLOOR: LiteralString = "select count(*) from notifications where state <> 'SENT'"
UNSENT: LiteralString = """select (select count(*) from deliveries where state = 'QUEUED')
+ (select count(*) from notifications n where state = 'QUEUED' and created_at <= now()
   and not exists (select from deliveries d where d.notification_id = n.id))"""


class Party:
    """Drives the tickets of ours, or of one of the floors."""

    def __init__(self, name: str, client: Client, queue: str, url: str, keys: Path) -> None:
        self.name, self._client, self._queue, self._url = name, client, queue, url
        self._keyring = IntakeKeyring(keys)
        self._bare = queue in (floor.SURE, floor.HASTY)
        self._count = 0
        self._seen: dict[str, tuple[str, str]] = {}
        self._live: set[str] = set()
        self.lives: list[float] = []

    async def round(self, tickets: int, at_once: int) -> tuple[float, list[str]]:
        """Seconds from the first ticket to the last bill, and the tickets; returns when everybody
        is told."""
        scripts = [Script(self._count + n, self._keyring) for n in range(tickets)]
        self._count += tickets
        gate, ids = asyncio.Semaphore(at_once), [s.id for s in scripts]
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as session:
            watching = asyncio.create_task(self._watch(session))
            began = time.perf_counter()
            await asyncio.gather(*(self._live_through(script, gate) for script in scripts))
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._count_to(tickets, session, BILLED, ids)
            took = time.perf_counter() - began
            await self._count_to(0, session, UNSENT_FLOOR if self._bare else UNSENT)
        return took, ids

    def workflow_id(self, ticket_id: str) -> str:
        """The workflow of a ticket."""
        return f"floor-{ticket_id}" if self._bare else ticket_workflow(ticket_id)

    async def _live_through(self, script: Script, gate: asyncio.Semaphore) -> None:
        async with gate:
            began = time.perf_counter()
            self._live.add(script.id)
            handle = await self._start(script)
            visit = await self._until(script.id, "MATCHING")
            await self._say(handle, "propose", script.proposal(visit))
            await self._until(script.id, "SCHEDULED")
            for report in script.reports(visit):
                await self._say(handle, "report_visit", report)
            await self._say(handle, "confirm", script.confirmation())
            await self._until(script.id, "CLOSED")
            self._live.discard(script.id)
            self.lives.append(time.perf_counter() - began)

    async def _start(self, script: Script) -> WorkflowHandle[Any, Any]:
        opened, name = script.opened(), self.workflow_id(script.id)
        if self._bare:
            plain = opened.model_dump(mode="json")
            return await self._client.start_workflow(
                "Floor", plain, id=name, task_queue=self._queue
            )
        return await self._client.start_workflow(
            "Ticket",
            opened,
            id=name,
            task_queue=self._queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            memo={"fingerprint": opened.fingerprint, "opened_at": opened.opened_at.isoformat()},
            search_attributes=at_start("RECEIVED", opened.urgency),
            priority=Priority(priority_key=3),
        )

    async def _say(self, handle: WorkflowHandle[Any, Any], update: str, message: Any) -> None:
        said = message.model_dump(mode="json") if self._bare else message
        await handle.execute_update(update, said, id=uuid.uuid4().hex)

    async def _until(self, ticket_id: str, status: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found, visit = self._seen.get(ticket_id, ("", ""))
            if found == status:
                return visit
            await asyncio.sleep(LOOK / 4)
        raise TimeoutError(f"{self.name}: {ticket_id} is not {status} after {PATIENCE:.0f} s")

    async def _watch(self, session: psycopg.AsyncConnection[Any]) -> None:
        query = FLOOR if self._bare else OURS
        while True:
            rows = await session.execute(query, (list(self._live),))
            async for ticket_id, status, visit in rows:
                self._seen[ticket_id] = (status, visit)
            await asyncio.sleep(LOOK)

    async def _count_to(
        self,
        wanted: int,
        session: psycopg.AsyncConnection[Any],
        query: LiteralString,
        ids: list[str] | None = None,
    ) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                row = await (await session.execute(query, (ids,) if ids else None)).fetchone()
                if row and row[0] == wanted:
                    return
                await asyncio.sleep(LOOK)
