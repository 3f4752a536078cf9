"""The phases after the safety phase: what must go on with half of everything, and what must come
back after everybody stood still."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import psycopg

from tests.soak.afterwards import Promised
from tests.soak.clients import Load
from tests.soak.evidence import cancelled, moved, queued, reports
from tests.soak.history import SoakHistory
from tests.soak.house import ALL_LINES, VENDOR, SoakHouse

MOVES_WITHIN, EMPTY_WITHIN = 60.0, 30.0
"""Seconds: until every accepted ticket has moved, and until nothing is queued after a swizzle."""
LOOK = 0.5


@dataclass(frozen=True)
class Waited:
    """How long something took, in seconds; None if it did not come in time. `left` says how much of
    what had not."""

    seconds: float | None
    left: dict[str, int]


async def swizzle(
    house: SoakHouse, history: SoakHistory, load: Load, rounds: int, chance: Random
) -> Waited:
    """Freeze all programs one by one, and thaw them in another order; how long it takes after the
    last round until nothing is queued."""
    for _ in range(rounds):
        await house.up(patience=60.0)
        for name in chance.sample(house.programs, len(house.programs)):
            house.halt(name)
            await asyncio.sleep(chance.uniform(0.05, 0.3))
        for name in chance.sample(house.programs, len(house.programs)):
            house.go_on(name)
            await asyncio.sleep(chance.uniform(0.05, 0.3))
        history.note("swizzled")
    return await until_none(lambda: left_behind(house, load.promised), EMPTY_WITHIN)


async def liveness(house: SoakHouse, history: SoakHistory, load: Load, seconds: float) -> Waited:
    """Everybody is healed, but the second API, the second worker and whoever carries texts, who are
    frozen for good; how long the last ticket takes to move, of those that are filed meanwhile."""
    for name in ALL_LINES:
        await house.cables.mend(name)
    await house.up(patience=60.0)
    for name in ("api-2", "worker-2"):
        house.halt(name)
    for name in ALL_LINES:
        if name.endswith(VENDOR):
            history.down(name, "black hole")
            await house.cables.freeze(name)
    until = asyncio.Event()
    keeping = asyncio.create_task(load.keep(LIVELY, until))
    await asyncio.sleep(seconds)
    until.set()
    await keeping
    return await until_none(lambda: left_behind(house, load.promised, logs=("api",)), MOVES_WITHIN)


LIVELY = 8.0
"""Tickets a second while half of everything is broken."""


def left_behind(
    house: SoakHouse, promised: Promised, logs: tuple[str, ...] = ("api", "api-2")
) -> dict[str, int]:
    """How much has not moved: of the command logs, of the copies, of the tickets, of what was said
    to them."""
    url = house.postgres.url
    return {
        "logged": sum(house.logged(api) for api in logs),
        "copied": queued(url),
        "not moved": len(promised.accepted - moved(url)),
        "not cancelled": len(promised.cancelled - cancelled(url)),
        "not reported": len(promised.reported - reports(url).keys()),
    }


async def until_none(look: Callable[[], dict[str, int]], within: float) -> Waited:
    """Wait until nothing is left, or for so many seconds."""
    began, left = time.monotonic(), dict[str, int]()
    while (took := time.monotonic() - began) <= within:
        try:
            left = await asyncio.to_thread(look)
        except (psycopg.OperationalError, sqlite3.Error):
            left = {"servers": 1}
        if not any(left.values()):
            return Waited(round(took, 2), left)
        await asyncio.sleep(LOOK)
    return Waited(None, left)
