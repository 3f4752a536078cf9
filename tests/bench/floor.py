"""The floor: the least that a ticket's life can cost on these servers.

Two bare, unsandboxed workflows in a worker process of their own (`python -m tests.bench.floor`).
They receive the same messages as ours (one start, seven updates, payloads of the same bytes), set
the same timers (24 h until booked, 30 d from completion to closing), and make only the calls that
must leave them, each a local activity of one SQL statement on psycopg's own connection:

- admission: the ticket inserted;
- booking: the assignment inserted under the exclusion constraint, and the ticket updated with it;
- one projection write for each further message, with its timeline event, guarded by sequence;
- the start of the billing workflow, and that workflow's one insert.

No rules, no validators, no search attributes, no notifications, no survey, no typed messages.
"""

import asyncio
import os
import signal
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

QUEUE = "floor"
THREADS = 16
Message = dict[str, Any]
OPTIONS: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(initial_interval=timedelta(milliseconds=200)),
}
TABLES = """
create table tickets (
    id text primary key, seq int not null, status text not null, customer_id text not null,
    opened jsonb not null, opened_at timestamptz not null
);
create table events (
    ticket_id text not null, seq int not null, type text not null, facts jsonb not null,
    recorded_at timestamptz not null default now(), primary key (ticket_id, seq)
);
create table assignments (
    id text primary key, ticket_id text not null, expert_id text not null,
    expert int8range not null generated always as
        (int8range(hashtextextended(expert_id, 0), hashtextextended(expert_id, 0), '[]')) stored,
    blocked tstzrange not null,
    exclude using gist (expert with =, blocked with &&)
);
create table invoices (id text primary key, ticket_id text not null, total int not null);
"""
ADMIT = """insert into tickets values (%(id)s, 1, 'MATCHING', %(customer)s, %(opened)s, now())
on conflict do nothing"""
BOOK = """with booked as (
    insert into assignments (id, ticket_id, expert_id, blocked)
    values (%(proposal)s, %(id)s, %(expert)s,
            tstzrange(%(start)s::timestamptz, %(start)s::timestamptz + interval '90 minutes'))
    on conflict (id) do nothing)
update tickets set seq = %(seq)s, status = 'SCHEDULED' where id = %(id)s and seq < %(seq)s"""
RECORD = """with moved as (
    update tickets set seq = %(seq)s, status = %(status)s
    where id = %(id)s and seq < %(seq)s returning id)
insert into events (ticket_id, seq, type, facts)
select id, %(seq)s, %(status)s, %(facts)s from moved"""
INVOICE = "insert into invoices values (%(id)s, %(id)s, 0) on conflict do nothing"


@workflow.defn(name="Floor", sandboxed=False)
class FloorWorkflow:
    """Does what it is told and decides nothing."""

    @workflow.init
    def __init__(self, opened: Message) -> None:
        self._id = str(opened["ticket_id"])
        self._inbox: deque[tuple[str, Message]] = deque()
        self._seq = 1

    @workflow.run
    async def run(self, opened: Message) -> None:
        await workflow.execute_local_activity("admit", opened, **OPTIONS)
        alarm = asyncio.create_task(workflow.sleep(timedelta(hours=24)))
        status = "MATCHING"
        while status != "CLOSED":
            await workflow.wait_condition(lambda: bool(self._inbox))
            kind, message = self._inbox.popleft()
            self._seq += 1
            if kind == "propose":
                await workflow.execute_local_activity("book", self._with(message), **OPTIONS)
                alarm.cancel()
                continue
            status = "CLOSED" if kind == "confirm" else str(message["kind"])
            if status == "completed":
                await workflow.execute_local_activity("bill", self._id, **OPTIONS)
                alarm = asyncio.create_task(workflow.sleep(timedelta(days=30)))
            await workflow.execute_local_activity("record", self._with(message, status), **OPTIONS)

    @workflow.update
    def propose(self, message: Message) -> Message:
        return self._took("propose", message)

    @workflow.update
    def report_visit(self, message: Message) -> Message:
        return self._took("report_visit", message)

    @workflow.update
    def confirm(self, message: Message) -> Message:
        return self._took("confirm", message)

    def _took(self, kind: str, message: Message) -> Message:
        self._inbox.append((kind, message))
        return {"ticket_id": self._id, "seq": self._seq}

    def _with(self, message: Message, status: str = "") -> Message:
        return {**message, "ticket_id": self._id, "seq": self._seq, "status": status}


@workflow.defn(name="FloorBilling", sandboxed=False)
class FloorBillingWorkflow:
    """One insert."""

    @workflow.run
    async def run(self, ticket_id: str) -> None:
        await workflow.execute_local_activity("invoice", ticket_id, **OPTIONS)


class FloorActivities:
    """One statement each, one connection a thread."""

    def __init__(self, url: str, client: Client) -> None:
        self._url, self._client, self._local = url, client, threading.local()

    @activity.defn
    def admit(self, opened: Message) -> None:
        found = {"id": opened["ticket_id"], "customer": opened["customer_id"]}
        self._run(ADMIT, {**found, "opened": Jsonb(opened)})

    @activity.defn
    def book(self, message: Message) -> None:
        chosen = {"proposal": message["proposal_id"], "expert": message["expert_id"]}
        start = message["windows"][0]["start"]
        self._run(BOOK, {**chosen, **_which(message), "start": start})

    @activity.defn
    def record(self, message: Message) -> None:
        self._run(RECORD, {**_which(message), "status": message["status"], "facts": Jsonb(message)})

    @activity.defn
    async def bill(self, ticket_id: str) -> None:
        name = f"billing-{ticket_id}"
        await self._client.start_workflow("FloorBilling", ticket_id, id=name, task_queue=QUEUE)

    @activity.defn
    def invoice(self, ticket_id: str) -> None:
        self._run(INVOICE, {"id": ticket_id})

    def _run(self, statement: LiteralString, values: Message) -> None:
        if not hasattr(self._local, "session"):
            self._local.session = psycopg.connect(self._url, autocommit=True)
        self._local.session.execute(statement, values)


def _which(message: Message) -> Message:
    return {"id": message["ticket_id"], "seq": message["seq"]}


def make_tables(url: str) -> None:
    """The floor's schema."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(TABLES)


async def serve() -> None:
    """Work until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    calls = FloorActivities(os.environ["DATABASE_URL"], client)
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[FloorWorkflow, FloorBillingWorkflow],
        activities=[calls.admit, calls.book, calls.record, calls.bill, calls.invoice],
        activity_executor=ThreadPoolExecutor(THREADS),
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_concurrent_local_activities=THREADS,
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve())
    os._exit(0)
