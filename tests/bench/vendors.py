"""What it costs a customer that one of those whom we call is away, hangs or raves.

`python -m tests.bench.vendors [--quick]`. Tickets are filed and read, one by one, in turn with all
well and without one of them: `POST /v1/tickets` and `GET /v1/tickets/{id}`. House, API and those
whom they call are of this process, so only the ratios say something.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
from temporalio.testing import WorkflowEnvironment

from temporal.client import connect
from tests.api.http.vendors import Market, market
from tests.bench.servers import servers
from tests.house import days

FOLDER = Path(".local/bench-vendors")
FAULTS = ("stop", "hang", "rave")
GOAL = 2.0
"""How many times as long as with all well, at the 95th percentile."""
ROUNDS = 4


async def bench(times: int) -> bool:
    """Every vendor and fault on fresh servers; whether every goal was reached."""
    async with servers(FOLDER) as made:
        client = await connect(made.temporal.address, "default")
        environment = WorkflowEnvironment.from_client(client)
        async with market(environment, made.database("ours"), made.home.folder("house")) as town:
            await measured(town, times)
            found = {
                f"{name} {fault}": await hindered(town, name, fault, times)
                for name in town.vendors
                for fault in FAULTS
            }
    print(f"\nmilliseconds, p95 of {times * ROUNDS}      filing: well  without  ratio", end="")
    print("   reading: well  without  ratio")
    worst = 0.0
    for what, (filing, reading) in found.items():
        worst = max(worst, filing[1] / filing[0], reading[1] / reading[0])
        print(f"{what:36}{_row(filing)}{'':10}{_row(reading)}")
    print(f"\nthe worst ratio is {worst:.2f}; goal <= {GOAL}")
    return worst <= GOAL


Pair = tuple[float, float]


async def hindered(town: Market, name: str, fault: str, times: int) -> tuple[Pair, Pair]:
    """The 95th percentiles of filing and reading, with all well and without one of them."""
    well: list[Pair] = []
    without: list[Pair] = []
    for _ in range(ROUNDS):
        well += await measured(town, times)
        await getattr(town.vendors[name], fault)()
        try:
            without += await measured(town, times)
        finally:
            await town.vendors[name].recover()
    filing = (_p95([one[0] for one in well]), _p95([one[0] for one in without]))
    return filing, (_p95([one[1] for one in well]), _p95([one[1] for one in without]))


async def measured(town: Market, times: int) -> list[Pair]:
    """Seconds of filing and of reading one ticket after the other."""
    took = []
    for number in range(times):
        began = time.perf_counter()
        filed = await town.file(slots=days(10 + number % 20, 1))
        between = time.perf_counter()
        assert filed.status_code == 201, filed.text
        read = await town.read(filed.json()["id"])
        assert read.status_code == 200, read.text
        took.append((between - began, time.perf_counter() - between))
    return took


def _p95(seconds: Sequence[float]) -> float:
    return sorted(seconds)[len(seconds) * 95 // 100]


def _row(pair: Pair) -> str:
    return f"{pair[0] * 1000:8.1f}{pair[1] * 1000:9.1f}{pair[1] / pair[0]:7.2f}"


def main() -> int:
    """The command line."""
    # What a house logs that is hindered would be work for those who are measured.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    parser = argparse.ArgumentParser(prog="python -m tests.bench.vendors")
    parser.add_argument("--quick", action="store_true", help="a rougher answer within a minute")
    return 0 if asyncio.run(bench(5 if parser.parse_args().quick else 15)) else 1


if __name__ == "__main__":
    sys.exit(main())
