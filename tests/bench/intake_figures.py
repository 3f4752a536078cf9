"""What `python -m tests.bench.intake` says: how far it is, and its figures, for a person."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.history import Op, Outcome


@dataclass(frozen=True)
class Figure:
    """A line of the table: what was seen, and the most, or the least, that it should be,
    if there is such a thing."""

    name: str
    seen: float
    goal: float | None
    unit: str
    at_least: bool = False

    @property
    def is_reached(self) -> bool:
        """Whether it is as good as it should be."""
        if self.goal is None:
            return True
        return self.seen >= self.goal if self.at_least else self.seen <= self.goal


def share(ops: Sequence[Op], part: float) -> float:
    """Milliseconds within which that part of them was answered; none, and it is for ever."""
    took = sorted(op.seconds for op in ops)
    return took[int(part * (len(took) - 1))] * 1000 if took else float("inf")


def statuses(ops: Sequence[Op]) -> str:
    """What was answered how often."""
    found = Counter(f"{op.status or op.error}{f' {op.code}' if op.code else ''}" for op in ops)
    return ", ".join(f"{what}: {times}" for what, times in found.most_common()) or "none"


def say(words: str) -> None:
    """How far it is."""
    print(f"{time.strftime('%H:%M:%S')} load {os.getloadavg()[0]:.1f}  {words}", flush=True)


def latencies(what: str, ops: Sequence[Op]) -> None:
    """What some calls were like."""
    p50, p95, p99, most = (share(ops, part) for part in (0.5, 0.95, 0.99, 1.0))
    times = f"p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f}, most {most:.0f} ms"
    say(f"{what}: {len(ops)} calls, {times}; {statuses(ops)}")


def refused(ops: Sequence[Op]) -> list[Op]:
    """Those that were not done: pushed back, or without an answer."""
    return [op for op in ops if op.outcome is not Outcome.OK]


def print_figures(figures: Sequence[Figure]) -> None:
    """The table."""
    print(f"\n{'':58}{'seen':>9}{'':10}goal")
    for it in figures:
        sign = "" if it.is_reached else "  missed"
        goal = "" if it.goal is None else f"{'≥' if it.at_least else '≤'} {it.goal:,.0f}"
        print(f"{it.name:58}{it.seen:9,.1f} {it.unit:9}{goal}{sign}")
