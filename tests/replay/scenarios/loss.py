"""Looking whether everything that was accepted is there."""

import uuid

from temporalio.client import WorkflowHistory

from temporal.queues import TICKETS
from tests.house import House
from tests.losing import accepted, aged, fault_of, remove
from tests.replay.scenarios.living import DESCRIPTION, Lived, history_of
from workflows.reconciliation import ReconciliationWorkflow


async def looked_for(house: House) -> Lived:
    """A look finds all there; then a row is lost, and the next finds that, writes it again and
    looks once more."""
    ticket = await accepted(house, description=DESCRIPTION)
    await history_of(house, ticket)
    aged(house, ticket)
    all_there = await _look(house)
    remove(house, ticket)
    found_again = await _look(house)
    await house.until(ticket, "MATCHING")
    assert await fault_of(house, ticket) == []
    return {"looked_for": found_again, "all_there": all_there}


async def _look(house: House) -> WorkflowHistory:
    handle = await house.env.client.start_workflow(
        ReconciliationWorkflow.run, id=f"look-{uuid.uuid4()}", task_queue=TICKETS
    )
    await handle.result()
    return await handle.fetch_history()
