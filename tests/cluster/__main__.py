"""`python -m tests.cluster`: build the production Temporal server that docker-compose names, start
it with two processes of each role on a Postgres server, and our programs on it, two of each; tell
one ticket's story, and stay up until Ctrl-C. Needs Go on the PATH.

With `--engine PORT` it is a Temporal cluster that is new and alone, for whoever brings programs of
their own; `--kill-every SECONDS` kills one of its processes that often.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from random import Random

from tests.cluster.built import built
from tests.cluster.stand import Size, Stand
from tests.contracts.compose import SERVICES
from workers.stack.console import Console
from workers.stack.home import Home
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import install

NAMESPACE = SERVICES["temporal-namespace"]["environment"]["TEMPORAL_NAMESPACE"]


async def serve(stand: Stand, every: float, seed: int) -> int:
    """The engine alone, until Ctrl-C."""
    asked = asyncio.Event()
    install(asked, stand.supervisor)
    try:
        await stand.engine.start(stand.supervisor)
        stand.console.say("cluster", f"Temporal {stand.engine.address}, namespace {NAMESPACE}")
        kills = stand.engine.kill(stand.supervisor, every, Random(seed)) if every else asked.wait()
        await asyncio.wait(
            {asyncio.create_task(kills), asyncio.create_task(asked.wait())},
            return_when=asyncio.FIRST_COMPLETED,
        )
        return 0
    finally:
        await stand.stop()


async def live(stand: Stand, *, stay: bool) -> int:
    """Start, tell the story, and stay if asked to; the story's verdict."""
    asked = asyncio.Event()
    install(asked, stand.supervisor)
    try:
        await stand.start()
        verdict = await stand.tell_story()
        if stay:
            stand.console.say("cluster", f"APIs {' '.join(stand.api_urls)}")
            stand.console.say("cluster", f"Temporal {stand.engine.address}; up until Ctrl-C")
            await asked.wait()
        return verdict
    finally:
        await stand.stop()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="end with the story's verdict")
    parser.add_argument("--folder", type=Path, default=Path(".local/cluster"))
    parser.add_argument("--sites", type=int, choices=(1, 2), default=2)
    for name in ("apis", "workers", "relays"):
        parser.add_argument(f"--{name}", type=int, default=2)
    parser.add_argument("--engine", type=int, metavar="PORT", default=0)
    parser.add_argument("--kill-every", type=float, metavar="SECONDS", default=0.0)
    parser.add_argument("--seed", type=int, default=1, help="of whom is killed")
    told = parser.parse_args()
    try:
        with Home(told.folder / "home") as home:
            size = Size(told.sites, told.apis, told.workers, told.relays)
            made = built(told.folder.absolute() / "server")
            if told.engine:
                home.empty()
            stand = Stand(home, Console(), made, size, told.engine)
            if told.engine:
                return asyncio.run(serve(stand, told.kill_every, told.seed))
            return asyncio.run(live(stand, stay=not told.demo))
    except CannotStart as refusal:
        print(f"cannot start: {refusal}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads can abort the interpreter while it shuts down.
    os._exit(status)
