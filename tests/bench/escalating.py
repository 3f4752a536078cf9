"""How soon a person is asked, and how fast the lists of what waits are.

`python -m tests.bench.escalating [--quick]`. Servers of its own, durable, every program in a
process of its own, as in production. Tickets that nobody makes a proposal for wait five seconds,
and four of them come every second; measured from the moment their timer is due to the moment at
which Postgres shows the escalation OPEN. Then experts say that they cannot come, as often
(`tests/bench/hindered.py`). Then the list of the API and the page of the desk, a hundred times
each, while a thousand escalations are open: what the tickets before left behind, with copies of it.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from tests.api.web.desk.staff import Staff
from tests.bench.hindered import hindered
from tests.bench.servers import Servers, relay_of, servers
from tests.bench.settling import house_of
from tests.house import House, days
from workers.stack.environment import desk_url, issuer_url
from workers.stack.process import Program, answering

FOLDER = Path(".local/bench-escalating")
WAIT = "PT5S"
FILING = 8
PER_SECOND = 4
ADMITTED = 1.0
LOOK = 0.01
PATIENCE = 60.0
OPEN = 1000
LOOKS = 100
SOON, FAST = 2.0, 0.3
"""Goals, in seconds: of the escalation, at the 99th percentile; of the lists, at the median."""

ASKED: LiteralString = "select ticket_id from escalations where state = 'OPEN'"
COPY: LiteralString = """insert into escalations (id, subject_kind, subject_id, workflow_id, seq,
    subject, reason, level, state, zone, urgency, opened_at, step_at, due_at, known)
select 'esc_' || gen_random_uuid(), subject_kind, subject_id, workflow_id, seq, subject, reason,
    level, state, zone, urgency, e.opened_at + n * interval '1 ms', step_at, due_at, known
from escalations e cross join generate_series(1, %(copies)s) n where e.state = 'OPEN'
limit %(missing)s"""


async def asking(house: House, tickets: int) -> list[float]:
    """Seconds by which each escalation comes after its timer."""
    await house.expect("admin", "PUT", "/policies/normal/pending_timeout", {"value": WAIT})
    due: dict[str, datetime] = {}
    gate = asyncio.Semaphore(FILING)

    async def filed(number: int) -> None:
        await asyncio.sleep(number / PER_SECOND)
        async with gate:
            ticket_id = await house.file(slots=days(10 + number % 20, 1))
            # To look for it all the time would be work for those who are measured.
            await asyncio.sleep(ADMITTED)
            due[ticket_id] = await house.soon(lambda: _due(house, ticket_id), "its timer", 30)

    watching = asyncio.create_task(_watch(house, tickets))
    await asyncio.gather(*map(filed, range(tickets)))
    asked = await watching
    return [(at - due[ticket_id]).total_seconds() for ticket_id, at in asked.items()]


async def _due(house: House, ticket_id: str) -> datetime | None:
    timers = await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/timers")
    found = [t["due_at"] for t in timers["timers"] if t["name"] == "pending_timeout"]
    return datetime.fromisoformat(found[0]) if found else None


async def _watch(house: House, expected: int) -> dict[str, datetime]:
    """When each ticket's escalation was seen first."""
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


def crowd(house: House) -> int:
    """So many escalations are open now, the copies included."""
    with psycopg.connect(house.database_url) as session:
        known = len(session.execute(ASKED).fetchall())
        session.execute(COPY, {"copies": OPEN // known + 1, "missing": OPEN - known})
        session.execute("analyze escalations")
        return len(session.execute(ASKED).fetchall())


async def listing(look: Callable[[], Awaitable[Any]]) -> list[float]:
    """Seconds of each look, one after the other."""
    took = []
    for number in range(-5, LOOKS):
        began = time.perf_counter()
        await look()
        if number >= 0:
            took.append(time.perf_counter() - began)
    return took


async def bench(tickets: int) -> bool:
    """Everything on fresh servers; whether every goal was reached."""
    async with servers(FOLDER) as made:
        await made.start_workers()
        await made.stop("floor", relay_of("floor"), "hasty", relay_of("hasty"))
        house = await house_of(made)
        async with house.http, Staff(await _desk(made)) as ana:
            await ana.log_in("usr_ana")
            soon = await asking(house, tickets)
            missing = await hindered(house, tickets)
            there = crowd(house)
            path = "/escalations?live=true&limit=100"
            api = await listing(lambda: house.expect("helpdesk", "GET", path))
            page = await listing(lambda: _page(ana))
        house.database.close()
    print_figures(soon, missing, there, api, page)
    in_time = max(_part(soon, 99), _part(missing, 99)) <= SOON
    return in_time and max(_part(api, 50), _part(page, 50)) < FAST


async def _page(ana: Staff) -> None:
    answer = await ana.open("/desk/escalations")
    assert "/desk/escalations/esc_" in answer.text, answer.text


async def _desk(made: Servers) -> str:
    """The desk and the login that it needs; its address."""
    ports = {f"SYSOPS_{name.upper()}_PORT": str(port) for name, port in vars(made.ports).items()}
    environment = {
        **os.environ,
        **made.environment("ours"),
        **ports,
        "SYSOPS_HOME": str(made.home.path),
    }
    for name, module, url in (
        ("issuer", ("workers.stack.issuer", "serve"), issuer_url(made.ports)),
        ("desk", ("api.web.desk",), desk_url(made.ports)),
    ):
        program = Program(name, (sys.executable, "-m", *module), environment)
        await made.start(answering(program, f"{url}/healthz"))
    return desk_url(made.ports)


def print_figures(
    soon: Sequence[float],
    missing: Sequence[float],
    there: int,
    api: Sequence[float],
    page: Sequence[float],
) -> None:
    """All of them, in milliseconds."""
    print(f"\nmilliseconds; {PER_SECOND} tickets a second{'p50':>8}{'p99':>8}   goal")
    for what, took, goal in (
        (f"timer due to escalation OPEN, {len(soon)}", soon, f"p99 <= {SOON * 1000:.0f}"),
        (f"cannot_arrive to candidates, {len(missing)}", missing, f"p99 <= {SOON * 1000:.0f}"),
        (f"GET /v1/escalations, {there} open", api, f"p50 < {FAST * 1000:.0f}"),
        (f"page of the desk, {there} open", page, f"p50 < {FAST * 1000:.0f}"),
    ):
        print(f"{what:36}{_part(took, 50) * 1000:7.0f}{_part(took, 99) * 1000:8.0f}   {goal}")


def _part(took: Sequence[float], percent: int) -> float:
    return sorted(took)[min(len(took) - 1, len(took) * percent // 100)]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.escalating")
    parser.add_argument("--quick", action="store_true", help="a rougher answer within a minute")
    quick = parser.parse_args().quick
    return 0 if asyncio.run(bench(tickets=40 if quick else 160)) else 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
