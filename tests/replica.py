"""Another API process of the same house."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx2
import uvicorn
from temporalio.client import Client

from api.app import create_app
from api.catalogue.reference import Keeper, Reference
from api.http.asking import Patience
from api.http.auth import KeySet
from api.http.limits import NO_LIMITS, Limits
from api.http.reads import SECONDS, Reads
from api.http.silence import Silence
from api.intake.started import StartedTickets
from api.intake.waiting_room import WaitingRoom
from api.status.watching import Status
from models.db.engine import Database
from models.db.files.store import FileStore
from models.db.intake.command_log import CommandLog
from temporal.client import connect
from temporal.sealing import IntakeKeyring
from tests.house import House
from tests.issuing import AUDIENCE, ISSUER
from tests.ports import free_port
from tests.served import served
from tests.until import until


@asynccontextmanager
async def replica(
    house: House,
    *,
    database_port: int | None = None,
    temporal: Client | None = None,
    keys: KeySet | None = None,
    ahead: timedelta = timedelta(0),
    command_log: Path | None = None,
    limits: Limits = NO_LIMITS,
    patience: Patience | None = None,
    intake_keys: Path | None = None,
    files: FileStore | None = None,
    keeper: Keeper | None = None,
    catalogue: Path | None = None,
) -> AsyncIterator[httpx2.AsyncClient]:
    """Another API process of the same house, as `python -m api` makes it.

    Args:
        house: whose API it is.
        database_port: of the Postgres it is told of; the house's own by default.
        temporal: the client it has; the house's own by default.
        keys: the keys it verifies tokens by.
        ahead: by how much its clock is ahead.
        command_log: where it writes down what it sends; nowhere by default.
        limits: how much one caller may ask of it; as much as they like by default.
        patience: how long anybody is kept waiting; as in the house by default.
        intake_keys: where its intake keys are; the house's own by default.
        files: where it keeps files; with the house's own by default.
        keeper: who is asked for models beside; nobody by default.
        catalogue: where it keeps what it knows of the catalogue; nowhere by default.
    """
    url = urlsplit(house.database_url)
    if database_port is not None:
        user = url.netloc.rpartition("@")[0]
        url = url._replace(netloc=f"{user}@127.0.0.1:{database_port}")
    reads = Reads(Database(urlunsplit(url), statement_seconds=SECONDS))
    services = replace(
        house.services,
        reads=reads,
        commands=CommandLog(command_log),
        engine=Silence(),
        status=Status(),
        waiting_room=WaitingRoom(),
        started=StartedTickets(),
        keyring=IntakeKeyring(intake_keys) if intake_keys else house.services.keyring,
        reference=Reference(reads, keeper, catalogue),
        temporal=temporal or house.services.temporal,
        clock=lambda: datetime.now(UTC) + ahead,
        patience=patience or house.services.patience,
        limits=limits,
        files=files or house.services.files,
    )
    app = create_app(services, keys or key_set(house))
    port = free_port()
    server = uvicorn.Server(served(app, port))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the replica")
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            yield http
    finally:
        server.should_exit = True
        await serving
        services.commands.close()
        reads.close()


def key_set(house: House, url: str | None = None, cache: Path | None = None) -> KeySet:
    """The issuer's keys, from an address and a cache of one's own."""
    return KeySet(url or house.issuer.jwks.as_uri(), cache, issuer=ISSUER, audience=AUDIENCE)


async def impatient(port: int) -> Client:
    """A client as the API has it."""
    return await connect(f"127.0.0.1:{port}", "default", patient=False)


def temporal_address(house: House) -> tuple[str, int]:
    """Where the house's Temporal is."""
    host, _, port = house.env.client.service_client.config.target_host.rpartition(":")
    return host, int(port)


def postgres_address(house: House) -> tuple[str, int]:
    """Where the house's Postgres is."""
    url = urlsplit(house.database_url)
    assert url.hostname
    assert url.port
    return url.hostname, url.port
