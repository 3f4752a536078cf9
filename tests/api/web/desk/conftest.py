"""The desk on real parts: the local issuer, a Temporal server with its UI; Postgres is away."""

import asyncio
import hmac
import json
import os
import sys
import time
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from itsdangerous import TimestampSigner
from temporalio.client import WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.assembly import assemble
from api.http.services import Services
from api.web.desk.__main__ import door
from api.web.desk.app import create_desk
from models.settings.processes import DeskSettings
from temporal.client import connect
from temporal.search_attributes import SEARCH_ATTRIBUTES
from tests.api.web.desk.question import Question
from tests.api.web.desk.staff import Staff
from tests.ports import free_port
from tests.until import until
from workers.stack.console import Console
from workers.stack.environment import for_children, issuer_url
from workers.stack.home import Home
from workers.stack.ports import Ports
from workers.stack.postgres import Postgres
from workers.stack.process import Program, answering
from workers.stack.supervisor import Supervisor
from workers.stack.temporal_server import TemporalServer

QUEUE = "questions"


@dataclass
class Surroundings:
    """What the desk is told of the world, and what runs there."""

    environment: dict[str, str]
    ports: Ports
    supervisor: Supervisor

    @property
    def settings(self) -> DeskSettings:
        return DeskSettings.from_environment(self.environment)


@dataclass
class Desk:
    """A desk that serves."""

    url: str
    app: FastAPI
    settings: DeskSettings
    services: Services

    @asynccontextmanager
    async def staff(self, person: str | None = None) -> AsyncIterator[Staff]:
        """Somebody at a browser, logged in as a person or not at all."""
        async with Staff(self.url) as staff:
            if person:
                await staff.log_in(person)
            yield staff

    def session(
        self,
        *,
        role: str = "admin",
        name: str = "Eve",
        age: float = 0,
        secret: str | None = None,
    ) -> str:
        """The cookie of a session as we would have made it a while ago."""

        class Earlier(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(time.time() - age)

        key = (secret or self.settings.signing.keys[0]).encode()
        person = {"role": role, "subject": "usr_eve", "name": name}
        held = json.dumps({"person": person}).encode()
        signer = Earlier(hmac.digest(key, b"desk-session", "sha256").hex())
        return signer.sign(b64encode(held)).decode()

    async def ask(self, workflow_id: str = "") -> WorkflowHandle[Any, Any]:
        """A question that waits for a decision, as an escalation unless named otherwise."""
        return await self.services.temporal.start_workflow(
            "Escalation",
            id=workflow_id or f"ticket-{uuid.uuid4()}.NO_PROPOSALS",
            task_queue=QUEUE,
        )


@asynccontextmanager
async def serving(app: FastAPI, port: int) -> AsyncIterator[None]:
    """An application behind a port."""
    # A browser that has gone leaves requests behind that the Temporal UI holds for 20 s.
    config = uvicorn.Config(
        app, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the server")
    try:
        yield
    finally:
        server.should_exit = True
        await running


async def _knows_its_server(ui: httpx2.AsyncClient) -> bool:
    return (await ui.get("/api/v1/namespaces/default")).status_code == 200


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def surroundings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Surroundings]:
    folder = tmp_path_factory.mktemp("desk")
    ports = Ports(**{name: free_port() for name in vars(Ports())})
    temporal = TemporalServer(folder / "temporal", ports.temporal, ports.ui, SEARCH_ATTRIBUTES)
    temporal.prepare()
    postgres = Postgres(folder / "postgres", ports.postgres, durable=False)
    postgres.directory.mkdir()
    (postgres.directory / "password").write_text("nobody listens")
    environment = {
        **{f"SYSOPS_{name.upper()}_PORT": str(port) for name, port in vars(ports).items()},
        "SYSOPS_HOME": str(folder),
        **for_children(Home(folder), ports, postgres, temporal, given={}),
    }
    supervisor = Supervisor(Console(), folder)
    command = (sys.executable, "-m", "workers.stack.issuer", "serve")
    issuer = Program("issuer", command, {**os.environ, **environment})
    await asyncio.gather(
        supervisor.start(temporal.program()),
        supervisor.start(answering(issuer, f"{issuer_url(ports)}/healthz")),
    )
    # The UI began to dial before its server listened, and pauses between attempts.
    async with httpx2.AsyncClient(base_url=temporal.ui_url) as ui:
        await until(lambda: _knows_its_server(ui), "the Temporal UI", seconds=60)
    try:
        yield Surroundings(environment, ports, supervisor)
    finally:
        await supervisor.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(surroundings: Surroundings) -> AsyncIterator[Desk]:
    settings = surroundings.settings
    services = await assemble(settings)
    app = create_desk(services, door(settings))
    worker = Worker(
        await connect(settings.temporal.address, settings.temporal.namespace),
        task_queue=QUEUE,
        workflows=[Question],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker, serving(app, settings.server.port):
        yield Desk(settings.addresses.desk, app, settings, services)
    services.commands.close()
    services.reads.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ana(desk: Desk) -> AsyncIterator[Staff]:
    """Of the helpdesk."""
    async with desk.staff("usr_ana") as staff:
        yield staff


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mira(desk: Desk) -> AsyncIterator[Staff]:
    """A manager."""
    async with desk.staff("usr_mira") as staff:
        yield staff


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def adam(desk: Desk) -> AsyncIterator[Staff]:
    """An admin."""
    async with desk.staff("usr_adam") as staff:
        yield staff


@pytest.fixture(scope="session")
def staff(ana: Staff, mira: Staff, adam: Staff) -> dict[str, Staff]:
    """One of each level, by name."""
    return {"ana": ana, "mira": mira, "adam": adam}


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """An address where nobody answers."""
    return f"http://127.0.0.1:{free_port()}"
