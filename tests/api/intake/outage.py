"""An API process whose stores are away."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from api.http.asking import Patience
from tests.api.http.honest import honest
from tests.cable import Cable, cable
from tests.house import FRIDGE, House, days
from tests.replica import impatient, postgres_address, replica, temporal_address

ENGINE, DATABASE = "engine", "database"


class Outage:
    """The lines of a process to its stores."""

    def __init__(self, lines: dict[str, Cable]) -> None:
        self._lines = lines

    async def mend(self) -> None:
        for line in self._lines.values():
            await line.mend()

    def freeze(self) -> None:
        for line in self._lines.values():
            line.freeze()


@asynccontextmanager
async def without(
    house: House,
    log: Path | None,
    *away: str,
    frozen: bool = False,
    patience: Patience | None = None,
) -> AsyncIterator[tuple[httpx2.AsyncClient, Outage]]:
    """An API process, and the outage of some of its stores that has just begun."""
    async with AsyncExitStack() as stack:
        stores = {ENGINE: temporal_address(house), DATABASE: postgres_address(house)}
        lines = {n: await stack.enter_async_context(cable(*at)) for n, at in stores.items()}
        http = await stack.enter_async_context(
            replica(
                house,
                temporal=await impatient(lines[ENGINE].port),
                database_port=lines[DATABASE].port,
                command_log=log,
                patience=patience,
            )
        )
        outage = Outage({name: lines[name] for name in away})
        for name in away:
            if frozen:
                lines[name].freeze()
            else:
                await lines[name].cut()
        yield http, outage


async def filed(house: House, http: httpx2.AsyncClient, key: str, **body: Any) -> httpx2.Response:
    new = {"description": "It hums.", "model_id": FRIDGE, "slots": days(30, 20), **body}
    return await asked(house, http, "customer", "POST", "/tickets", new, key)


async def asked(
    house: House,
    http: httpx2.AsyncClient,
    who: str,
    method: str,
    path: str,
    body: Any,
    key: str | None = None,
) -> httpx2.Response:
    role, _, subject = who.partition(":")
    headers = house.headers(role, subject or None)
    headers["Idempotency-Key"] = key or str(uuid.uuid4())
    answer = await http.request(method, f"/v1{path}", json=body, headers=headers)
    honest(answer)
    return answer


def report(kind: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "client_event_id": str(uuid.uuid4()),
        "type": kind,
        "occurred_at": at.isoformat(),
        **more,
    }
