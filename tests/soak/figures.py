"""What the calls of a run say about how the house answered."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from tests.chaos.history import Outage
from tests.soak.callers import PATIENCE
from tests.soak.history import Act, Op, Outcome, refused
from tests.soak.weather import Kind

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
    cancelling: Latency
    reporting: Latency
    calm_filing: Latency
    calm_reading: Latency

    @property
    def available(self) -> float:
        """The share of errands that had their answer after one try more at most."""
        return self.at_once / self.errands if self.errands else 0.0


def figures(ops: Sequence[Op], outages: Sequence[Outage], until: float) -> Figures:
    """Of what was begun before `until`; of how often people knew, those excepted who came while
    the whole machine had no power. Whoever is refused their own words does not know."""
    asked = [op for op in ops if op.at < until]
    filed = [op for op in ops if op.act is Act.FILE and op.outcome is not Outcome.FAIL]
    in_vain = refused(ops)
    began: dict[str, float] = {}
    for op in (*filed, *in_vain):
        began[op.key] = min(op.at, began.get(op.key, op.at))
    dark = _dark(outages)
    keys = {
        key
        for key, at in began.items()
        if at < until and not any(since <= at <= back for since, back in dark)
    }
    soon = {op.key for op in filed if op.turn < TRIES and op.outcome is Outcome.OK} & keys
    soon -= {op.key for op in in_vain}
    bad = stretches(outages)
    calm = [op for op in asked if not _overlaps(op, bad)]
    return Figures(
        errands=len(keys),
        at_once=len(soon),
        filing=_latency(asked, Act.FILE),
        reading=_latency(asked, Act.READ),
        cancelling=_latency(asked, Act.CANCEL),
        reporting=_latency(asked, Act.REPORT),
        calm_filing=_latency(calm, Act.FILE),
        calm_reading=_latency(calm, Act.READ),
    )


def _dark(outages: Sequence[Outage]) -> list[tuple[float, float]]:
    """From some moments before a power cut, when who asks waits over it, to when all are back."""
    found = []
    for cut in outages:
        if cut.kind == Kind.POWER_CUT:
            others = [o.until or inf for o in outages if o.overlaps(cut.since, cut.until or inf)]
            found.append((cut.since - PATIENCE, max(others) + AFTERWARDS))
    return found


def stretches(outages: Sequence[Outage]) -> list[tuple[float, float]]:
    """From when to when some fault is felt, without overlaps."""
    found: list[tuple[float, float]] = []
    for outage in sorted(outages, key=lambda outage: outage.since):
        until = inf if outage.until is None else outage.until + AFTERWARDS
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
