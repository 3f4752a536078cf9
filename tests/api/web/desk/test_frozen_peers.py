"""Nobody waits at the desk for a peer that says nothing: they are told so, soon."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from temporal.client import connect
from tests.api.web.desk.conftest import Desk
from tests.api.web.desk.question import AGAIN, Question
from tests.api.web.desk.staff import PAGE, Staff, workflow
from tests.api.web.desk.test_stand_in import UPDATE, in_front_of
from tests.until import until

pytestmark = pytest.mark.long

READ, COMMAND, A_MOMENT = 2.0, 3.0, 0.7
"""Seconds: what somebody waits at the most, and what a busy machine needs beside."""


@asynccontextmanager
async def frozen() -> AsyncIterator[str]:
    """A peer that takes every request and answers none."""

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silences.append(writer)

    silences: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in silences:
        writer.close()


async def timed(http: httpx2.AsyncClient, method: str, path: str) -> tuple[float, httpx2.Response]:
    began = time.monotonic()
    answer = await http.request(method, path, json={"request": {"input": {}}}, timeout=30)
    return time.monotonic() - began, answer


@pytest.mark.parametrize(
    "path",
    [
        "/namespaces/default/workflows",
        "/api/v1/settings",
        "/api/v1/namespaces/default/workflows/ticket-1/history?waitNewEvent=false",
    ],
)
async def test_a_page_of_a_frozen_ui_is_answered_in_two_seconds(
    desk: Desk, ana: Staff, path: str
) -> None:
    async with frozen() as url, in_front_of(desk, url, ana) as http:
        began = time.monotonic()
        answer = await http.get(path, timeout=30)
        took = time.monotonic() - began
    assert answer.status_code == 503
    assert took < READ + A_MOMENT
    assert answer.headers["retry-after"] == "5"
    if not path.startswith("/api/"):
        assert "The Temporal UI does not answer" in answer.text


async def test_a_decision_before_a_frozen_ui_is_answered_in_three_seconds(
    desk: Desk, ana: Staff
) -> None:
    async with frozen() as url, in_front_of(desk, url, ana) as http:
        took, answer = await timed(http, "POST", UPDATE)
    assert answer.status_code == 503
    assert "Nobody has said yet whether this decision counts" in answer.json()["message"]
    assert took < COMMAND + A_MOMENT


async def test_a_query_before_a_frozen_ui_is_answered_in_three_seconds(
    desk: Desk, ana: Staff
) -> None:
    async with frozen() as url, in_front_of(desk, url, ana) as http:
        took, answer = await timed(http, "POST", f"{workflow('ticket-1')}/query/x")
    assert answer.status_code == 503
    assert took < COMMAND + A_MOMENT


async def test_a_decision_that_nobody_takes_is_said_to_be_open_and_done_once_somebody_works(
    desk: Desk, ana: Staff
) -> None:
    queue = f"nobody-{uuid.uuid4()}"
    name = f"ticket-{uuid.uuid4()}.PARTIAL"
    client = await connect(desk.settings.temporal.address, desk.settings.temporal.namespace)
    asked = await client.start_workflow("Escalation", id=name, task_queue=queue)
    began = time.monotonic()
    answer = await ana.decide(name, AGAIN, "x")
    assert time.monotonic() - began < COMMAND + A_MOMENT
    assert answer.status_code == 503
    assert "Nobody has said yet" in answer.json()["message"]
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[Question],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )

    async def done() -> bool:
        return bool(await asked.query("decided"))

    async with worker:
        await until(done, "the decision", seconds=30)


async def test_a_history_that_is_followed_may_wait_for_its_next_event(
    desk: Desk, ana: Staff
) -> None:
    asked = await desk.ask()
    await asked.query("decided")
    path = f"{workflow(asked.id)}/history?waitNewEvent=true&execution.runId="
    first = (await ana.http.get(path, headers=PAGE)).json()
    token = first.get("nextPageToken", "")
    assert token
    began = time.monotonic()
    following = asyncio.create_task(
        ana.http.get(path, params={"nextPageToken": token, "waitNewEvent": "true"})
    )
    await asyncio.wait({following}, timeout=READ + A_MOMENT)
    assert not following.done() or following.result().status_code == 200
    await ana.decide(asked.id, AGAIN)
    assert (await following).status_code == 200
    assert time.monotonic() - began < 30
