"""What both web processes are made of: the settings, collaborators, a server."""

import gc
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp

from activities.gateways.catalogue.peer import PeerCatalogue
from activities.gateways.travel.chain import TravelChain
from activities.gateways.travel.servers import map_server
from api.catalogue.reference import Reference
from api.http.connection import IDLE, Connection
from api.http.reads import SECONDS, Reads
from api.http.services import Services
from models.db.engine import Database
from models.db.files.folder import FolderFiles
from models.db.files.s3 import S3Files
from models.db.files.store import FileStore
from models.db.intake.command_log import CommandLog
from models.db.people.ways import WayBook
from models.settings.catalogue import CatalogueSource
from models.settings.files import Files
from models.settings.maps import Maps
from models.settings.processes import WebSettings
from temporal import failpoints
from temporal.client import connect
from temporal.flags import Flags
from temporal.links import OfferLinks, SurveyLinks, VisitLinks
from temporal.logs import configure
from temporal.sealing import IntakeKeyring
from temporal.start_codes import StartCodes

_Settings = TypeVar("_Settings", bound=WebSettings)


def _now() -> datetime:
    return datetime.now(UTC)


async def assemble(settings: WebSettings) -> Services:
    """The collaborators of a web process; nothing is connected yet.

    Raises:
        SystemExit: nothing that is filed could be sealed.
    """
    keyring = IntakeKeyring(settings.intake_keys.directory)
    if fault := keyring.fault(datetime.now(UTC)):
        raise SystemExit(f"INTAKE_KEY_DIRECTORY: {fault}")
    reads = Reads(Database(settings.database.url, statement_seconds=SECONDS))
    temporal = settings.temporal
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
        keyring=keyring,
        surveys=SurveyLinks(*keys),
        offers=OfferLinks(*keys),
        visit_links=VisitLinks(*keys),
        start_codes=StartCodes(*keys),
        travel=TravelChain((), _now),
        flags=Flags(settings.flags.file),
        clock=_now,
        public_url=settings.addresses.api,
        temporal_ui_url=settings.addresses.temporal_ui,
        temporal_namespace=temporal.namespace,
    )


def travel_times(maps: Maps, flags: Flags, database: Database) -> TravelChain:
    """Who is asked how long ways take, by setting; the first of them while its flag is on. What is
    answered is written down for those who may not wait."""
    servers = [map_server(address.kind, address.url) for address in maps.chain]
    return TravelChain(
        servers, _now, lambda: flags.is_on("maps.primary"), keep=WayBook(database).keep
    )


def catalogue_keeper(source: CatalogueSource) -> PeerCatalogue | None:
    """Who is asked for the list of appliance models, by setting; nobody, where our rows are it."""
    return PeerCatalogue(source.url) if source.url else None


def file_store(chosen: Files) -> FileStore:
    """Where files are kept, by setting."""
    match chosen.store:
        case "folder":
            return FolderFiles(chosen.directory)
        case "s3":
            return S3Files(
                chosen.bucket,
                chosen.access_key,
                chosen.secret_key,
                region=chosen.region,
                endpoint=chosen.endpoint,
            )


async def listen(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    grace_seconds: int,
    proxies: str | None = None,
    sockets: Sequence[int] = (),
) -> None:
    """Serve until told to stop; what is being answered then gets a grace. Only what `proxies` tell
    of the caller's address is believed. Where `sockets` were handed over, by their numbers, those
    are listened at: others may do the same (docs/decisions/0035-one-socket-for-several.md)."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=proxies is not None,
        forwarded_allow_ips=proxies or "",
        http=Connection,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=grace_seconds,
    )
    shared = [socket.socket(fileno=number) for number in sockets] or None
    await uvicorn.Server(config).serve(shared)


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
