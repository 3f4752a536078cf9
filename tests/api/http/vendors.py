"""Those whom the house calls, each behind a cable that can be cut, frozen, or made to talk
nonsense; and a house that calls them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx2
import uvicorn
from temporalio.testing import WorkflowEnvironment

from activities.gateways.catalogue.peer import PeerCatalogue
from activities.gateways.coverage.peer import PeerAccounts
from activities.gateways.message import MessageGateway
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from activities.gateways.travel.chain import TravelChain
from activities.gateways.travel.servers import map_server
from activities.ticket.paying import Accounts
from api.app import create_app
from api.catalogue.reference import Reference
from api.http.auth import KeySet
from api.http.services import Services
from api.status.watching import Status
from models.db.promise.paid import PaidRepository
from models.message.notification import MessageChannel
from tests.activities.gateways.accounts_server import AccountsServer, accounts_server
from tests.activities.gateways.catalogue_server import catalogue_server
from tests.activities.gateways.map_server import map_peer
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer
from tests.cable import Cable
from tests.house import REFERENCE, House, living_house
from tests.ports import free_port
from tests.replica import key_set
from tests.served import served
from tests.until import until
from workers.paying import Paying
from workers.remembering import Remembering

NONSENSE = b"\x16\x03\x01 250 <html>{[\xff\r\n\r\n"
PATIENCE = 1.0
"""Seconds for which senders wait here."""


class Vendor(Cable):
    """A cable to somebody whom we call."""

    is_mad = False

    async def stop(self) -> None:
        """It is gone."""
        await self.cut()

    async def hang(self) -> None:
        """It takes connections and says nothing."""
        self.freeze()

    async def rave(self) -> None:
        """It answers nonsense to whatever is said."""
        self.is_mad = True

    async def recover(self) -> None:
        """It is itself again."""
        self.is_mad = False
        await self.mend()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_mad:
            await super()._join(reader, writer)
            return
        writer.write(NONSENSE)
        await writer.drain()
        writer.close()


@dataclass
class Market:
    """A house, an API of it that calls map servers and the issuer, and all whom they call."""

    house: House
    http: httpx2.AsyncClient
    vendors: Mapping[str, Vendor]

    async def file(self, who: str = "customer", **body: Any) -> httpx2.Response:
        """File a ticket at that API."""
        new = {"description": "It hums.", "model_id": "mod_bosch-kgn39vleb", **body}
        return await self.http.post("/v1/tickets", json=new, headers=self.house.headers(who))

    async def read(self, ticket_id: str, who: str = "customer") -> httpx2.Response:
        """Read one there."""
        headers = self.house.headers(who)
        return await self.http.get(f"/v1/tickets/{ticket_id}", headers=headers)


class _Keys:
    """The issuer's keys over HTTP."""

    def __init__(self, jwks: Path) -> None:
        class Desk(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = jwks.read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self._thread = Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@asynccontextmanager
async def market(
    env: WorkflowEnvironment, database_url: str, folder: Path
) -> AsyncIterator[Market]:
    """A house of its own with everybody whom it calls."""
    async with AsyncExitStack() as open_:
        twilio, mail = open_.enter_context(TwilioServer()), open_.enter_context(SmtpServer())
        roads = await open_.enter_async_context(map_peer())
        ledger, shelves = (
            open_.enter_context(it) for it in (accounts_server(), catalogue_server())
        )
        sms = await _vendor(open_, *_address(twilio.base_url))
        email = await _vendor(open_, mail.host, mail.port)
        maps = await _vendor(open_, *_address(roads.url))
        accounts = await _vendor(open_, *_address(ledger.url))
        catalogue = await _vendor(open_, *_address(shelves.url))
        paid = Accounts(PeerAccounts(f"http://127.0.0.1:{accounts.port}"))
        open_.callback(paid.close)
        gateways: dict[MessageChannel, MessageGateway] = {
            MessageChannel.SMS: TwilioSms(
                twilio.account_sid,
                twilio.auth_token,
                "+15005550006",
                base_url=f"http://127.0.0.1:{sms.port}",
                timeout=PATIENCE,
            ),
            MessageChannel.EMAIL: SmtpEmail(
                "127.0.0.1",
                email.port,
                None,
                None,
                sender="desk@example.org",
                starttls=False,
                timeout=PATIENCE,
            ),
        }
        roads_url = f"http://127.0.0.1:{maps.port}"
        house = await open_.enter_async_context(
            living_house(
                *(env, database_url, folder, gateways),
                maps=[map_server("osrm", roads_url)],
                accounts=paid,
            )
        )
        _enter_plans(ledger)
        await open_.enter_async_context(_remembering(house, paid))
        keys = _Keys(house.issuer.jwks)
        open_.callback(keys.close)
        issuer = await _vendor(open_, "127.0.0.1", keys.server.server_address[1])
        keeper = PeerCatalogue(f"http://127.0.0.1:{catalogue.port}")
        open_.push_async_callback(keeper.close)
        services = replace(
            house.services,
            travel=TravelChain([map_server("osrm", roads_url)], house.services.clock),
            reference=Reference(house.services.reads, keeper),
            status=Status(),
        )
        keys_of = key_set(house, f"http://127.0.0.1:{issuer.port}/jwks", folder / "jwks.json")
        http = await open_.enter_async_context(_served(services, keys_of))
        open_.push_async_callback(services.travel.close)
        vendors = {
            "sms": sms,
            "email": email,
            "maps": maps,
            "issuer": issuer,
            "accounts": accounts,
            "catalogue": catalogue,
        }
        yield Market(house, http, vendors)


def _enter_plans(ledger: AccountsServer) -> None:
    """Everybody holds there what our own files say, paid for as long as a test may take."""
    until_day = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    for customer in REFERENCE.customers:
        for held in customer.subscriptions:
            ledger.pays(customer.id, held.plan, until_day, held.status)


@asynccontextmanager
async def _remembering(house: House, paid: Accounts) -> AsyncIterator[None]:
    """Who has paid is heard, and heard again, as workers do it; everybody was heard of once."""
    chores = [
        asyncio.create_task(Paying(house.database, house.env.client, paid).keep()),
        asyncio.create_task(Remembering(house.database, paid).keep()),
    ]

    def heard() -> bool:
        with house.database.reading() as session:
            known = PaidRepository(session).known("", len(REFERENCE.customers))
        return all(one.heard_at is not None for one in known)

    await until(heard, "what everybody has paid")
    yield
    for chore in chores:
        chore.cancel()


async def _vendor(open_: AsyncExitStack, host: str, port: int) -> Vendor:
    vendor = Vendor(host, port)
    await vendor.mend()
    open_.push_async_callback(vendor.cut)
    return vendor


@asynccontextmanager
async def _served(services: Services, keys: KeySet) -> AsyncIterator[httpx2.AsyncClient]:
    port = free_port()
    server = uvicorn.Server(served(create_app(services, keys), port))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the API")
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
        yield http
    server.should_exit = True
    await serving


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port
