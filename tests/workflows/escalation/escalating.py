"""Escalations in tests: how they come about, and pressing their buttons."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import psycopg
from temporalio.client import (
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)

from models.actor import Actor, Role
from models.escalation import Escalation
from temporal.failures import as_domain_error
from temporal.ids import escalation_workflow, signed
from tests.house import House
from workers.watch import Watch

ANA = Actor(role=Role.HELPDESK, id="usr_ana")
BOB = Actor(role=Role.HELPDESK, id="usr_bob")
MIA = Actor(role=Role.MANAGER, id="usr_mia")
PENDING = timedelta(hours=24, seconds=1)

Asked = WorkflowHandle[Any, Any]


async def escalated(house: House, ticket_id: str, reason: str) -> Asked:
    """The escalation that a ticket asks once it has waited for a day."""
    await house.later(ticket_id, PENDING)
    return await open_question(house, ticket_id, reason)


async def open_question(
    house: House, ticket_id: str, reason: str, part: int | str | None = None
) -> Asked:
    """The escalation of a reason, about a visit or a clock perhaps, as soon as it waits for a
    decision."""
    name = escalation_workflow(ticket_id, reason, part)

    async def waits() -> Any:
        return [r for r in await shown(house, ticket_id) if r["workflow_id"] == name and _live(r)]

    await house.soon(waits, f"escalation {reason}")
    return house.env.client.get_workflow_handle(name)


async def matched_anew(house: House, ticket_id: str, visit: int = 1) -> None:
    """Somebody cannot come, and the helpdesk has their visit matched anew."""
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", visit)
    await decide(asked, ANA, "2_reschedule")
    assert (await asked.result())["action"] == "reschedule"


async def shown(house: House, ticket_id: str) -> list[Any]:
    """The escalations of a ticket as the API lists them."""
    page = await house.expect("helpdesk", "GET", f"/escalations?ticket_id={ticket_id}")
    items: list[Any] = page["items"]
    return items


async def known(asked: Asked) -> Escalation:
    """The escalation as its workflow knows it."""
    escalation: Escalation = await asked.query("escalation", result_type=Escalation)
    return escalation


async def decide(asked: Asked, who: Actor, button: str, *given: Any) -> Any:
    """Somebody presses a button of the desk."""
    return await asked.execute_update(button, args=given, id=signed(who, uuid.uuid4().hex[:8]))


def refusal(failed: WorkflowUpdateFailedError) -> str:
    """The code of a refusal."""
    error = as_domain_error(failed.cause)
    assert error is not None, failed.cause
    return error.code


async def details(asked: Asked) -> str:
    """What the tab "User Metadata" shows of a workflow."""
    text: str = (await asked.query("__temporal_workflow_metadata")).current_details
    return text


async def buttons(asked: Asked) -> list[str]:
    """The updates that the Temporal UI offers."""
    metadata = await asked.query("__temporal_workflow_metadata")
    return sorted(u.name for u in metadata.definition.update_definitions)


async def written_of(asked: Asked) -> str:
    """All that Temporal keeps of a workflow: its history, its memo, its search attributes."""
    history = await asked.fetch_history()
    described = (await asked.describe()).raw_description
    kept = [event.SerializeToString() for event in history.events]
    return b"".join([*kept, described.SerializeToString()]).decode(errors="replace")


@asynccontextmanager
async def policy(
    house: House, name: str, value: Any, was: Any, urgency: str = "normal"
) -> AsyncIterator[None]:
    """A policy that holds for a while."""
    path = f"/policies/{urgency}/{name}"
    await house.expect("admin", "PUT", path, {"value": value})
    try:
        yield
    finally:
        await house.expect("admin", "PUT", path, {"value": was})


async def watched(house: House) -> None:
    """Somebody who never looked before has looked for what was lost."""
    somebody = Watch(house.database, house.env.client)

    async def looked() -> bool:
        with psycopg.connect(house.database_url, autocommit=True) as session:
            session.execute("delete from chores where name = 'watch'")
        return await somebody.look()

    await house.soon(looked, "their turn")


async def raised_again(
    house: House, asked: Asked, ended: str | None, seconds: float = 15.0
) -> None:
    """Wait until an escalation runs anew and has its facts."""

    async def runs() -> Any:
        latest = await house.env.client.get_workflow_handle(asked.id).describe()
        running = latest.status is WorkflowExecutionStatus.RUNNING
        return running and latest.run_id != ended and (await known(asked)).brief

    await house.soon(runs, "the escalation again", seconds)


def _live(row: Any) -> bool:
    return row["closed_at"] is None
