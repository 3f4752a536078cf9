"""The floor: the least that a ticket's life can cost on these servers.

Two bare, unsandboxed workflows in a worker process of their own (`python -m tests.bench.floor`).
They receive the same messages as ours (one start, seven updates, payloads of the same bytes), set
the same timers (24 h until booked, 30 d from completion to closing), and make only the calls that
must leave them, on psycopg's own connection:

- admission: one statement looks up customer, model and plan, one inserts the ticket;
- booking: the assignment inserted under the exclusion constraint, and the ticket updated with it;
- one projection write for each further message, with its timeline event, guarded by sequence; the
  one of the completion asks the survey's question too;
- the start of the billing workflow, and that workflow's one insert.

It gives the guarantee that ours gives: what books, bills or tells somebody is an ordinary activity,
so that its cause is in the history before it runs; admission, and what only brings the projection
up to date, are local activities. Whoever sends a message is answered when it is written down.

People are told of all this, as ours are: the intents are rows of these very statements, as many as
ours, and `tests/bench/sender.py` sends them from a process of its own.

No rules, no validators, no search attributes, no typed messages, no texts; no row that the server's
death left behind is ever put right.

`python -m tests.bench.floor hasty` is the same without the guarantee, all of it local activities,
which is what this floor was before. The table shows both.
"""

import asyncio
import os
import signal
import sys
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

from tests.bench.floor_tables import (
    ADMIT,
    BOOK,
    INVOICE,
    LOOK_UP,
    RECORD,
    RECORD_ASKING,
    RECORD_TELLING,
    TOLD,
)

SURE, HASTY = "floor", "hasty"
"""The queues, and the names of the parties."""

THREADS = 16
Message = dict[str, Any]
OPTIONS: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(initial_interval=timedelta(milliseconds=200)),
}


@workflow.defn(name="Floor", sandboxed=False)
class FloorWorkflow:
    """Does what it is told and decides nothing."""

    @workflow.init
    def __init__(self, opened: Message) -> None:
        self._id = str(opened["ticket_id"])
        self._inbox: deque[tuple[str, Message]] = deque()
        self._seq = 1
        self._taken = self._done = 0
        self._is_sure = workflow.info().task_queue == SURE

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
                await self._act("book", self._with(message))
                alarm.cancel()
                self._done += 1
                continue
            status = "CLOSED" if kind == "confirm" else str(message["kind"])
            if status == "completed":
                who = {"ticket_id": self._id, "customer_id": opened["customer_id"]}
                await self._act("bill", who)
                alarm = asyncio.create_task(workflow.sleep(timedelta(days=30)))
            record = self._with(message, status)
            if status in TOLD and status != "completed":
                await self._act("record", record)
            else:
                # Before the completion is told, it was billed: the history has it.
                await workflow.execute_local_activity("record", record, **OPTIONS)
            self._done += 1
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _act(self, name: str, message: Message) -> None:
        """Book, bill or tell somebody."""
        if self._is_sure:
            await workflow.execute_activity(name, message, **OPTIONS)
        else:
            await workflow.execute_local_activity(name, message, **OPTIONS)

    @workflow.update
    async def propose(self, message: Message) -> Message:
        return await self._took("propose", message)

    @workflow.update
    async def report_visit(self, message: Message) -> Message:
        return await self._took("report_visit", message)

    @workflow.update
    async def confirm(self, message: Message) -> Message:
        return await self._took("confirm", message)

    async def _took(self, kind: str, message: Message) -> Message:
        self._inbox.append((kind, message))
        self._taken += 1
        mine = self._taken
        await workflow.wait_condition(lambda: self._done >= mine)
        return {"ticket_id": self._id, "seq": self._seq}

    def _with(self, message: Message, status: str = "") -> Message:
        return {**message, "ticket_id": self._id, "seq": self._seq, "status": status}


@workflow.defn(name="FloorBilling", sandboxed=False)
class FloorBillingWorkflow:
    """One insert."""

    @workflow.run
    async def run(self, who: Message) -> None:
        await workflow.execute_local_activity("invoice", who, **OPTIONS)


class FloorActivities:
    """One statement each, one connection a thread."""

    def __init__(self, url: str, client: Client, queue: str) -> None:
        self._url, self._client, self._local = url, client, threading.local()
        self._queue = queue

    @activity.defn
    def admit(self, opened: Message) -> Message:
        found = {"id": opened["ticket_id"], "customer": opened["customer_id"]}
        values = {**found, "opened": Jsonb(opened)}
        row = self._run(LOOK_UP, {**found, "model": opened["model_id"]}).fetchone() or ()
        looked_up = dict(zip(("zone", "category", "minutes", "skill", "plan"), row, strict=True))
        self._run(ADMIT, {**values, **looked_up})
        return looked_up

    @activity.defn
    def book(self, message: Message) -> None:
        chosen = {"proposal": message["proposal_id"], "expert": message["expert_id"]}
        start = message["windows"][0]["start"]
        self._run(BOOK, {**chosen, **_which(message), "start": start})

    @activity.defn
    def record(self, message: Message) -> None:
        status = message["status"]
        values = {**_which(message), "status": status, "facts": Jsonb(message)}
        if status not in TOLD:
            self._run(RECORD, values)
        else:
            statement = RECORD_ASKING if status == "completed" else RECORD_TELLING
            self._run(statement, {**values, "template": TOLD[status]})

    @activity.defn
    async def bill(self, who: Message) -> None:
        name = f"billing-{who['ticket_id']}"
        await self._client.start_workflow("FloorBilling", who, id=name, task_queue=self._queue)

    @activity.defn
    def invoice(self, who: Message) -> None:
        self._run(INVOICE, {"id": who["ticket_id"], "customer": who["customer_id"]})

    def _run(self, statement: LiteralString, values: Message) -> psycopg.Cursor[Any]:
        if not hasattr(self._local, "session"):
            self._local.session = psycopg.connect(self._url, autocommit=True)
        cursor: psycopg.Cursor[Any] = self._local.session.execute(statement, values)
        return cursor


def _which(message: Message) -> Message:
    return {"id": message["ticket_id"], "seq": message["seq"]}


async def serve(queue: str) -> None:
    """Work until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    calls = FloorActivities(os.environ["DATABASE_URL"], client, queue)
    async with Worker(
        client,
        task_queue=queue,
        workflows=[FloorWorkflow, FloorBillingWorkflow],
        activities=[calls.admit, calls.book, calls.record, calls.bill, calls.invoice],
        activity_executor=ThreadPoolExecutor(THREADS),
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_concurrent_local_activities=THREADS,
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:] or [SURE]))
    os._exit(0)
