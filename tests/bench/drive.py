"""Whole lives of one-visit tickets with one proposal, several at a time.

The Temporal client is driven directly, as the API does it. What a person would see on a screen, a
look into the database every few milliseconds tells the driver: that the visit is open, booked,
billed. Ours and the floor get the same words at the same moments.
"""

import asyncio
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from temporalio.client import Client, WorkflowHandle
from temporalio.common import Priority, WorkflowIDReusePolicy

from models.actor import Actor, Role
from models.calendar import Window
from models.event import Cause
from models.messages.ticket import ConfirmTicket, OpenTicket, Propose, ReportVisit
from models.reference.catalogue import load
from models.ticket import Channel, Urgency
from models.visit import FactKind
from temporal.ids import ticket_workflow
from temporal.sealing import IntakeKeyring
from temporal.search_attributes import at_start
from tests.bench import floor

FRIDGE = "mod_bosch-kgn39vleb"
LOOK = 0.02
PATIENCE = 60.0
WORDS = "The fridge hums, and since Sunday it does not cool any more. The light works."
OURS: LiteralString = """select t.id, t.status, coalesce(v.id, '') from tickets t
left join visits v on v.ticket_id = t.id where t.id = any(%s)"""
FLOOR: LiteralString = "select id, status, id from tickets where id = any(%s)"
BILLED: LiteralString = "select count(*) from invoices where ticket_id = any(%s)"
UNSENT: LiteralString = """select (select count(*) from deliveries where state = 'QUEUED')
+ (select count(*) from notifications n where state = 'QUEUED'
   and not exists (select from deliveries d where d.notification_id = n.id))"""


def _pairs() -> list[tuple[str, str]]:
    """For each expert who mends fridges a customer of his zone whose plan covers one."""
    reference = load()
    covered = {
        c.zone: c.id
        for c in reference.customers
        if any(s.status == "ACTIVE" for s in c.subscriptions)
    }
    return [(covered[e.zone], e.id) for e in reference.experts if "refrigeration" in e.skills]


PAIRS = _pairs()


@dataclass
class Script:
    """What is said about one ticket. No two tickets of a run want one expert at one time."""

    number: int
    keyring: IntakeKeyring
    id: str = field(default_factory=lambda: f"tkt_{uuid.uuid4()}")

    def opened(self) -> OpenTicket:
        """The customer files it."""
        customer, now = self._pair[0], datetime.now(UTC)
        words = {"description": WORDS, "model_text": None}
        return OpenTicket(
            ticket_id=self.id,
            customer_id=customer,
            by=self._by(Role.CUSTOMER, customer),
            channel=Channel.WEB,
            urgency=Urgency.NORMAL,
            opened_at=now,
            slots=(self._window(8),),
            model_id=FRIDGE,
            category=None,
            model_text_given=False,
            sealed=self.keyring.seal(words, self.id, now),
            fingerprint=uuid.uuid4().hex,
        )

    def proposal(self, visit_id: str) -> Propose:
        """An expert offers himself."""
        return Propose(
            proposal_id=f"prp_{uuid.uuid4()}",
            visit_id=visit_id,
            expert_id=self._pair[1],
            windows=(self._window(8 + 3 * (self.number // len(PAIRS) // 50 % 4)),),
            by=self._by(Role.EXPERT, self._pair[1]),
        )

    def reports(self, visit_id: str) -> Iterator[ReportVisit]:
        """He reports from the field."""
        for kind in FactKind:
            yield ReportVisit(
                visit_id=visit_id,
                kind=kind,
                expert_id=self._pair[1],
                occurred_at=datetime.now(UTC),
                client_event_id=str(uuid.uuid4()),
                by=self._by(Role.EXPERT, self._pair[1]),
                report_id=f"rep_{uuid.uuid4()}" if kind is FactKind.COMPLETED else None,
            )

    def confirmation(self) -> ConfirmTicket:
        """The customer is content."""
        return ConfirmTicket(by=self._by(Role.CUSTOMER, self._pair[0]))

    @property
    def _pair(self) -> tuple[str, str]:
        return PAIRS[self.number % len(PAIRS)]

    def _window(self, hour: int) -> Window:
        day = 2 + self.number // len(PAIRS) % 50
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight + timedelta(days=day)
        return Window(start=start + timedelta(hours=hour), end=start + timedelta(hours=20))

    @staticmethod
    def _by(role: Role, who: str) -> Cause:
        return Cause(actor=Actor(role=role, id=who), command_id=uuid.uuid4().hex)


class Party:
    """Drives the tickets of ours, of ours without relay, or of the floor."""

    def __init__(self, name: str, client: Client, queue: str, url: str, keys: Path) -> None:
        self.name, self._client, self._queue, self._url = name, client, queue, url
        self._keyring = IntakeKeyring(keys)
        self._bare = queue == floor.QUEUE
        self._count = 0
        self._seen: dict[str, tuple[str, str]] = {}
        self._live: set[str] = set()
        self.lives: list[float] = []

    async def round(self, tickets: int, at_once: int) -> tuple[float, list[str]]:
        """Seconds from the first ticket to the last bill, and the tickets."""
        scripts = [Script(self._count + n, self._keyring) for n in range(tickets)]
        self._count += tickets
        gate, ids = asyncio.Semaphore(at_once), [s.id for s in scripts]
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as session:
            watching = asyncio.create_task(self._watch(session))
            began = time.perf_counter()
            await asyncio.gather(*(self._live_through(script, gate) for script in scripts))
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            async with asyncio.timeout(PATIENCE):
                while (await self._number(session, BILLED, ids)) < tickets:
                    await asyncio.sleep(LOOK)
                took = time.perf_counter() - began
                while self.name == "ours" and await self._number(session, UNSENT):
                    await asyncio.sleep(0.1)
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

    @staticmethod
    async def _number(
        session: psycopg.AsyncConnection[Any], query: LiteralString, ids: list[str] | None = None
    ) -> int:
        row = await (await session.execute(query, (ids,) if ids else None)).fetchone()
        return int(row[0]) if row else 0
