"""What one more proposal costs the worker of a ticket for which many experts proposed.

`python -m tests.bench.crowd`. Servers of its own, the API and the worker in processes of their own.
A visit needs two skills, and only one of them is ever offered, so nothing is searched for: what
remains is the ticket's own weight. 200 proposals of 50 windows, one after another; the CPU of the
worker is read around the first twenty and the last twenty. The goal is 25 ms for the last.
"""

import asyncio
import os
import sys
from pathlib import Path

from models.rules.matching.proposing import MOST_PROPOSALS, MOST_WINDOWS
from tests.bench.servers import Servers, relay_of, servers
from tests.bench.settling import house_of
from tests.house import House
from tests.workflows.company import appliance, between, dismiss, hire_many, waiting

FOLDER = Path(".local/bench-crowd")
SOME = 20
GOAL = 25.0
DAY = 10


async def crowded(made: Servers, house: House) -> tuple[float, float]:
    """Milliseconds of the worker's CPU for each of the first and of the last proposals."""
    slots = between(8, 20, DAY)
    _, visit = await waiting(house, slots, model_id=appliance("air-conditioner"))
    experts = hire_many(house, MOST_PROPOSALS, "hvac")
    windows = [between(8, 20, DAY + 2 * n) for n in range(MOST_WINDOWS)]

    async def proposed(some: list[str]) -> float:
        before = made.cpu("ours")
        for expert in some:
            await house.propose(visit, expert, windows)
        return (made.cpu("ours") - before) / len(some) * 1000

    first = await proposed(experts[:SOME])
    await proposed(experts[SOME:-SOME])
    last = await proposed(experts[-SOME:])
    dismiss(house, *experts)
    return first, last


async def bench() -> bool:
    """Both figures on fresh servers; whether the goal was reached."""
    async with servers(FOLDER) as made:
        await made.start_workers()
        await made.stop("floor", relay_of("floor"), "hasty", relay_of("hasty"))
        house = await house_of(made)
        async with house.http:
            first, last = await crowded(made, house)
        house.database.close()
        await made.stop_workers()
    print(f"\nthe worker's CPU for one proposal of {MOST_WINDOWS} windows, nothing searched for")
    print(f"    the first {SOME}                {first:8.1f} ms")
    print(f"    the last {SOME} of {MOST_PROPOSALS}          {last:8.1f} ms")
    return last <= GOAL


if __name__ == "__main__":
    code = 0 if asyncio.run(bench()) else 1
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
