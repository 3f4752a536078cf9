"""`python -m tests.soak`: kill, freeze, cut off and fill up a house of two each while people file
tickets, and count what is left.

Exit code 1 unless nothing is lost, doubled, altered or invented, and everything happened that must.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from random import SystemRandom

from tests.soak.disk import why_not
from tests.soak.house import Elsewhere
from tests.soak.page import page
from tests.soak.report import faults_of, report
from tests.soak.run import PHASES, Order, run
from tests.soak.weather import Weather

SHORT_SOAK = 10.0
"""Minutes below which a run has fewer rounds of everything."""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--minutes", type=float, default=63.0, help="of the safety phase")
    parser.add_argument("--rate", type=float, default=8.0, help="tickets a second in it")
    parser.add_argument("--faults", type=int, help="5 a minute, and 15 up to 300")
    parser.add_argument("--phases", default=",".join(PHASES), help="with commas between")
    parser.add_argument("--rounds", type=int, help="of freezing everybody; 50 in a long run")
    parser.add_argument("--machine", type=int, help="power cuts and full disks, so many of each")
    parser.add_argument("--folder", type=Path, default=Path(".local/soak"))
    parser.add_argument(
        "--temporal", help="address of a Temporal service that is not ours to start"
    )
    parser.add_argument("--namespace", default="default", help="ours there")
    parser.add_argument("--temporal-fault", help="does a fault there: KIND begin|end is appended")
    told = parser.parse_args()
    if unknown := set(told.phases.split(",")) - set(PHASES):
        parser.error(f"there is no such phase: {', '.join(sorted(unknown))}")
    order = _order(told)
    print(f"seed {order.seed}", flush=True)
    # Whoever is told to end takes down what it has mounted and started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    outcome = asyncio.run(run(order))
    at = page(order, outcome, order.folder / "soak.html")
    for line in report(order, outcome):
        print(line)
    print(f"history in {outcome.history.path}, a picture in {at}")
    return 1 if faults_of(order, outcome) else 0


def _faults(minutes: float) -> int:
    return round(max(5 * minutes, min(15 * minutes, 300)))


def _order(told: argparse.Namespace) -> Order:
    long = told.minutes >= SHORT_SOAK
    if told.machine is None:
        told.machine = 3 if long else 1
        if why := why_not():
            print(f"no power cut and no full disk: {why}", flush=True)
            told.machine = 0
    return Order(
        seed=told.seed,
        minutes=told.minutes,
        rate=told.rate,
        folder=told.folder,
        faults=_faults(told.minutes) if told.faults is None else told.faults,
        weather=Weather(),
        phases=tuple(told.phases.split(",")),
        rounds=(50 if long else 10) if told.rounds is None else told.rounds,
        machine=told.machine,
        elsewhere=Elsewhere(told.temporal, told.namespace) if told.temporal else None,
        command=told.temporal_fault,
    )


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
