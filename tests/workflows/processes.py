"""The house in processes of its own, which can be killed."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
from temporalio.testing import WorkflowEnvironment

from models.db.engine import Database
from temporal.links import SurveyLinks
from tests.architecture.source import ROOT
from tests.house import House
from tests.issuing import AUDIENCE, ISSUER, Issuer
from tests.ports import free_port


class Processes:
    """Our programs, by module; each can be started, killed without warning and started again."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = {**os.environ, **environment}
        # Without compiled files every start would compile everything again.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, module: str) -> None:
        """Start `python -m module`."""
        command = [sys.executable, "-m", module]
        with (self._folder / f"{module}.log").open("ab") as log:
            self._running[module] = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def run(self, module: str) -> None:
        """Run `python -m module` to its end."""
        self.start(module)
        assert self._running.pop(module).wait(60) == 0

    def kill(self, module: str) -> None:
        """SIGKILL: no farewell, nothing flushed."""
        process = self._running.pop(module)
        process.kill()
        process.wait(10)

    def leave(self, module: str, within: float) -> int:
        """SIGTERM: what it ends with, in so many seconds."""
        process = self._running.pop(module)
        process.terminate()
        try:
            return process.wait(within)
        finally:
            process.kill()

    def said(self, module: str) -> str:
        """What `python -m module` has written so far."""
        return (self._folder / f"{module}.log").read_text(encoding="utf-8", errors="replace")

    def kill_all(self) -> None:
        """The end of the test."""
        for module in list(self._running):
            self.kill(module)


@asynccontextmanager
async def house_of_processes(
    env: WorkflowEnvironment, database_url: str, folder: Path, **more: str
) -> AsyncIterator[tuple[House, Processes]]:
    """A house whose API and worker are processes, and the processes; `more` of what they are
    told."""
    issuer, port = Issuer(folder), free_port()
    url = f"http://127.0.0.1:{port}"
    processes = Processes(
        {
            "DATABASE_URL": database_url,
            "TEMPORAL_ADDRESS": env.client.service_client.config.target_host,
            "API_PORT": str(port),
            "API_PUBLIC_URL": url,
            "JWKS_URL": issuer.jwks.as_uri(),
            "JWT_ISSUER": ISSUER,
            "JWT_AUDIENCE": AUDIENCE,
            "INTAKE_KEY_DIRECTORY": str(folder / "keys"),
            "COMMAND_LOG_DIRECTORY": str(folder / "command-log"),
            "FLAGS_FILE": str(folder / "flags.json"),
            "CATALOGUE_CACHE_FILE": str(folder / "catalogue.json"),
            "OUTBOX_DIRECTORY": str(folder / "outbox"),
            "LINK_SECRET": "link-b81f02e7c94d6a350f7de1928c64ab53",
            **more,
        },
        folder,
    )
    processes.run("workers.prepare")
    database = Database(database_url, pool_size=2)
    try:
        processes.start("api")
        processes.start("workers")
        async with httpx2.AsyncClient(base_url=url, timeout=20) as http:
            nobody: Any = cast(Any, None)
            house = House(
                env,
                database,
                database_url,
                http,
                issuer,
                folder / "outbox",
                SurveyLinks("secret"),
                services=nobody,
                keys=nobody,
                app=nobody,
            )
            await answering(house)
            yield house, processes
    finally:
        processes.kill_all()
        database.close()


async def answering(house: House) -> None:
    """Wait until the API serves."""

    async def ready() -> bool:
        try:
            return (await house.http.get("/healthz")).is_success
        except httpx2.TransportError:
            return False

    await house.soon(ready, "the API", seconds=30)
