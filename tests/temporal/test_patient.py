"""A query asked while a ticket is at work is answered, and leaves a history that replays."""

import asyncio
import uuid
from collections import defaultdict
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import WorkflowHandle, WorkflowUpdateStage
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

from temporal.client import data_converter
from temporal.context_free import ContextFreeRunner
from temporal.sandbox import workflow_runner
from tests.until import until

QUEUE = "patience"
TIMES = 5
PATIENCE = timedelta(seconds=20)
MANY = 3_000_000
"""So long a workflow thinks about its answer; what runs meanwhile has ended."""


class Gates:
    """Local activities that end when they are told to."""

    def __init__(self) -> None:
        self.open: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self.begun: dict[int, asyncio.Event] = defaultdict(asyncio.Event)

    @activity.defn
    async def note(self, number: int) -> None:
        """Write down what was said, as a ticket does within its task."""
        self.begun[number].set()
        await self.open[number].wait()

    @activity.defn
    async def act(self, number: int) -> None:
        """Do what follows from it, as a ticket does once its task is over."""


@workflow.defn
class Listener:
    """Takes up one thing after the other, as a ticket does."""

    def __init__(self) -> None:
        self._waiting: list[int] = []
        self._done: set[int] = set()

    @workflow.run
    async def run(self, last: int) -> None:
        """Until the last thing is done."""
        while last not in self._done:
            await workflow.wait_condition(lambda: bool(self._waiting))
            number = self._waiting.pop(0)
            await workflow.execute_local_activity_method(
                Gates.note, number, start_to_close_timeout=PATIENCE
            )
            if number > 1:
                await workflow.execute_activity_method(
                    Gates.act, number, start_to_close_timeout=PATIENCE
                )
            self._done.add(number)
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def say(self, number: int) -> int:
        """Have something done, and wait for it."""
        self._waiting.append(number)
        await workflow.wait_condition(lambda: number in self._done)
        return number

    @workflow.query
    def done(self) -> int:
        """How much was done."""
        return len(self._done) + 0 * sum(range(MANY))


async def said(listener: WorkflowHandle[Listener, None], number: int) -> int:
    handle = await listener.start_update(
        Listener.say, number, wait_for_stage=WorkflowUpdateStage.ACCEPTED
    )
    return await handle.result()


async def asked_at_work(env: WorkflowEnvironment, runner: ContextFreeRunner) -> tuple[int, bool]:
    """What a query was answered that came in the midst of a task, and whether the history replays
    in which a request came behind it."""
    gates = Gates()
    async with Worker(
        env.client,
        task_queue=QUEUE,
        workflows=[Listener],
        activities=[gates.note, gates.act],
        workflow_runner=runner,
    ):
        listener = await env.client.start_workflow(
            Listener.run, 3, id=f"listener-{uuid.uuid4()}", task_queue=QUEUE
        )
        first = asyncio.create_task(said(listener, 1))
        await gates.begun[1].wait()
        # Both come while a task is under way, and wait for the next.
        second = asyncio.create_task(said(listener, 2))
        query = asyncio.create_task(listener.query(Listener.done))
        for _ in range(3):
            await listener.describe()
        for number in (1, 2, 3):
            gates.open[number].set()
        await gates.begun[2].wait()
        third = asyncio.create_task(said(listener, 3))
        assert list(await asyncio.gather(first, second, third)) == [1, 2, 3]
        answer = await query
        await listener.result()
    replayed = await Replayer(
        workflows=[Listener], workflow_runner=runner, data_converter=data_converter()
    ).replay_workflow(await listener.fetch_history(), raise_on_replay_failure=False)
    return answer, replayed.replay_failure is None


async def test_a_query_in_the_midst_of_a_task_leaves_a_history_that_replays(
    temporal_env: WorkflowEnvironment,
) -> None:
    runner = workflow_runner(sandboxed=False)
    assert isinstance(runner, ContextFreeRunner)
    for _ in range(TIMES):
        answer, replays = await asked_at_work(temporal_env, runner)
        assert 0 <= answer <= 3
        assert replays


async def test_the_sdk_alone_does_not_and_so_the_runner_is_needed(
    temporal_env: WorkflowEnvironment,
) -> None:
    runner = ContextFreeRunner(UnsandboxedWorkflowRunner())

    async def is_broken() -> bool:
        return not (await asked_at_work(temporal_env, runner))[1]

    assert await until(is_broken, "a fault of the SDK; if it is mended, patient.py can go")
