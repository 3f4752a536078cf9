"""`python -m tests.cluster`: build the production Temporal server that docker-compose names, start
it with two processes of each role on a Postgres server, and our programs on it, two of each; tell
one ticket's story, and stay up until Ctrl-C. Needs Go on the PATH.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from tests.cluster.built import built
from tests.cluster.stand import Size, Stand
from workers.stack.console import Console
from workers.stack.home import Home
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import install


async def live(stand: Stand, *, stay: bool) -> int:
    """Start, tell the story, and stay if asked to; the story's verdict."""
    asked = asyncio.Event()
    install(asked, stand.supervisor)
    try:
        await stand.start()
        verdict = await stand.tell_story()
        if stay:
            stand.console.say("cluster", f"APIs {' '.join(stand.api_urls)}")
            stand.console.say("cluster", f"Temporal {stand.temporal_address}; up until Ctrl-C")
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
    told = parser.parse_args()
    try:
        with Home(told.folder / "home") as home:
            size = Size(told.sites, told.apis, told.workers, told.relays)
            made = built(told.folder.absolute() / "server")
            return asyncio.run(live(Stand(home, Console(), made, size), stay=not told.demo))
    except CannotStart as refusal:
        print(f"cannot start: {refusal}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads can abort the interpreter while it shuts down.
    os._exit(status)
