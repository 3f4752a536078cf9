"""Histories: where they are kept, and whether today's code would have written them."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer, WorkflowRunner

from temporal.client import data_converter
from temporal.sandbox import workflow_runner
from workers.roster import WORKFLOWS

EVERYTHING = "WorkflowType IN ('Ticket', 'Billing', 'Escalation', 'Reconciliation')"
"""A visibility query for all that the house ever started."""
_MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)+)"')


@dataclass(frozen=True)
class Verdict:
    """What became of one history under today's code."""

    name: str
    events: int
    failure: Exception | None

    def __str__(self) -> str:
        if self.failure is None:
            return f"ok        {self.name} ({self.events} events)"
        return f"DIVERGED  {self.name} ({self.events} events): {reason(self.failure)}"


def reason(failure: Exception) -> str:
    """Why a replay failed, out of the structure that the SDK prints around it."""
    told = _MESSAGE.search(str(failure))
    return told[1] if told else str(failure)


def replayer(
    runner: WorkflowRunner | None = None, workflows: Sequence[type] = WORKFLOWS
) -> Replayer:
    """A replayer of this build: the sandbox, the converter and the roster of its workers.

    Without the guard that ends a step after two seconds: it protects a worker's other tickets, and
    a step that is slow here is no other step than the one in the history.
    """
    return Replayer(
        workflows=workflows,
        data_converter=data_converter(),
        workflow_runner=runner or workflow_runner(),
        runtime=_runtime(),
        debug_mode=True,
    )


@cache
def _runtime() -> Runtime:
    """One that does not print what a verdict says in a line."""
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="OFF")))


async def verdicts(histories: AsyncIterator[WorkflowHistory]) -> AsyncIterator[Verdict]:
    """The verdict on each history, as it is reached."""
    async with replayer().workflow_replay_iterator(histories) as results:
        async for result in results:
            yield verdict_on(result.history, result.replay_failure)


def stored(client: Client, query: str, limit: int | None = None) -> AsyncIterator[WorkflowHistory]:
    """The histories the Temporal service keeps of a query, the newest first."""
    return client.list_workflows(query, limit=limit).map_histories()


def from_file(path: Path) -> WorkflowHistory:
    """A history as `temporal workflow show --output json` or the UI's download wrote it.

    Raises:
        ValueError: it is not one.
    """
    text = path.read_text(encoding="utf-8")
    history = WorkflowHistory.from_json(path.stem, text)
    if not history.events:
        raise ValueError("no events")
    started = history.events[0].workflow_execution_started_event_attributes
    return WorkflowHistory(started.workflow_id or path.stem, history.events)


async def runs_of(client: Client, workflow_id: str) -> list[WorkflowHistory]:
    """Every run of a workflow that is still kept, the first one first."""
    runs = [await client.get_workflow_handle(workflow_id).fetch_history()]
    while before := _continued_from(runs[0]):
        try:
            handle = client.get_workflow_handle(workflow_id, run_id=before)
            runs.insert(0, await handle.fetch_history())
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            break
    return runs


async def is_kept(client: Client, workflow_id: str) -> bool:
    """Whether the Temporal service knows a workflow, open or closed."""
    try:
        await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def retention(client: Client) -> timedelta:
    """How long the Temporal service keeps what is closed."""
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    answer = await client.workflow_service.describe_namespace(asked)
    return answer.config.workflow_execution_retention_ttl.ToTimedelta()


def verdict_on(history: WorkflowHistory, failure: Exception | None) -> Verdict:
    """The verdict on a replay that failed, or did not."""
    return Verdict(f"{history.workflow_id} {history.run_id}", len(history.events), failure)


def _continued_from(history: WorkflowHistory) -> str:
    started = history.events[0].workflow_execution_started_event_attributes
    return started.continued_execution_run_id
