"""A story is the same whatever Temporal's time was when it was told.

That time is not kept: where a query ends the task under a local activity, a replay counts the
activity's end, and the first moment of a run, from another beginning; and a query to a worker that
does not know the run yet lets it live through what has not begun.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from tests.replay.archive import ARCHIVE, Shelf
from workers.histories import from_file, replayer, verdict_on

pytestmark = pytest.mark.long

STARTED = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
WANDERING = timedelta(milliseconds=80)
RECORDED = list(ARCHIVE.histories())
REMEDY = "compare deadlines with the story's `due`, not with Temporal's time"


def wandering(history: WorkflowHistory, chance: Random) -> None:
    """Every task begins a little earlier or later."""
    for event in history.events:
        if event.event_type == STARTED:
            began = event.event_time.ToDatetime()
            event.event_time.FromDatetime(began + chance.uniform(-1, 1) * WANDERING)


def standing_still(history: WorkflowHistory, _: Random) -> None:
    """Every task begins when the first did."""
    began = next(event.event_time for event in history.events if event.event_type == STARTED)
    for event in history.events:
        if event.event_type == STARTED:
            event.event_time.CopyFrom(began)


@pytest.mark.parametrize("mistimed", [wandering, standing_still], ids=lambda way: way.__name__)
@pytest.mark.parametrize(("shelf", "name"), RECORDED, ids=lambda p: getattr(p, "name", p))
async def test_a_history_whose_tasks_began_at_other_times_replays(
    shelf: Shelf, name: str, mistimed: Callable[[WorkflowHistory, Random], None]
) -> None:
    history = from_file(shelf.history(name))
    mistimed(history, Random(name))
    result = await replayer().replay_workflow(history, raise_on_replay_failure=False)
    assert verdict_on(history, result.replay_failure).failure is None, REMEDY
