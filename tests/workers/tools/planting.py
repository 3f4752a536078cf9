"""Breaking a house's invariants on purpose, and repairing them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowHandle

from tests.house import House
from workers.tools.invariants import CHECKS, Premises, lasting

DROPPED = "alter table assignments drop constraint one_place_at_a_time"
CONSTRAINT = """alter table assignments add constraint one_place_at_a_time
    exclude using gist (expert with =, blocked with &&)
    where (state not in ('RELEASED', 'CANNOT_ARRIVE'))"""


COPIED_ROW = """
    insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round, slots,
        attention, timers, clocks, opened_at, fingerprint)
    select %(id)s, 0, %(status)s, customer_id, channel, urgency, coverage, round, slots, attention,
        timers, clocks, opened_at, fingerprint
    from tickets limit 1"""
COPY_REMOVED = "delete from tickets where id = %(id)s"


async def found_by(name: str, house: House) -> dict[str, str]:
    """What an invariant's check finds at once."""
    return await lasting(CHECKS[name][1], Premises(house.env.client, house.database), patience=0)


@contextmanager
def planted(house: House, plant: str, *repairs: str, **named: str) -> Iterator[str]:
    """Something wrong in the database, repaired afterwards; gives what the planting returned."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        answer = session.execute(plant, named)
        row = answer.fetchone() if answer.description else None
        try:
            yield str(row[0]) if row else ""
        finally:
            for repair in repairs:
                session.execute(repair, named)


async def gone(house: House, handle: WorkflowHandle[Any, Any]) -> None:
    """As if a workflow had never been."""
    await house.env.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=house.env.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
        )
    )

    async def unlisted() -> bool:
        count = await house.env.client.count_workflows(f"WorkflowId = '{handle.id}'")
        return count.count == 0

    await house.soon(unlisted, "the workflow to be forgotten")
