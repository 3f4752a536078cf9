"""A look that Temporal begins by itself finds what is lost, and puts it right before it ends."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from temporalio.client import ScheduleHandle

from models.messages.intake import Reconciled
from temporal.queues import TICKETS
from temporal.schedules import EVERY, RECONCILIATION, schedule
from tests.house import House
from tests.losing import accepted, aged, fault_of, remove
from workflows.reconciliation import ReconciliationWorkflow


@pytest_asyncio.fixture(loop_scope="session")
async def scheduled(house: House) -> AsyncIterator[ScheduleHandle]:
    """The house's schedule, which nobody else has."""
    await schedule(house.env.client)
    handle = house.env.client.get_schedule_handle(RECONCILIATION)
    yield handle
    await handle.delete()


async def test_a_look_finds_a_lost_row_writes_it_again_and_sees_that_it_is_there(
    house: House,
) -> None:
    ticket_id = await accepted(house)
    aged(house, ticket_id)
    remove(house, ticket_id)
    handle = await house.env.client.start_workflow(
        ReconciliationWorkflow.run, id=f"look-{uuid.uuid4()}", task_queue=TICKETS
    )
    found: Reconciled = await handle.result()
    assert found.looked >= 1
    assert found.wrong >= 1
    assert await fault_of(house, ticket_id) == []
    report = await house.expect("admin", "GET", "/reports/loss?days=1")
    assert report["healed"] >= 1
    assert report["as_of"] is not None
    assert report["accepted"] >= report["stored"] >= report["running"] >= 1


async def test_the_schedule_is_made_once_and_is_as_the_release_has_it(
    house: House, scheduled: ScheduleHandle
) -> None:
    await scheduled.pause(note="Somebody looks into it.")
    await schedule(house.env.client)
    known = (await scheduled.describe()).schedule
    assert (
        [interval.every for interval in known.spec.intervals] == [EVERY] == [timedelta(minutes=5)]
    )
    assert (known.state.paused, known.state.note) == (True, "Somebody looks into it.")


async def test_the_schedule_begins_a_look(house: House, scheduled: ScheduleHandle) -> None:
    await scheduled.trigger()

    async def ended() -> bool:
        query = (
            f"WorkflowType = 'Reconciliation' AND WorkflowId STARTS_WITH '{RECONCILIATION}'"
            " AND ExecutionStatus = 'Completed'"
        )
        return (await house.env.client.count_workflows(query)).count > 0

    await house.soon(ended, "the look to end", 30.0)
