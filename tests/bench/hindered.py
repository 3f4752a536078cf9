"""How soon a person is asked who comes instead, once an expert says that they cannot.

Part of `python -m tests.bench.escalating`. Four reports of `cannot_arrive` every second, each of a
visit that is booked, at set times whatever the answers; measured from the moment a report is sent
to the moment at which Postgres shows the escalation OPEN, and in it who could come instead.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import LiteralString

import psycopg

from tests.house import House, days
from tests.workflows.company import hire_many

PER_SECOND = 4
FILING = 8
SPARE = 40
"""Experts who have nothing to do; the others have one visit each."""
LOOK = 0.01
PATIENCE = 60.0

ASKED: LiteralString = """select ticket_id from escalations
where state = 'OPEN' and reason = 'CANNOT_ARRIVE'
and jsonb_array_length(known -> 'brief' -> 'candidates') > 0"""

Booked = tuple[str, str, str]
"""A ticket, its visit, and who makes it."""


async def hindered(house: House, tickets: int) -> list[float]:
    """Seconds from each report to its escalation with candidates."""
    await house.expect("admin", "PUT", "/policies/normal/pending_timeout", {"value": "PT24H"})
    known = await _booked(house, tickets)
    sent: dict[str, datetime] = {}
    watching = asyncio.create_task(_watch(house, tickets))
    await asyncio.gather(*(_said(house, n, booked, sent) for n, booked in enumerate(known)))
    asked = await watching
    return [(at - sent[ticket_id]).total_seconds() for ticket_id, at in asked.items()]


async def _booked(house: House, tickets: int) -> list[Booked]:
    gate = asyncio.Semaphore(FILING)

    async def filed(number: int) -> tuple[str, str]:
        async with gate:
            ticket_id = await house.file(slots=_slots(number))
            return ticket_id, (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]

    async def settled(number: int, made: tuple[str, str], who: str) -> Booked:
        async with gate:
            await house.propose(made[1], who, _slots(number))
            await house.until(made[0], "SCHEDULED")
            return *made, who

    made = await asyncio.gather(*map(filed, range(tickets)))
    # Hired afterwards: nobody is told of the new visits, which is not what is measured.
    experts = hire_many(house, tickets + SPARE, "refrigeration")
    pairs = zip(made, experts[:tickets], strict=True)
    return list(await asyncio.gather(*(settled(n, m, w) for n, (m, w) in enumerate(pairs))))


def _slots(number: int) -> list[dict[str, str]]:
    return days(10 + number % 20, 1)


async def _said(house: House, number: int, booked: Booked, sent: dict[str, datetime]) -> None:
    await asyncio.sleep(number / PER_SECOND)
    ticket_id, visit, who = booked
    sent[ticket_id] = datetime.now(UTC)
    await house.report(visit, "cannot_arrive", who, reason="VEHICLE")


async def _watch(house: House, expected: int) -> dict[str, datetime]:
    """When the escalation of each ticket was seen first."""
    seen: dict[str, datetime] = {}
    deadline = time.monotonic() + expected / PER_SECOND + PATIENCE
    connection = await psycopg.AsyncConnection.connect(house.database_url, autocommit=True)
    async with connection as session:
        while len(seen) < expected:
            assert time.monotonic() < deadline, f"{len(seen)} of {expected} are asked"
            rows = await (await session.execute(ASKED)).fetchall()
            now = datetime.now(UTC)
            for (ticket_id,) in rows:
                seen.setdefault(ticket_id, now)
            await asyncio.sleep(LOOK)
    return seen
