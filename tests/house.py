"""The whole house on real servers: API over HTTP, worker, relay, one clock we can push."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.gateways.message import MessageGateway
from activities.gateways.message.folder import FolderMessages
from activities.gateways.travel import MapServer
from activities.gateways.travel.chain import TravelChain
from activities.gateways.travel.scouting import Scout
from activities.message.arrivals import Arrivals
from activities.message.delivery import Delivery
from activities.message.office import Office
from activities.ticket.paying import Accounts
from api.app import create_app
from api.catalogue.reference import Reference
from api.http.asking import Patience
from api.http.auth import KeySet
from api.http.reads import Reads
from api.http.services import Services
from models.catalogue.catalogue import load
from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Database
from models.db.files.folder import FolderFiles
from models.db.flag.following import following
from models.db.intake.command_log import CommandLog
from models.db.migrate import migrate
from models.db.people.ways import WayBook
from models.message.notification import MessageChannel
from models.ticket import Urgency
from temporal.flags import Flags
from temporal.ids import ticket_workflow
from temporal.links import OfferLinks, SurveyLinks, VisitLinks
from temporal.sealing import IntakeKeyring
from temporal.start_codes import StartCodes
from tests.databases import unhurried
from tests.described import as_described
from tests.issuing import AUDIENCE, ISSUER, Issuer
from tests.ports import free_port
from tests.served import served
from tests.shift import Shift
from tests.until import SECONDS, until
from workers.assembly import ticket_worker
from workers.reconciliation import Reconciliation
from workers.relay import Relay
from workers.rights import Rights
from workers.routes import Routes
from workers.telling import keep_telling
from workers.watch import Watch

REFERENCE = load()
FRIDGE = "mod_bosch-kgn39vleb"


LIMIT = 10.0
"""Seconds within which nobody is frozen on a busy machine that runs tests; every limit of ours is
3 s or less, which `test_bounds` measures, and the house itself is a little more patient."""


@dataclass
class House:
    """What tests hold in their hands."""

    env: WorkflowEnvironment
    database: Database
    database_url: str
    http: httpx2.AsyncClient
    issuer: Issuer
    outbox: Path
    surveys: SurveyLinks
    services: Services
    keys: KeySet
    app: FastAPI
    shift: Shift | None = None
    _letters: dict[Path, str] = field(default_factory=dict, init=False)

    def headers(self, role: str, subject: str | None = None, **more: str) -> dict[str, str]:
        """The headers of a request by somebody, under a fresh key."""
        return {
            "Authorization": f"Bearer {self.issuer.token(role, subject)}",
            "Idempotency-Key": str(uuid.uuid4()),
            **more,
        }

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, **more: str
    ) -> httpx2.Response:
        """The answer to `who`: a role, or `role:subject`."""
        role, _, subject = who.partition(":")
        headers = self.headers(role, subject or None, **more)
        return await self.http.request(method, f"/v1{path}", json=body, headers=headers)

    async def expect(self, who: str, method: str, path: str, body: Any = None, **more: str) -> Any:
        """The body of an answer that is a success."""
        answer = await self.ask(who, method, path, body, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def file(self, who: str = "customer", **body: Any) -> str:
        """File a ticket about a fridge, for whenever; its id."""
        filed = {"description": "It hums.", "model_id": FRIDGE, "slots": days(30, 20), **body}
        ticket_id: str = (await self.expect(who, "POST", "/tickets", filed))["id"]
        return ticket_id

    async def ticket(self, ticket_id: str, who: str = "helpdesk") -> Any:
        """A ticket as somebody sees it."""
        return await self.expect(who, "GET", f"/tickets/{ticket_id}")

    async def until(self, ticket_id: str, status: str) -> Any:
        """The ticket as soon as the database has it in a status."""
        return await self.soon(lambda: self._recorded(ticket_id, status), f"status {status}")

    def letters(self, channel: str = "*") -> list[str]:
        """What was sent so far, the newest first, whoever sent it: a house has many tests."""
        found = sorted(self.outbox.glob(f"{channel}/*.txt"), reverse=True)
        for path in found:
            if path not in self._letters:
                self._letters[path] = path.read_text("utf-8")
        return [self._letters[path] for path in found]

    async def soon(self, look: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
        """What `look` finds as soon as it finds something."""
        try:
            return await until(look, what, seconds)
        except AssertionError as waited:
            if self.shift:
                waited.add_note(self.shift.doing())
            raise

    async def propose(self, visit_id: str, who: str = "expert", windows: Any = None) -> Any:
        """An expert makes a proposal, for whenever."""
        body = {"windows": windows or days(30, 20)}
        return await self.expect(who, "POST", f"/visits/{visit_id}/proposals", body)

    async def report(self, visit_id: str, kind: str, who: str = "expert", **more: Any) -> Any:
        """An expert reports from the field."""
        event = {
            "client_event_id": str(uuid.uuid4()),
            "type": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
            **({"report": {"notes": "Done."}} if kind == "completed" else {}),
            **more,
        }
        return await self.expect(who, "POST", f"/visits/{visit_id}/events", event)

    async def scheduled(self, **body: Any) -> Any:
        """A ticket whose visit is settled."""
        ticket_id = await self.file(**body)
        ticket = await self.until(ticket_id, "MATCHING")
        await self.propose(ticket["visits"][0]["id"])
        return await self.until(ticket_id, "SCHEDULED")

    async def completed(self, **body: Any) -> Any:
        """A ticket whose work is done."""
        ticket = await self.scheduled(**body)
        for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
            await self.report(ticket["visits"][0]["id"], kind)
        return await self.until(ticket["id"], "COMPLETED")

    def workflow(self, ticket_id: str) -> WorkflowHandle[Any, Any]:
        """The workflow of a ticket."""
        return self.env.client.get_workflow_handle(ticket_workflow(ticket_id))

    async def later(self, ticket_id: str, time_passes: timedelta) -> bool:
        """Let time pass for one ticket; False if it ends before."""
        return await self.env.fast_forward(self.workflow(ticket_id), time_passes)

    async def timeline(self, ticket_id: str, who: str = "helpdesk") -> list[Any]:
        """What happened to a ticket."""
        entries: list[Any] = (await self.expect(who, "GET", f"/tickets/{ticket_id}/timeline"))[
            "entries"
        ]
        return entries

    async def _recorded(self, ticket_id: str, status: str) -> Any:
        ticket = await self.ticket(ticket_id)
        return ticket if ticket["status"] == status and ticket["number"] else None


def days(first: int, count: int) -> list[dict[str, str]]:
    """Working days of the customer's, the first so many days from now, 08:00 to 20:00 UTC."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        {
            "start": (midnight + timedelta(days=first + n, hours=8)).isoformat(),
            "end": (midnight + timedelta(days=first + n, hours=20)).isoformat(),
        }
        for n in range(count)
    ]


