"""What the checks look at: rows, workflows replayed from their histories, and the post."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory

from models.event import Event
from models.ticket import Ticket
from temporal.ids import ticket_workflow
from temporal.sandbox import workflow_runner
from tests.chaos.history import History
from tests.chaos.post import Sent
from tests.chaos.rows import Rows
from workers.histories import replayer, runs_of
from workers.tools.timetravel import Recorder

AT_ONCE = 6


@dataclass(frozen=True)
class Told:
    """What a ticket's workflow says of itself: its last state, every event it ever decided, and
    the whole of its history as bytes, to look for ids in."""

    ticket: Ticket | None
    events: dict[str, Event]
    history: bytes
    runs: int
    failure: str = ""


@dataclass(frozen=True)
class Asking:
    """A run of an escalation's workflow."""

    escalation_id: str
    workflow_id: str
    runs: bool
    history: bytes = b""


@dataclass
class Evidence:
    """All of it, as of one look. Workflows by the id of their ticket."""

    rows: Rows
    told: dict[str, Told]
    asking: list[Asking]
    bills: set[str]
    sent: Counter[Sent]
    history: History
    late: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)

    def tickets(self) -> Iterator[tuple[str, Ticket]]:
        """What the workflow of each ticket has decided about it."""
        for ticket_id, told in self.told.items():
            if told.ticket is not None:
                yield ticket_id, told.ticket


async def told_by(client: Client, ticket_id: str) -> Told:
    """What the histories of a ticket say, replayed by today's code."""
    histories = await runs_of(client, ticket_workflow(ticket_id))
    events: dict[str, Event] = {}
    last, failure = None, ""
    for history in histories:
        recorder = Recorder(workflow_runner())
        result = await replayer(recorder).replay_workflow(history, raise_on_replay_failure=False)
        for step in recorder.steps:
            if step.ticket is not None:
                events |= {event.id: event for event in step.ticket.news}
                last = step.ticket
        failure = failure or str(result.replay_failure or "")
    return Told(last, events, _bytes(histories), len(histories), failure)


async def everybody_told(client: Client, tickets: Iterable[str]) -> dict[str, Told]:
    """What the workflow of each ticket says; a ticket without one is not there."""
    turn, listed = (
        asyncio.Semaphore(AT_ONCE),
        {w.id async for w in client.list_workflows("WorkflowType = 'Ticket'")},
    )
    wanted = {t for t in tickets if ticket_workflow(t) in listed}
    wanted |= {f"tkt_{name.removeprefix('ticket-')}" for name in listed}

    async def one(ticket_id: str) -> tuple[str, Told]:
        async with turn:
            return ticket_id, await told_by(client, ticket_id)

    return dict(await asyncio.gather(*map(one, sorted(wanted))))


async def everybody_asking(client: Client) -> list[Asking]:
    """Every run of every escalation."""
    found = []
    async for run in client.list_workflows("WorkflowType = 'Escalation'"):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        found.append(
            Asking(
                str(await run.memo_value("escalation_id", "")),
                run.id,
                run.status is WorkflowExecutionStatus.RUNNING,
                _bytes([await handle.fetch_history()]),
            )
        )
    return found


async def bills(client: Client) -> set[str]:
    """The ids of the billing workflows that were ever started."""
    return {w.id async for w in client.list_workflows("WorkflowType = 'Billing'")}


def _bytes(histories: list[WorkflowHistory]) -> bytes:
    return b"".join(e.SerializeToString() for h in histories for e in h.events)
