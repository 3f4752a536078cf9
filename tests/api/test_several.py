"""Any API process serves any request: one is killed, frozen or replaced, and no ticket is lost."""

import asyncio
import os
import signal
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from tests.house import FRIDGE, House
from tests.issuing import AUDIENCE, ISSUER
from tests.ports import free_port
from tests.uncounted import UNCOUNTED
from tests.until import until
from tests.workers.stack.standing import Heard
from workers.stack import staff
from workers.stack.door import Door
from workers.stack.process import answering
from workers.stack.supervisor import Supervisor

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

TICKETS = 200
AT_ONCE = 10
PATIENCE = 240.0
"""Seconds for a busy machine to have worked on all of them."""


@dataclass
class Calls:
    """What became of requests: how often one failed on its way, and what the last try answered."""

    failed: Counter[str] = field(default_factory=Counter)
    answers: dict[str, httpx2.Response] = field(default_factory=dict)

    @property
    def tickets(self) -> set[str]:
        """The tickets that were accepted, whoever answered."""
        return {answer.json()["id"] for answer in self.answers.values()}


async def test_while_one_of_two_apis_is_killed_every_ticket_is_filed_once(
    house: House, tmp_path: Path
) -> None:
    """Behind two ports: whoever fails asks the other, under the same key."""
    ports = (free_port(), free_port())
    supervisor, told = Supervisor(Heard(), tmp_path), environment(house, tmp_path)
    try:
        for port in ports:
            more = {**told, "API_PORT": str(port)}
            program = staff.program(f"api-{port}", "api", environment=more)
            await supervisor.start(answering(program, f"http://127.0.0.1:{port}/readyz"))
        addresses = [f"http://127.0.0.1:{port}" for port in ports]

        async def kill() -> None:
            os.kill(supervisor.pid(f"api-{ports[0]}"), signal.SIGKILL)

        calls = await filed(house, addresses, {TICKETS // 4: kill})
        assert calls.failed, "nobody noticed the kill: it came too late"
        await all_there(house, calls)
    finally:
        await supervisor.stop()


async def test_behind_one_address_a_kill_and_a_rolling_restart_cost_one_retry_at_most(
    house: House, tmp_path: Path
) -> None:
    async with behind_one_address(house, tmp_path) as (supervisor, address):

        async def gone(name: str, how: signal.Signals) -> None:
            pid = supervisor.pid(name)
            os.kill(pid, how)
            await until(lambda: supervisor.pid(name) != pid, f"{name} to be started again")

        calls = await filed(
            house,
            [address],
            {
                TICKETS // 8: lambda: gone("api", signal.SIGTERM),
                TICKETS // 2: lambda: gone("api-2", signal.SIGTERM),
                TICKETS * 3 // 4: lambda: gone("api", signal.SIGKILL),
            },
        )
        assert [tries for tries in calls.failed.values() if tries > 1] == []
        await all_there(house, calls)


async def test_a_frozen_api_gets_no_new_connection_for_long(house: House, tmp_path: Path) -> None:
    """What it has not accepted is the other's; what it has, its clients give up and ask again."""
    async with behind_one_address(house, tmp_path) as (supervisor, address):
        frozen = supervisor.pid("api")
        os.kill(frozen, signal.SIGSTOP)
        try:
            calls = await filed(house, [address], {}, count=20)
        finally:
            os.kill(frozen, signal.SIGCONT)
        await all_there(house, calls)


async def test_nobody_is_refused_while_no_api_lives(house: House, tmp_path: Path) -> None:
    """The socket is the supervisor's: who comes meanwhile waits."""
    async with behind_one_address(house, tmp_path) as (supervisor, address):
        for name in ("api", "api-2"):
            os.kill(supervisor.pid(name), signal.SIGKILL)
        calls = await filed(house, [address], {}, count=5)
        assert not calls.failed
        await all_there(house, calls)


@asynccontextmanager
async def behind_one_address(house: House, folder: Path) -> AsyncIterator[tuple[Supervisor, str]]:
    """Two APIs that a supervisor keeps, and where both are reached."""
    supervisor, told, port = Supervisor(Heard(), folder), environment(house, folder), free_port()
    door = Door()
    shared = door.at(port)
    try:
        for name in ("api", "api-2"):
            program = staff.program(name, "api", environment=told)
            await supervisor.start(staff.api(program, door, shared, port))
        yield supervisor, f"http://127.0.0.1:{port}"
    finally:
        await supervisor.stop()
        door.close()


def environment(house: House, folder: Path) -> Mapping[str, str]:
    """What the APIs of a house are told; they share a folder for their command logs."""
    return {
        **os.environ,
        "DATABASE_URL": house.database_url,
        "TEMPORAL_ADDRESS": house.env.client.service_client.config.target_host,
        "METRICS_PORT": "0",
        **UNCOUNTED,
        "JWKS_URL": house.issuer.jwks.as_uri(),
        "JWKS_CACHE_FILE": str(folder / "jwks.json"),
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
        "INTAKE_KEY_DIRECTORY": str(house.outbox.parent / "keys"),
        "COMMAND_LOG_DIRECTORY": str(folder / "command-log"),
        "FLAGS_FILE": str(folder / "flags.json"),
        "CATALOGUE_CACHE_FILE": str(folder / "catalogue.json"),
        "FILE_DIRECTORY": str(folder / "files"),
        "LINK_SECRET": "link-b81f02e7c94d6a350f7de1928c64ab53",
    }


async def filed(
    house: House,
    addresses: Sequence[str],
    events: Mapping[int, Any],
    count: int = TICKETS,
) -> Calls:
    """File so many tickets, and do something once so many are answered. Whoever fails asks again,
    at the next address, under the same key."""
    calls, turn, happening = Calls(), asyncio.Semaphore(AT_ONCE), []

    async def file(number: int) -> None:
        key = str(uuid.uuid4())
        body = {"description": f"Number {number}.", "model_id": FRIDGE, "slots_later": True}
        headers = house.headers("customer") | {"Idempotency-Key": key}
        async with turn:
            for attempt in range(5):
                address = addresses[(number + attempt) % len(addresses)]
                try:
                    async with httpx2.AsyncClient(base_url=address, timeout=10) as http:
                        answer = await http.post(
                            "/v1/tickets", json={**body, "slots": []}, headers=headers
                        )
                except httpx2.TransportError:
                    calls.failed[key] += 1
                    continue
                assert answer.is_success, answer.text
                calls.answers[key] = answer
                break
        if happens := events.get(len(calls.answers)):
            happening.append(asyncio.create_task(happens()))

    await asyncio.gather(*map(file, range(count)))
    await asyncio.gather(*happening)
    assert len(happening) == len(events)
    assert len(calls.answers) == count
    return calls


async def all_there(house: House, calls: Calls) -> None:
    """Each has one ticket of its own, with one workflow and one row, and is on the list."""
    assert len(calls.tickets) == len(calls.answers)
    filed_at = [str(name) for name in calls.tickets]

    def missing(table: str, name: str) -> set[str]:
        with psycopg.connect(house.database_url) as session:
            found = session.execute(f"select {name} from {table}".encode()).fetchall()  # noqa: S608
        return calls.tickets - {name for (name,) in found}

    await house.soon(lambda: not missing("tickets", "id"), "a row of every ticket", PATIENCE)
    await house.soon(lambda: not missing("accepted", "ticket_id"), "all on the list", PATIENCE)
    turn = asyncio.Semaphore(AT_ONCE)

    async def described(ticket_id: str) -> str:
        async with turn:
            return (await house.workflow(ticket_id).describe()).id

    assert len(set(await asyncio.gather(*map(described, filed_at)))) == len(filed_at)