@asynccontextmanager
async def living_house(
    env: WorkflowEnvironment,
    database_url: str,
    folder: Path,
    gateways: Mapping[MessageChannel, MessageGateway] | None = None,
    desk_url: str = "http://127.0.0.1:8088",
    maps: Sequence[MapServer] = (),
    accounts: Accounts | None = None,
) -> AsyncIterator[House]:
    """A house in which everything runs. Its workflows live in real time until a test says
    otherwise. Worker and relay ask `maps` for ways, the worker `accounts` for who pays."""
    migrate(database_url)
    database = Database(database_url, pool_size=24)
    with database.unit_of_work() as session:
        ReferenceRepository(session).load_missing(REFERENCE)
    unhurried(database, Urgency.NORMAL)
    issuer, keyring = Issuer(folder), IntakeKeyring(folder / "keys")
    outbox, surveys = folder / "outbox", SurveyLinks("secret")
    reads = Reads(database, seconds=4.0)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    services = Services(
        temporal=env.client,
        reads=reads,
        commands=CommandLog(folder / "command-log"),
        reference=Reference(reads),
        keyring=keyring,
        surveys=surveys,
        offers=OfferLinks("secret"),
        visit_links=VisitLinks("secret"),
        start_codes=StartCodes("secret"),
        travel=TravelChain((), lambda: datetime.now(UTC)),
        flags=Flags(folder / "flags.json"),
        clock=lambda: datetime.now(UTC),
        public_url=url,
        temporal_ui_url="http://127.0.0.1:8233",
        temporal_namespace="default",
        patience=Patience(read=4.0, command=8.0),
        files=FolderFiles(folder / "files"),
    )
    keys = KeySet(issuer.jwks.as_uri(), None, issuer=ISSUER, audience=AUDIENCE)
    scout = Scout(maps, lambda: datetime.now(UTC), keep=WayBook(database).keep)
    delivery = Delivery(
        database,
        gateways or {channel: FolderMessages(outbox, channel.value) for channel in MessageChannel},
        Office(
            url,
            desk_url,
            "helpdesk@example.org",
            surveys,
            offers=services.offers,
            visit_links=services.visit_links,
            start_codes=services.start_codes,
        ),
        lambda: datetime.now(UTC),
        Arrivals(database, scout),
        is_on=lambda channel: services.flags.is_on(f"messages.{channel}"),
    )
    relay = Relay(delivery, database_url)
    app = create_app(services, keys)
    server = uvicorn.Server(served(app, port))
    relay.start()
    shift = Shift(
        lambda: ticket_worker(env.client, database, keyring, services.flags, scout, accounts)
    )
    with env.with_time_skipping_disabled(), following(database_url, services.flags.take):
        async with shift:
            chores = [
                asyncio.create_task(Watch(database, env.client).keep()),
                asyncio.create_task(Reconciliation(database, env.client).keep()),
                asyncio.create_task(Rights(database, env.client).keep()),
                asyncio.create_task(Routes(database, scout).keep()),
                asyncio.create_task(keep_telling(database, scout, Accounts())),
            ]
            serving = asyncio.create_task(server.serve())
            await until(lambda: server.started, "the API")
            hooks = {"response": [as_described(app)]}
            async with httpx2.AsyncClient(base_url=url, timeout=20, event_hooks=hooks) as http:
                yield House(
                    *(env, database, database_url, http, issuer, outbox, surveys, services),
                    *(keys, app, shift),
                )
            server.should_exit = True
            await serving
            for chore in chores:
                chore.cancel()
    relay.stop()
    scout.close()
    services.commands.close()
    reads.close()
    database.close()
