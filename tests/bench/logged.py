"""What the command log costs a customer who waits for his receipt.

`python -m tests.bench.logged [--quick]`. One run, in turn: `POST /tickets` at an API that logs its
commands, at one that does not, and the log alone on the same disk, one command and its fsync at a
time. Nobody works on what is accepted.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from models.command import CommandKind, LoggedCommand
from models.db.command_log import CommandLog
from temporal.sealing import IntakeKeyring
from tests.bench.accept import BREATH, Desk
from tests.bench.script import FRIDGE, WORDS, Script
from tests.bench.servers import Servers, servers
from tests.ports import free_port
from workers.stack.ports import HOST
from workers.stack.process import answering

FOLDER = Path(".local/bench-logged")
WARM = 30


async def start_unlogged(house: Servers) -> str:
    """The API without its log; its address."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    program = house.program("ours", "tests.bench.unlogged", name="unlogged")
    told = {**program.environment, "API_PORT": str(port), "API_PUBLIC_URL": url}
    await house.start(answering(replace(program, environment=told), f"{url}/readyz"))
    return url


async def append(log: CommandLog, script: Script) -> float:
    """Seconds until the start of a ticket is on the disk."""
    command = LoggedCommand(
        kind=CommandKind.START,
        workflow_id=script.id,
        name="Ticket",
        update_id="start",
        argument=script.opened().model_dump_json(),
        logged_at=datetime.now(UTC),
    )
    began = time.perf_counter()
    await log.append(command)
    took = time.perf_counter() - began
    log.settle(command.id)
    return took


async def bench(times: int) -> None:
    """Measure and print."""
    async with servers(FOLDER) as house:
        token = house.issuer.token("customer")
        logged = Desk(await house.start_api(), token)
        unlogged = Desk(await start_unlogged(house), token)
        keyring = IntakeKeyring(house.home.folder("intake-keys"))
        log = CommandLog(house.home.folder("bench-log"))
        seconds: dict[str, list[float]] = {"logged": [], "unlogged": [], "append": []}
        for number in range(-WARM, times):
            script = Script(abs(number), keyring)
            slots = script.opened().model_dump(mode="json")["slots"]
            body = json.dumps({"description": WORDS, "model_id": FRIDGE, "slots": slots}).encode()
            ways = [
                ("logged", partial(asyncio.to_thread, logged.file, body)),
                ("unlogged", partial(asyncio.to_thread, unlogged.file, body)),
                ("append", partial(append, log, script)),
            ]
            for step in range(len(ways)):
                name, way = ways[(number + step) % len(ways)]
                took = await way()
                if number >= 0:
                    seconds[name].append(took)
                await asyncio.sleep(BREATH)
        log.close()
    show(seconds)


def show(seconds: Mapping[str, Sequence[float]]) -> None:
    """The figures, as a person reads them."""
    print(f"\nAccepting a ticket, {len(seconds['logged'])} of each in turn, no worker running\n")
    print(f"{'':28}{'p50 ms':>9}{'p99 ms':>9}")
    for name, title in (
        ("logged", "POST, commands logged"),
        ("unlogged", "POST, not logged"),
        ("append", "the log alone, with fsync"),
    ):
        in_order = sorted(seconds[name])
        p99 = in_order[int(0.99 * (len(in_order) - 1))]
        print(f"{title:28}{median(in_order) * 1000:9.2f}{p99 * 1000:9.2f}")
    share = median(seconds["append"]) / median(seconds["logged"])
    print(f"\nThe log's share of a receipt's p50: {share:.1%}; to reach: 10 % or less\n")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.logged")
    parser.add_argument("--quick", action="store_true", help="a look, in half a minute")
    asyncio.run(bench(150 if parser.parse_args().quick else 800))


if __name__ == "__main__":
    main()
