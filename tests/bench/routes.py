"""How long it takes to put a day's stops in order: eight errands among visits, and forty stops.

Run `python -m tests.bench.routes [days per kind]`. The figures are milliseconds for one day. Days
are drawn as in the tests: tight ones, on which somebody is late whatever the order, among them.
"""

import sys
from random import Random
from statistics import median
from time import process_time

from models.rules.people.ordering import MOST_EXACT, ordered
from models.rules.people.passing import Round
from tests.models.rules.people.roads import drawn

DAYS = 100
VISITS = (0, 2, 4, 6)
WIDTHS = {"a town, 5 km": 5.0, "a city, 20 km": 20.0, "a county, 60 km": 60.0}
GOAL = 50
"""Milliseconds for eight errands."""


def measured(task: Round) -> float:
    """Milliseconds of the processor, which others may want too, for one day."""
    begun = process_time()
    ordered(task)
    return (process_time() - begun) * 1000


def line(title: str, times: list[float]) -> None:
    """Of a kind of days: the median, all but one in twenty, the worst; how many in time."""
    times.sort()
    p95 = times[int(0.95 * (len(times) - 1))]
    within = sum(time <= GOAL for time in times)
    print(f"{title:44}{median(times):9.1f}{p95:9.1f}{times[-1]:9.1f}   {within} of {len(times)}")


def main(days: int) -> None:
    """Print the table."""
    print(f"{'ms a day':44}{'p50':>9}{'p95':>9}{'max':>9}   within {GOAL} ms")
    for visits in VISITS:
        for name, width in WIDTHS.items():
            chance = Random(visits)
            times = [measured(drawn(chance, visits, MOST_EXACT, width)) for _ in range(days)]
            line(f"{MOST_EXACT} errands, {visits} visits, {name}", times)
    for visits in (0, 10, 20):
        chance = Random(visits)
        times = [measured(drawn(chance, visits, 40 - visits)) for _ in range(max(1, days // 10))]
        line(f"{40 - visits} errands, {visits} visits, not exact", times)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else DAYS)
