"""An expert's days in Berlin, and what befalls them on the road."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import uvicorn

from api.app import create_app
from api.http.auth import KeySet
from api.people.travelling import TravelTimes
from api.status.watching import Status
from tests.house import House
from tests.issuing import AUDIENCE, ISSUER
from tests.ports import free_port
from tests.served import served
from tests.until import until
from tests.workflows.company import DAY, at, between, waiting, welcome
from tests.workflows.sending import send

BERLIN = ZoneInfo("Europe/Berlin")
LAT = 52.5
"""Everything lies along one road to the east of home."""


def date_of(day: int = DAY) -> str:
    """A day to come, as the expert calls it at noon."""
    return at(12, day).astimezone(BERLIN).date().isoformat()


def today() -> str:
    return datetime.now(BERLIN).date().isoformat()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def booked(house: House, who: str, hour: float, lng: float, day: int = DAY) -> dict[str, Any]:
    """A visit that an expert is sent to at an hour, UTC; its ticket."""
    customer = welcome(house, LAT, lng)
    ticket_id, visit = await waiting(house, between(6, 22, day), who=customer)
    await send(house, visit, who, at(hour, day))
    ticket: dict[str, Any] = await house.until(ticket_id, "SCHEDULED")
    return ticket


async def errand(house: House, who: str, title: str, lng: float, **more: Any) -> Any:
    """An errand along the road."""
    new = {"title": title, "date": date_of(), "minutes": 30, "lat": LAT, "lng": lng, **more}
    return await house.expect(who, "POST", "/experts/me/stops", new)


async def route(house: House, who: str, day: str | None = None) -> Any:
    asked = day or date_of()
    return await house.expect(who, "GET", f"/experts/me/route?date={asked}")


def names(found: Any) -> list[str]:
    """What the stops of a route are called: an errand's title, a visit's ticket."""
    return [stop["title"] or stop["ticket"] for stop in found["stops"]]


@asynccontextmanager
async def asking(house: House, travel: TravelTimes) -> AsyncIterator[httpx2.AsyncClient]:
    """Another API of the same house that asks somebody else how long ways take."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    keys = KeySet(house.issuer.jwks.as_uri(), None, issuer=ISSUER, audience=AUDIENCE)
    services = replace(house.services, travel=travel, public_url=url, status=Status())
    app = create_app(services, keys)
    server = uvicorn.Server(served(app, port))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the API")
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=20) as http:
            yield http
    finally:
        server.should_exit = True
        await serving
