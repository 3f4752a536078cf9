"""Time travel: what a ticket was after each of its workflow tasks.

A recorder stands around the sandbox of a replay. After every step it asks the workflow its own
query, and so sees what a person would have seen in the Temporal UI at that event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from temporalio.client import WorkflowHistory
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner

from models.ticket import Ticket
from temporal.client import data_converter
from temporal.context_free import ContextFreeInstance, ContextFreeRunner
from temporal.patient import WITHOUT_A_TASK
from temporal.sandbox import workflow_runner
from temporal.sdk import (
    QueryWorkflow,
    WorkflowActivation,
    WorkflowActivationCompletion,
    WorkflowActivationJob,
)
from workers.histories import replayer

_PAYLOADS = data_converter().payload_converter


class Query(NamedTuple):
    """A question to a workflow that changes nothing, and the type of its answer."""

    name: str
    answer: Any


TICKET = Query("ticket", Ticket)


@dataclass(frozen=True)
class Step:
    """A workflow task: the last event it had read, its time, what woke it, and what the workflow
    answers after it; None where it does not know the question."""

    event: int
    at: datetime
    because: tuple[str, ...]
    answer: Any

    @property
    def ticket(self) -> Ticket | None:
        """The ticket as it was then; None of something else."""
        return self.answer if isinstance(self.answer, Ticket) else None


@dataclass(frozen=True)
class Journey:
    """A replay of one history, step by step; `failure` is where today's code parts from it."""

    history: WorkflowHistory
    steps: tuple[Step, ...]
    failure: Exception | None

    @property
    def answer(self) -> Any:
        """What the workflow answered last."""
        return self.steps[-1].answer if self.steps else None

    @property
    def ticket(self) -> Ticket | None:
        """The ticket as it was last seen; None in a history of something else."""
        return self.steps[-1].ticket if self.steps else None


async def travelled(history: WorkflowHistory, query: Query = TICKET) -> Journey:
    """Replay a history and remember what the workflow answers after each of its tasks."""
    recorder = Recorder(workflow_runner(), query)
    result = await replayer(recorder).replay_workflow(history, raise_on_replay_failure=False)
    return Journey(history, _by_task(recorder.steps), result.replay_failure)


class Recorder(ContextFreeRunner):
    """A runner whose workflows are asked what they are after every step. One for each replay."""

    def __init__(self, inner: WorkflowRunner, query: Query = TICKET) -> None:
        super().__init__(inner)
        self.steps: list[Step] = []
        self._query = query

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """See base class."""
        return _Recorded(super().create_instance(det), self.steps, self._query)


class _Recorded(ContextFreeInstance):
    def __init__(self, inner: WorkflowInstance, steps: list[Step], query: Query) -> None:
        super().__init__(inner)
        self._steps = steps
        self._query = query

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        done = super().activate(act)
        jobs = tuple(_named(job) for job in act.jobs if not job.HasField("remove_from_cache"))
        if jobs and done.HasField("successful"):
            at = act.timestamp.ToDatetime(tzinfo=UTC)
            self._steps.append(Step(act.history_length, at, jobs, self._asked(act)))
        return done

    def _asked(self, act: WorkflowActivation) -> Any:
        """The workflow's answer at the moment of this activation."""
        question = WorkflowActivation()
        question.CopyFrom(act)
        del question.jobs[:]
        asked = QueryWorkflow(query_id=WITHOUT_A_TASK, query_type=self._query.name)
        question.jobs.append(WorkflowActivationJob(query_workflow=asked))
        for command in super().activate(question).successful.commands:
            answer = command.respond_to_query
            if answer.HasField("succeeded"):
                return _PAYLOADS.from_payload(answer.succeeded.response, self._query.answer)
        return None


def _named(job: WorkflowActivationJob) -> str:
    """What woke the workflow, in the words of its own code where it has some."""
    match job.WhichOneof("variant"):
        case "do_update":
            return job.do_update.name
        case "signal_workflow":
            return job.signal_workflow.signal_name
        case "initialize_workflow":
            return "start"
        case "fire_timer":
            return "timer"
        case other:
            return str(other).removeprefix("resolve_")


def _by_task(steps: Sequence[Step]) -> tuple[Step, ...]:
    """One step a workflow task: a local activity that ends within one adds a step of its own."""
    tasks = []
    for event, group in groupby(steps, key=lambda step: step.event):
        parts = list(group)
        because = dict.fromkeys(word for part in parts for word in part.because)
        tasks.append(Step(event, parts[-1].at, tuple(because), parts[-1].answer))
    return tuple(tasks)
