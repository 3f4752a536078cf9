"""What both web processes are made of: the settings, collaborators, a server."""

import gc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp

from api.catalogue.reference import Reference
from api.http.reads import Reads
from api.http.services import Services
from models.db.engine import Database
from models.db.intake.command_log import CommandLog
from models.settings.processes import WebSettings
from temporal import failpoints
from temporal.client import connect
from temporal.links import OfferLinks, SurveyLinks
from temporal.logs import configure
from temporal.sealing import IntakeKeyring

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open."""
_Settings = TypeVar("_Settings", bound=WebSettings)


async def assemble(settings: WebSettings) -> Services:
    """The collaborators of a web process; nothing is connected yet."""
    reads, temporal = Reads(Database(settings.database.url)), settings.temporal
    keys = settings.signing.keys
    return Services(
        temporal=await connect(
            temporal.address,
            temporal.namespace,
            api_key=temporal.api_key,
            tls=temporal.tls,
            patient=False,
        ),
        reads=reads,
        commands=CommandLog(settings.command_log.directory),
        reference=Reference(reads),
        keyring=IntakeKeyring(settings.intake_keys.directory),
        surveys=SurveyLinks(*keys),
        offers=OfferLinks(*keys),
        clock=lambda: datetime.now(UTC),
        public_url=settings.addresses.api,
        temporal_ui_url=settings.addresses.temporal_ui,
        temporal_namespace=temporal.namespace,
    )


async def listen(app: ASGIApp, host: str, port: int, *, grace_seconds: int) -> None:
    """Serve until told to stop; what is being answered then gets a grace."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        # Nothing we answer depends on the address or scheme that a proxy would tell.
        proxy_headers=False,
        # Longer than clients keep a connection: else one is closed in the moment it is used again.
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=grace_seconds,
    )
    await uvicorn.Server(config).serve()


def run(kind: type[_Settings], serve: Callable[[_Settings], Awaitable[None]]) -> None:
    """Read the settings and serve."""
    settings = kind.from_environment()
    configure(settings.running.log_format, settings.running.log_level)
    failpoints.arm(settings.running.failpoints)
    # What was imported stays: the collector need not look at it again and again.
    gc.freeze()

    async def served() -> None:
        await serve(settings)

    uvloop.run(served())
