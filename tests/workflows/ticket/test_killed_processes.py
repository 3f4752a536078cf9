"""Whatever is killed, tickets go on, and what was promised for a time happens at that time."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from tests.api.visit.test_batches import DAY
from tests.api.visit.test_batches import event as report
from tests.api.visit.test_reports import NO_VISIT, ago, booked
from tests.databases import outage
from tests.house import House, days
from tests.scratch import scratch_database, scratch_temporal
from tests.workflows.company import hire, rows
from tests.workflows.processes import Processes, answering, house_of_processes
from workers.__main__ import LONGEST_FAREWELL

pytestmark = pytest.mark.long

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
    assert await happened(house, far, EventType.EVENT_TYPE_TIMER_FIRED) == 1


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


async def test_a_worker_that_is_asked_to_leave_leaves_though_what_it_does_is_tried_for_ever(
    running: tuple[House, Processes],
) -> None:
    house, processes = running
    with outage(house.database_url):
        ticket_id = await house.file()
        handle = house.workflow(ticket_id)

        async def is_tried() -> bool:
            return ticket_id in processes.said("workers")

        await house.soon(is_tried, "an attempt without a database", seconds=30)
        assert await asyncio.to_thread(processes.leave, "workers", LONGEST_FAREWELL + 2) == 0
    processes.start("workers")

    async def is_admitted() -> bool:
        answer = await house.ask("helpdesk", "GET", f"/tickets/{ticket_id}")
        return answer.is_success and answer.json()["status"] == "MATCHING"

    await house.soon(is_admitted, "the next worker", seconds=40)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_thirty_reports_of_a_day_offline_are_there_once_though_everybody_died_meanwhile(
    running: tuple[House, Processes],
) -> None:
    house, processes = running
    expert = hire(house, "refrigeration")
    visits = [(await booked(house, expert=expert))[0] for _ in range(6)]
    day = [report(v, k, occurred_at=ago(seconds=9 - n)) for v in visits for n, k in enumerate(DAY)]
    path, said = (
        "/visits/events:batch",
        {
            "events": [*day, report(NO_VISIT, "en_route")],
            "sent_at": ago(minutes=4),
        },
    )
    sending = asyncio.create_task(house.ask(expert, "POST", path, said))

    async def has_begun() -> bool:
        happened = "select count(*) as n from events where facts ->> 'visit_id' = any(%s)"
        return bool(rows(house, happened + " and type = 'visit.completed'", visits)[0]["n"])

    await house.soon(has_begun, "the first that is done")
    for program in ("api", "workers"):
        processes.kill(program)
    with suppress(httpx2.TransportError):
        await sending
    for program in ("api", "workers"):
        processes.start(program)
    await answering(house)

    async def taken() -> Any:
        answer = await house.ask(expert, "POST", path, {**said, "sent_at": ago(minutes=4)})
        results = answer.json()["results"] if answer.is_success else []
        return results if {r["status"] for r in results} == {200, 404} else None

    results = await house.soon(taken, "the whole batch")
    assert [r["status"] for r in results] == [200] * 30 + [404]
    assert {r["standing"]["effect"] for r in results[:-1]} <= {"applied", "repeated"}
    kinds = [f"visit.{kind}" for kind in DAY]
    once = """select facts ->> 'visit_id' as visit, type, count(*) as n from events
        where facts ->> 'visit_id' = any(%s) and type = any(%s) group by 1, 2"""
    found = {(row["visit"], row["type"]): row["n"] for row in rows(house, once, visits, kinds)}
    assert found == {(visit, kind): 1 for visit in visits for kind in kinds}


async def filed_with_timeout(house: House, duration: str) -> str:
    """A ticket whose experts have so long to propose themselves."""
    policy = "/policies/normal/pending_timeout"
    await house.expect("admin", "PUT", policy, {"value": duration})
    ticket_id = await house.file()
    await house.until(ticket_id, "MATCHING")
    return ticket_id


async def pending_until(house: House, ticket_id: str) -> datetime:
    """When a ticket's patience ends."""
    running = (await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/timers"))["timers"]
    timer = running[0]
    assert timer["name"] == "pending_timeout", "the soonest of those that run"
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
