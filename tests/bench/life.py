"""`make bench`: what a ticket's whole life costs, against the least it could cost.

`python -m tests.bench.life [--quick]`. One run, one Temporal server, one Postgres, both durable.
Three parties take turns, round after round, so that the noise of the machine falls on all alike:

    ours     `python -m workers` and `python -m workers relay`, as in production
    floor    a bare, unsandboxed workflow that receives the same messages, sets the same timers and
             makes only the calls that must leave it (tests/bench/floor.py says which); and a bare
             sender that tells the same people
    hasty    the same floor without our guarantee: what it does may run for what never was

Quote the ratios: seconds and milliseconds are this machine's on this day.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from temporalio.client import Client

from temporal.client import connect
from temporal.ids import billing_workflow
from temporal.queues import TICKETS
from temporal.sealing import IntakeKeyring
from tests.bench import floor
from tests.bench.accept import accepting
from tests.bench.drive import Party
from tests.bench.history import Trace, traces
from tests.bench.servers import Servers, cpu_of, relay_of, servers
from tests.bench.table import Round, print_accept, print_histories, print_lives

FOLDER = Path(".local/bench")
AT_ONCE = 10
SAMPLE = 8
BEGAN = time.monotonic()


def say(words: str) -> None:
    """Progress, with the seconds since the start."""
    print(f"[{time.monotonic() - BEGAN:5.1f}s] {words}", flush=True)


async def bench(warm: int, tickets: int, cycles: int, starts: int, budget: float) -> None:
    """Everything, then the table."""
    say("starting Postgres, Temporal and the workers")
    async with servers(FOLDER) as house:
        await house.start_workers()
        ours = await connect(house.temporal.address, "default")
        bare = await Client.connect(house.temporal.address)
        keys = house.home.folder("intake-keys")
        parties = [
            Party("ours", ours, TICKETS, house.database("ours"), keys),
            Party("floor", bare, floor.SURE, house.database("floor"), keys),
            Party("hasty", bare, floor.HASTY, house.database("hasty"), keys),
        ]
        say("warming up")
        for party in parties:
            await party.round(warm, AT_ONCE)
            party.lives.clear()
        rounds, ids = await _rounds(house, parties, tickets, cycles, budget)
        say(f"reading {SAMPLE} histories of each")
        read = {p.name: await _traces(bare, p, ids[p.name]) for p in parties if p.name != "hasty"}
        await house.stop_workers()
        say(f"filing {starts} tickets over HTTP, in turn with {starts} bare starts")
        url = await house.start_api()
        token = house.issuer.token("customer")
        filed, started = await accepting(bare, url, token, IntakeKeyring(keys), starts)
        say("done; stopping")
    print_lives(rounds, {p.name: p.lives for p in parties}, AT_ONCE)
    print_accept(filed, started)
    print_histories(read)


async def _rounds(
    house: Servers, parties: Sequence[Party], tickets: int, cycles: int, budget: float
) -> tuple[list[Round], dict[str, list[str]]]:
    rounds: list[Round] = []
    ids: dict[str, list[str]] = {party.name: [] for party in parties}
    until = time.monotonic() + budget
    for cycle in range(cycles):
        began = time.monotonic()
        for party in parties if cycle % 2 == 0 else parties[::-1]:
            before = _used(house, party)
            seconds, lived = await party.round(tickets, AT_ONCE)
            await asyncio.sleep(0.3)
            used = {name: s - before[name] for name, s in _used(house, party).items()}
            rounds.append(Round(party.name, tickets, seconds, used))
            ids[party.name] += lived
            say(f"cycle {cycle + 1}, {party.name}: {tickets / seconds:.1f} tickets/s")
        if time.monotonic() + (time.monotonic() - began) > until:
            break
    return rounds, ids


def _used(house: Servers, party: Party) -> dict[str, float]:
    return {
        "server": house.cpu("temporal"),
        "worker": house.cpu(party.name),
        "relay": house.cpu(relay_of(party.name)),
        "postgres": house.cpu("postgres"),
        "client": cpu_of(os.getpid()) - _children(house),
    }


def _children(house: Servers) -> float:
    return sum(house.cpu(name) for name in house.running)


async def _traces(client: Client, party: Party, ids: list[str]) -> tuple[Trace, Trace]:
    chosen = [party.workflow_id(ticket_id) for ticket_id in ids[-SAMPLE:]]
    if party.name == "floor":
        return await traces(client, chosen, [f"billing-{t}" for t in ids[-SAMPLE:]])
    return await traces(client, chosen, [billing_workflow(t, 1) for t in ids[-SAMPLE:]])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.life")
    parser.add_argument("--quick", action="store_true", help="a rougher answer within a minute")
    if parser.parse_args().quick:
        asyncio.run(bench(warm=10, tickets=20, cycles=2, starts=100, budget=24))
    else:
        asyncio.run(bench(warm=20, tickets=60, cycles=6, starts=400, budget=150))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(0)
