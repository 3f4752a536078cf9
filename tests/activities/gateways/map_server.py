"""A map server on loopback that speaks as OSRM and as Valhalla do, with faults to order."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.ports import free_port
from tests.until import until

Point = tuple[float, float]
Times = Callable[[Point, Point], float | None]


def by_degrees(a: Point, b: Point) -> float:
    """A minute for a hundredth of a degree, half a minute more to the east."""
    (a_lat, a_lng), (b_lat, b_lng) = a, b
    away = abs(a_lat - b_lat) + abs(a_lng - b_lng)
    return round(away * 6000, 1) + (30.0 if b_lng > a_lng else 0.0)


@dataclass
class MapPeer:
    """What it was asked, and how it answers: `says` is sent as it is, whatever was asked."""

    url: str
    times: Times = by_degrees
    status: int = 200
    says: str | None = None
    silence: float = 0.0
    drip: float = 0.0
    asked: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def fresh(self) -> None:
        """As if it had just been started."""
        self.times, self.status, self.says = by_degrees, 200, None
        self.silence = self.drip = 0.0
        self.asked.clear()
        self.bodies.clear()

    async def osrm(self, request: Request) -> Response:
        """`GET /table/v1/driving/{places}`."""
        self.asked.append(f"{request.method} {request.url.path}?{request.url.query}")
        places = [place.split(",") for place in request.path_params["places"].split(";")]
        points = [(float(lat), float(lng)) for lng, lat in places]
        return await self._answer({"code": "Ok", "durations": self._table(points)})

    async def valhalla(self, request: Request) -> Response:
        """`POST /sources_to_targets`."""
        self.asked.append(f"{request.method} {request.url.path}")
        body = await request.json()
        self.bodies.append(body)
        points = [(place["lat"], place["lon"]) for place in body["sources"]]
        rows = [
            [{"from_index": f, "to_index": t, "time": time} for t, time in enumerate(row)]
            for f, row in enumerate(self._table(points))
        ]
        return await self._answer({"sources_to_targets": rows, "units": "kilometers"})

    def _table(self, points: list[Point]) -> list[list[float | None]]:
        return [[self.times(a, b) for b in points] for a in points]

    async def _answer(self, answer: Any) -> Response:
        await self._idle(self.silence)
        text = json.dumps(answer) if self.says is None else self.says
        if self.drip:
            return StreamingResponse(self._dripping(text), self.status)
        return Response(text, self.status, media_type="application/json")

    async def _dripping(self, text: str) -> AsyncIterator[str]:
        for character in text:
            yield character
            await self._idle(self.drip)

    async def _idle(self, seconds: float) -> None:
        """As slow as a test says, until it closes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.closing.wait()


@asynccontextmanager
async def map_peer(port: int | None = None) -> AsyncIterator[MapPeer]:
    """A map server that answers, until the block ends; then nobody does."""
    port = port or free_port()
    peer = MapPeer(f"http://127.0.0.1:{port}")
    app = Starlette(
        routes=[
            Route("/table/v1/driving/{places:path}", peer.osrm),
            Route("/sources_to_targets", peer.valhalla, methods=["POST"]),
        ]
    )
    config = uvicorn.Config(
        app,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the map server")
    try:
        yield peer
    finally:
        peer.closing.set()
        server.should_exit = server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
