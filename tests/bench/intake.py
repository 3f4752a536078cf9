"""Accepting tickets under load and trouble: `python -m tests.bench.intake [--quick] [PART...]`.

Parts, each on fresh servers: `steady`, a rate that a busy day has; `burst`, thousands at once, and
how others fare meanwhile; `trouble`, Temporal and Postgres dead and frozen; `journal`, the command
log alone. What that costs while all is well is `tests.bench.logged`. Latencies are the client's,
whose own work is in them. All machines are one: quote them with how busy it was, which is printed.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

from models.db.intake.command_log import CommandLog
from temporal.sealing import IntakeKeyring
from tests.bench.intake_figures import (
    Figure,
    latencies,
    print_figures,
    refused,
    say,
    share,
    statuses,
)
from tests.bench.intake_house import MANY, OTHER, SERVERS, Callers, IntakeHouse, after, coming
from tests.bench.intake_house import intake_house as housed
from tests.bench.logged import filing
from tests.bench.script import Script
from tests.soak.history import Op
from tests.until import until
from workers.stack.home import Home

FOLDER = Path(".local/bench-intake")
AT_ONCE = 64
"""Clients in a burst; each waits for its answer."""
OTHERS = 5.0
"""Tickets that others file a second meanwhile, and as many that they read."""
TROUBLE_RATE, READ_RATE = 20.0, 4.0
BREAKER = 3.0
"""Seconds until those who are silent are no longer waited for."""
PATIENCE = 600.0
JOURNAL_AT_ONCE = 512
PACE = 5.0
"""Seconds between two words about how far it is."""


async def steady(house: IntakeHouse, callers: Callers, quick: bool) -> list[Figure]:
    """Fifty tickets a second."""
    for _ in range(10):
        await callers.file()
    used, began = house.cpu(), time.monotonic()
    ops = await coming(50.0, callers.file, after(10.0 if quick else 30.0))
    latencies("50 a second", ops)
    spent = {name: seconds - used[name] for name, seconds in house.cpu().items()}
    each = ", ".join(f"{name} {s * 1000 / len(ops):.0f}" for name, s in spent.items())
    cores = sum(spent.values()) / (time.monotonic() - began)
    say(f"CPU ms a ticket: {each}; {cores:.2f} cores while they came")
    return [
        Figure("50 a second: accepted, p95", share(ops, 0.95), 300, "ms"),
        Figure("50 a second: not accepted", len(refused(ops)), 0, "tickets"),
    ]


async def burst(house: IntakeHouse, callers: Callers, quick: bool) -> list[Figure]:
    """Thousands as fast as they are accepted, until the last one waits for experts."""
    times, enough = 600 if quick else 5_000, asyncio.Event()
    known = (await callers.file(OTHER)).ticket_id
    assert known, "somebody has a ticket already"
    others = [
        asyncio.create_task(coming(OTHERS, one, enough))
        for one in (lambda: callers.file(OTHER), lambda: callers.read(OTHER, known))
    ]
    left, tries, mine = iter(range(times)), list[Op](), set[str]()

    async def client() -> None:
        for _ in left:
            asked = await callers.file_until_accepted()
            tries.extend(asked)
            mine.add(asked[-1].ticket_id or "")
            if len(mine) % (times // 10) == 0:
                say(f"{len(mine)} of {times} accepted; pushed back: {statuses(refused(tries))}")

    began = spoken = time.monotonic()
    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    accepted = time.monotonic() - began
    say(f"{len(mine)} of {times} accepted after {accepted:.1f} s, {times / accepted:.0f} a second")

    async def done() -> bool:
        nonlocal spoken
        found = await asyncio.to_thread(house.not_matching, mine)
        if time.monotonic() - spoken > PACE:
            spoken = time.monotonic()
            say(f"{found} are not MATCHING yet")
        return found == 0

    await until(done, "all to be MATCHING", PATIENCE)
    matching = time.monotonic() - began
    enough.set()
    filed, read = await asyncio.gather(*others)
    say(f"all MATCHING after {matching:.1f} s; pushed back: {statuses(refused(tries))}")
    latencies("a try of the burst", tries)
    latencies("others' POST meanwhile", filed)
    latencies("others' GET meanwhile", read)
    return [
        Figure("burst: not accepted", times - len(mine), 0, "tickets"),
        Figure("burst: others' POST, p99", share(filed, 0.99), 1000, "ms"),
        Figure("burst: others' GET, p99", share(read, 0.99), 1000, "ms"),
        Figure("burst: accepted", times / accepted, None, "a second"),
        Figure("burst: until all are MATCHING", matching, None, "s"),
    ]


async def trouble(house: IntakeHouse, callers: Callers, quick: bool) -> list[Figure]:
    """Each server dead, then frozen, then both."""
    figures = []
    for frozen in (False, True):
        for names in (*((name,) for name in SERVERS), SERVERS):
            figures += await without(house, callers, names, frozen, 8.0 if quick else 20.0)
    return figures


async def without(
    house: IntakeHouse, callers: Callers, names: tuple[str, ...], frozen: bool, seconds: float
) -> list[Figure]:
    """Tickets filed and read for so many seconds while these are away, and what becomes of them."""
    what = f"{' and '.join(names)} {'frozen' if frozen else 'dead'}"
    known = (await callers.file(MANY[0])).ticket_id
    assert known, "somebody has a ticket already"
    await until(lambda: house.left_behind(callers.accepted) == 0, "it to be taken up", PATIENCE)
    await house.take_away(names, frozen)
    enough = after(seconds)
    filed, read = await asyncio.gather(
        coming(TROUBLE_RATE, callers.file, enough),
        coming(READ_RATE, lambda: callers.read(MANY[0], known), enough),
    )
    await house.give_back(names, frozen)
    back = time.monotonic()
    await until(lambda: house.left_behind(callers.accepted) == 0, "all to be taken up", PATIENCE)
    run = time.monotonic() - back
    lost = len(house.tickets() ^ callers.accepted)
    later = [op for op in filed if op.at > filed[0].at + BREAKER] if frozen else filed
    latencies(f"{what}: POST", filed)
    latencies(f"{what}: GET", read)
    say(f"{what}: all taken up {run:.1f} s after; accepted and rows differ by {lost}")
    return [
        Figure(f"{what}: accepted, p95", share(later, 0.95), 300, "ms"),
        Figure(f"{what}: accepted, longest", share(filed, 1.0), 3000, "ms"),
        Figure(f"{what}: not accepted", len(refused(filed)), 0, "tickets"),
        Figure(f"{what}: a read answered, longest", share(read, 1.0), 2000, "ms"),
        Figure(f"{what}: all taken up after", run, 30, "s"),
        Figure(f"{what}: accepted and rows differ by", lost, 0, "tickets"),
    ]


async def journal(quick: bool) -> list[Figure]:
    """Starts of tickets that many at once append to a log of their own."""
    times = 6_000 if quick else 30_000
    with Home(FOLDER) as home:
        home.empty()
        first = filing(Script(0, IntakeKeyring(home.folder("intake-keys"))))
        commands = iter([first.model_copy(update={"update_id": f"{n}"}) for n in range(times)])
        log = CommandLog(home.folder("log"))

        async def keep() -> None:
            for command in commands:
                await log.append(command)
                log.settle(command.id)

        await log.append(first)
        before, began = log.commits, time.perf_counter()
        await asyncio.gather(*(keep() for _ in range(JOURNAL_AT_ONCE)))
        took = time.perf_counter() - began
        commits, durable = log.commits - before, log.outlives_us
        log.close()
        home.empty()
    assert durable, "the disk refused"
    say(f"{times} kept in {took:.1f} s by {commits} commits, each of {len(first.argument)} bytes")
    return [Figure("the log alone: kept", times / took, 2000, "a second", at_least=True)]


HOUSED: dict[str, Callable[[IntakeHouse, Callers, bool], Awaitable[list[Figure]]]] = {
    "steady": steady,
    "burst": burst,
    "trouble": trouble,
}
PARTS = (*HOUSED, "journal")


async def bench(parts: Sequence[str], quick: bool) -> bool:
    """Measure and print; whether every goal was reached."""
    say(f"{os.cpu_count()} cores")
    figures = []
    for part in parts:
        say(part)
        if part in HOUSED:
            async with housed(FOLDER) as (house, callers):
                figures += await HOUSED[part](house, callers, quick)
        else:
            figures += await journal(quick)
    print_figures(figures)
    return all(it.is_reached for it in figures)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.intake")
    parser.add_argument("--quick", action="store_true", help="rougher answers within minutes")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    told = parser.parse_args()
    if unknown := set(told.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return 0 if uvloop.run(bench(told.parts or PARTS, told.quick)) else 1


if __name__ == "__main__":
    sys.exit(main())
