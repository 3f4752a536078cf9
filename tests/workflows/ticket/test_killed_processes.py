"""Whatever is killed, tickets go on, and what was promised for a time happens at that time."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType

from tests.house import House, days
from tests.scratch import scratch_database, scratch_temporal
from tests.workflows.processes import Processes, answering, house_of_processes

PUNCTUAL = timedelta(seconds=2)
"""How late a server in real time may be."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[House, Processes]]:
    """A house of processes over servers of its own."""
    folder = tmp_path_factory.mktemp("processes")
    with scratch_database(postgres_url) as url:
        async with (
            scratch_temporal() as server,
            house_of_processes(server, url, folder) as living,
        ):
            yield living


async def test_a_killed_worker_delays_no_deadline(running: tuple[House, Processes]) -> None:
    house, processes = running
    near, far = await filed_with_timeout(house, "PT4S"), await filed_with_timeout(house, "PT12S")
    due = {ticket: await pending_until(house, ticket) for ticket in (near, far)}
    processes.kill("workers")

    # Nobody works: the near deadline passes all the same, and is only acted on later.
    assert timedelta(0) <= await fired(house, near) - due[near] < PUNCTUAL
    assert (await house.ticket(near))["escalations"] == []
    processes.start("workers")
    await asked_for_help(house, near)

    # Nobody worked when the far one was set aside: it still comes when it was due, once.
    opened = await asked_for_help(house, far)
    assert timedelta(0) <= await fired(house, far) - due[far] < PUNCTUAL
    assert timedelta(0) <= opened - due[far] < 2 * PUNCTUAL
    assert await happened(house, far, EventType.EVENT_TYPE_TIMER_STARTED) == 1


async def test_a_killed_api_forgets_nothing_and_files_nothing_twice(
    running: tuple[House, Processes],
) -> None:
    house, processes = running
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"description": "It hums.", "slots": days(30, 3)}
    first = await house.ask("customer", "POST", "/tickets", body, **key)
    processes.kill("api")
    processes.start("api")
    await answering(house)
    second = await house.ask("customer", "POST", "/tickets", body, **key)
    assert first.status_code == 201
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    await house.until(first.json()["id"], "MATCHING")


async def filed_with_timeout(house: House, duration: str) -> str:
    """A ticket whose experts have so long to propose themselves."""
    policy = "/policies/normal/pending_timeout"
    await house.expect("admin", "PUT", policy, {"value": duration})
    ticket_id = await house.file()
    await house.until(ticket_id, "MATCHING")
    return ticket_id


async def pending_until(house: House, ticket_id: str) -> datetime:
    """When a ticket's patience ends."""
    [timer] = (await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/timers"))["timers"]
    assert timer["name"] == "pending_timeout"
    return datetime.fromisoformat(timer["due_at"])


async def fired(house: House, ticket_id: str) -> datetime:
    """When the server's timer of a ticket fired."""

    async def looked_up() -> datetime | None:
        history = await house.workflow(ticket_id).fetch_history()
        for event in history.events:
            if event.event_type == EventType.EVENT_TYPE_TIMER_FIRED:
                return event.event_time.ToDatetime(tzinfo=UTC)
        return None

    at: datetime = await house.soon(looked_up, "the timer", seconds=30)
    return at


async def happened(house: House, ticket_id: str, kind: "EventType.ValueType") -> int:
    """How often something is in a ticket's history."""
    history = await house.workflow(ticket_id).fetch_history()
    return sum(event.event_type == kind for event in history.events)


async def asked_for_help(house: House, ticket_id: str) -> datetime:
    """When a ticket asked the helpdesk."""

    async def escalated() -> Any:
        return (await house.ticket(ticket_id))["escalations"]

    [question] = await house.soon(escalated, "an escalation", seconds=40)
    return datetime.fromisoformat(question["opened_at"])
