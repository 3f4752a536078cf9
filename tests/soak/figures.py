"""What the calls of a run say about how the house answered."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.history import Outage
from tests.soak.history import Act, Op, Outcome

AFTERWARDS = 2.0
"""Seconds after a fault in which an answer may still be late."""
TRIES = 2
"""How often one may have to ask: once, and once more."""


@dataclass(frozen=True)
class Latency:
    """Of how many calls, in seconds."""

    calls: int
    p50: float
    p99: float
    most: float


@dataclass(frozen=True)
class Figures:
    """How often people knew after two tries, and how long answers took, everywhere and where there
    was no fault."""

    errands: int
    at_once: int
    filing: Latency
    reading: Latency
    calm_filing: Latency
    calm_reading: Latency

    @property
    def available(self) -> float:
        """The share of errands that had their answer after one try more at most."""
        return self.at_once / self.errands if self.errands else 0.0


def figures(ops: Sequence[Op], outages: Sequence[Outage], until: float) -> Figures:
    """Of a run, or of what was asked in it before `until`."""
    asked = [op for op in ops if op.at < until]
    filed = [op for op in asked if op.act is Act.FILE and op.outcome is not Outcome.FAIL]
    keys = {op.key for op in filed}
    soon = {op.key for op in filed if op.turn < TRIES and op.outcome is Outcome.OK}
    bad = stretches(outages)
    calm = [op for op in asked if not _overlaps(op, bad)]
    return Figures(
        errands=len(keys),
        at_once=len(soon),
        filing=_latency(asked, Act.FILE),
        reading=_latency(asked, Act.READ),
        calm_filing=_latency(calm, Act.FILE),
        calm_reading=_latency(calm, Act.READ),
    )


def stretches(outages: Sequence[Outage]) -> list[tuple[float, float]]:
    """From when to when some fault is felt, without overlaps."""
    found: list[tuple[float, float]] = []
    for outage in sorted(outages, key=lambda outage: outage.since):
        until = float("inf") if outage.until is None else outage.until + AFTERWARDS
        if found and outage.since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        else:
            found.append((outage.since, until))
    return found


def _overlaps(op: Op, bad: Sequence[tuple[float, float]]) -> bool:
    last = bisect_right(bad, op.until, key=lambda stretch: stretch[0])
    return last > 0 and bad[last - 1][1] >= op.at


def _latency(ops: Sequence[Op], act: Act) -> Latency:
    took = sorted(op.seconds for op in ops if op.act is act and op.outcome is Outcome.OK)
    if not took:
        return Latency(0, 0.0, 0.0, 0.0)
    return Latency(len(took), took[len(took) // 2], took[len(took) * 99 // 100], took[-1])
