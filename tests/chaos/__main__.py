"""`python -m tests.chaos`: kill and freeze the house while people use it, then check everything.

Exit code 1 if a check is broken, or a failpoint killed too rarely.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from random import SystemRandom

from temporal.failpoints import Failpoint
from tests.chaos.faults import SHORT, Weather
from tests.chaos.report import is_well, report
from tests.chaos.run import Order, run
from tests.chaos.stories import POINTS


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--kills", type=int, default=300, help="at failpoints, at least")
    parser.add_argument("--tickets", type=int, default=1000, help="of people, beside the kills'")
    parser.add_argument("--faults", type=int, default=75, help="kills, freezes and restarts")
    parser.add_argument("--least", type=int, default=3, help="kills at each failpoint")
    parser.add_argument(
        "--only",
        default=",".join(dict.fromkeys(p.partition(".")[0] for p in POINTS)),
        help="the failpoints to die at: what is done there, with commas between (replace,follow)",
    )
    parser.add_argument("--folder", type=Path, default=Path(".local/chaos"))
    parser.add_argument(
        "--short", action="store_true", help="short freezes, and a dozen chosen kills at most"
    )
    told = parser.parse_args()
    order = Order(
        *(told.seed, told.kills, told.tickets, told.faults, told.folder),
        least=0 if told.short else told.least,
        weather=SHORT if told.short else Weather(),
        only=_points(parser, told.only),
    )
    print(f"seed {order.seed}", flush=True)
    outcome = asyncio.run(run(order))
    for line in report(order, outcome):
        print(line)
    return 0 if is_well(order, outcome) else 1


def _points(parser: argparse.ArgumentParser, names: str) -> tuple[Failpoint, ...]:
    """Before and after what is named."""
    wanted = set(names.split(","))
    if unknown := wanted - {p.partition(".")[0] for p in POINTS}:
        parser.error(f"there is no such failpoint: {', '.join(sorted(unknown))}")
    return tuple(p for p in POINTS if p.partition(".")[0] in wanted)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
