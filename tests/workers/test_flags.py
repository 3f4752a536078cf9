"""Flags in processes of their own: each hears of a change, and remembers it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from tests.architecture.source import ROOT
from tests.databases import database_of_its_own, outage
from tests.issuing import AUDIENCE, ISSUER, Issuer
from tests.ports import free_port
from tests.scratch import scratch_temporal
from tests.until import until

pytestmark = pytest.mark.long

MOST = 2.0
"""Seconds from a change until every process goes by it."""
SURVEY = "/v1/surveys/nobody.knows"
"""What waits while the house is spared."""
OTHERS = {"relay": ("workers", "relay"), "worker": ("workers",)}
"""Programs that nobody can ask: they say what they heard."""


class Processes:
    """The programs of a house, and what they are told."""

    def __init__(self, database_url: str, temporal: str, folder: Path) -> None:
        self.issuer, self._folder = Issuer(folder), folder
        self._told = {
            "DATABASE_URL": database_url,
            "TEMPORAL_ADDRESS": temporal,
            "METRICS_PORT": "0",
            "JWKS_URL": self.issuer.jwks.as_uri(),
            "JWT_ISSUER": ISSUER,
            "JWT_AUDIENCE": AUDIENCE,
            "INTAKE_KEY_DIRECTORY": str(folder / "keys"),
            "OUTBOX_DIRECTORY": str(folder / "outbox"),
            "LINK_SECRET": "link-b81f02e7c94d6a350f7de1928c64ab53",
        }

    @contextmanager
    def running(self, name: str, *command: str, **more: str) -> Iterator[None]:
        """A program that keeps its own things in a folder of its name, until the block ends."""
        own = self._folder / name
        own.mkdir(exist_ok=True)
        kept = {
            "FLAGS_FILE": own / "flags.json",
            "CATALOGUE_CACHE_FILE": own / "catalogue.json",
            "COMMAND_LOG_DIRECTORY": own / "commands",
        }
        told = {**os.environ, **self._told, **{n: str(p) for n, p in kept.items()}, **more}
        with (
            (self._folder / f"{name}.log").open("ab") as log,
            subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=told, stdout=log, stderr=log
            ) as process,
        ):
            try:
                yield
            finally:
                process.kill()

    @asynccontextmanager
    async def api(self, name: str) -> AsyncIterator[httpx2.AsyncClient]:
        """An API that answers."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with self.running(name, "api", API_PORT=str(port), API_PUBLIC_URL=url):
            async with httpx2.AsyncClient(base_url=url, timeout=20) as http:
                await until(lambda: answers(http), f"{name} to answer")
                yield http

    def said(self, name: str) -> str:
        """What a program has written so far."""
        return (self._folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


async def answers(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz")).is_success
    except httpx2.TransportError:
        return False


async def is_spared(http: httpx2.AsyncClient) -> bool:
    return bool((await http.get(SURVEY)).json()["code"] == "degraded-mode")


async def test_every_process_hears_of_a_change_and_knows_it_after_a_restart_without_postgres(
    postgres_url: str, tmp_path: Path
) -> None:
    async with scratch_temporal() as temporal:
        with database_of_its_own(postgres_url) as url, ExitStack() as others:
            address = temporal.client.service_client.config.target_host
            house = Processes(url, address, tmp_path)
            for name, command in OTHERS.items():
                others.enter_context(house.running(name, *command))
            for name in OTHERS:
                await until(lambda n=name: f"{n}_started" in house.said(n), name)
            await heard_by_all(house, url)


async def heard_by_all(house: Processes, database_url: str) -> None:
    """Switch a flag in a house whose relay and worker run, and take its Postgres away."""
    async with house.api("one") as one, house.api("other") as other:
        assert not await is_spared(one)
        assert not await is_spared(other)
        answer = await one.put(
            "/v1/flags/degraded_mode",
            json={"on": True, "reason": "The database is slow."},
            headers={
                "Authorization": f"Bearer {house.issuer.token('admin')}",
                "If-Match": '"0"',
            },
        )
        assert answer.status_code == 200, answer.text
        began = monotonic()
        await until(lambda: is_spared(one), "one API")
        await until(lambda: is_spared(other), "the other API")
        for name in OTHERS:
            await until(lambda n=name: "flags_changed" in house.said(n), name)
        assert monotonic() - began < MOST
        with outage(database_url):
            await until(lambda: "flags_not_heard" in house.said("other"), "the outage")
            assert await is_spared(other), "the last known value holds"
            async with house.api("one") as again:
                assert await is_spared(again), "also after a restart"
            async with house.api("newcomer") as newcomer:
                assert not await is_spared(newcomer), "who never heard has the default"
