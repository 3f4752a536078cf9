"""What the command log costs a customer who waits for a receipt.

`python -m tests.bench.logged [--quick]`. One run, in turn: `POST /tickets` at an API that logs its
commands, at one that does not, and on the same disk the log alone, by which somebody waits for its
thread, and one write with its fsync. Nobody works on what is accepted.
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

from models.db.intake.command_file import CommandFile
from models.db.intake.command_log import CommandLog
from models.intake.command import CommandKind, LoggedCommand
from temporal.sealing import IntakeKeyring
from tests.bench.accept import BREATH, Desk
from tests.bench.script import FRIDGE, WORDS, Script
from tests.bench.servers import Servers, servers
from tests.ports import free_port
from workers.stack.ports import HOST
from workers.stack.process import answering

FOLDER = Path(".local/bench-logged")
WARM = 30
ROWS = (
    ("logged", "POST, commands logged"),
    ("unlogged", "POST, not logged"),
    ("append", "append to the log"),
    ("write", "of that one write with fsync"),
)


async def start_unlogged(house: Servers) -> str:
    """The API without its log; its address."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    program = house.program("ours", "tests.bench.unlogged", name="unlogged")
    told = {**program.environment, "API_PORT": str(port), "API_PUBLIC_URL": url}
    await house.start(answering(replace(program, environment=told), f"{url}/readyz"))
    return url


def filing(script: Script) -> LoggedCommand:
    """The start of a ticket."""
    return LoggedCommand(
        kind=CommandKind.START,
        workflow_id=script.id,
        name="Ticket",
        update_id="start",
        argument=script.opened().model_dump_json(),
        logged_at=datetime.now(UTC),
    )


async def write(file: CommandFile, script: Script) -> float:
    """Seconds of one commit: the command before is struck out, one is added."""
    command, before = filing(script), [command.id for command in file.commands()]
    began = time.perf_counter()
    file.write([command], before)
    return time.perf_counter() - began


async def append(log: CommandLog, script: Script) -> float:
    """Seconds until the start of a ticket is on the disk."""
    command = filing(script)
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
        file = CommandFile.take(house.home.folder("bench-file") / "commands-0.db")
        assert file, "nobody else has it"
        file.make_room()
        seconds: dict[str, list[float]] = {name: [] for name, _ in ROWS}
        for number in range(-WARM, times):
            script = Script(abs(number), keyring)
            slots = script.opened().model_dump(mode="json")["slots"]
            body = json.dumps({"description": WORDS, "model_id": FRIDGE, "slots": slots}).encode()
            ways = [
                ("logged", partial(asyncio.to_thread, logged.file, body)),
                ("unlogged", partial(asyncio.to_thread, unlogged.file, body)),
                ("append", partial(append, log, script)),
                ("write", partial(write, file, script)),
            ]
            for step in range(len(ways)):
                name, way = ways[(number + step) % len(ways)]
                took = await way()
                if number >= 0:
                    seconds[name].append(took)
                await asyncio.sleep(BREATH)
        log.close()
        file.close()
    show(seconds)


def show(seconds: Mapping[str, Sequence[float]]) -> None:
    """The figures, as a person reads them."""
    print(f"\nAccepting a ticket, {len(seconds['logged'])} of each in turn, no worker running\n")
    print(f"{'':30}{'p50 ms':>9}{'p99 ms':>9}")
    for name, title in ROWS:
        in_order = sorted(seconds[name])
        p99 = in_order[int(0.99 * (len(in_order) - 1))]
        print(f"{title:30}{median(in_order) * 1000:9.2f}{p99 * 1000:9.2f}")
    share = median(seconds["write"]) / median(seconds["logged"])
    print(f"\nThe fsync's share of a receipt's p50: {share:.1%}; to reach: 10 % or less\n")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.logged")
    parser.add_argument("--quick", action="store_true", help="a look, in half a minute")
    asyncio.run(bench(150 if parser.parse_args().quick else 800))


if __name__ == "__main__":
    main()
