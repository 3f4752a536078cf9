"""The closing lines of a run, and what makes it fail."""

from collections import Counter
from collections.abc import Iterator

from tests.soak.checker import MOST_NAMED
from tests.soak.figures import Figures, Latency, figures
from tests.soak.musts import never
from tests.soak.run import SAFETY, Order, Outcome

AVAILABLE = 0.999
LATE = 1.0
"""Seconds within which 99 of 100 accepts and reads are answered where there is no fault."""
ENOUGH = 100
"""Calls without which there is no 99th of a hundred to speak of."""


def told(outcome: Outcome) -> Figures:
    """The figures of the safety phase, or of all of it."""
    ends = [at for name, at in outcome.phases if name != SAFETY]
    history = outcome.history
    return figures(history.ops, history.outages, ends[0] if ends else history.now())


def faults_of(order: Order, outcome: Outcome) -> list[str]:
    """Why a run fails; nothing if it does not. How fast this machine is, is not among it."""
    found = []
    if not outcome.verdict.is_well:
        found.append(outcome.verdict.line())
    found += [f"never happened: {what}" for what in never(outcome.musts)]
    found += [f"{p}: killed {n} times of {order.least}" for p, n in outcome.too_rare.items()]
    found += [f"silent: {t} {why}" for t, why in list(outcome.silent.items())[:MOST_NAMED]]
    found += [f"{name}: {list(f.items())[:MOST_NAMED]}" for name, f in outcome.broken.items()]
    for name, waited in (
        ("drained", outcome.drained),
        ("swizzled", outcome.swizzled),
        ("lively", outcome.lively),
    ):
        if waited is not None and waited.seconds is None:
            left = ", ".join(f"{count} {what}" for what, count in waited.left.items())
            found.append(f"not {name} in time: left are {left}")
    return found


def last_line(order: Order, outcome: Outcome) -> str:
    """All of it in one line."""
    line, found = outcome.verdict.line(), faults_of(order, outcome)
    return line if not found or found[0] == line else f"BROKEN: {found[0]} ({line})"


def too_slow(outcome: Outcome) -> list[str]:
    """Which figures were not reached."""
    seen, found = told(outcome), []
    if seen.errands >= ENOUGH and seen.available < AVAILABLE:
        found.append(f"available {seen.available:.3%} of {AVAILABLE:.1%}")
    for name, latency in (("accept", seen.calm_filing), ("read", seen.calm_reading)):
        if latency.calls >= ENOUGH and latency.p99 > LATE:
            found.append(f"{name}: p99 {latency.p99:.2f} s of {LATE:.0f} s")
    return found


def report(order: Order, outcome: Outcome) -> Iterator[str]:
    """Faults, answers, figures, verdict."""
    kinds = Counter[str]()
    for (kind, _), count in outcome.faults.items():
        kinds[kind] += count
    yield f"seed {order.seed}: {sum(kinds.values())} faults: " + ", ".join(
        f"{count} x {kind}" for kind, count in sorted(kinds.items())
    )
    for kind, count in outcome.skipped.items():
        yield f"skipped: {count} x {kind}"
    if outcome.points:
        yield "failpoints: " + ", ".join(f"{n} x {p}" for p, n in sorted(outcome.points.items()))
    ops = outcome.history.ops
    answers = Counter(
        f"{op.act} {op.status} {op.code or ''}".strip() if op.status else f"{op.act} {op.error}"
        for op in ops
    )
    yield "answers: " + ", ".join(f"{count} x {what}" for what, count in answers.most_common())
    yield from _figures(told(outcome))
    for name, waited in (
        ("drained", outcome.drained),
        ("swizzled", outcome.swizzled),
        ("lively", outcome.lively),
    ):
        if waited is not None:
            yield f"{name} after {waited.seconds} s"
    yield from (f"happened {must.times} times: {must.what}" for must in outcome.musts)
    yield from outcome.verdict.named()
    yield from (f"BROKEN  {why}" for why in faults_of(order, outcome))
    yield from (f"SLOW    {why}" for why in too_slow(outcome))
    yield last_line(order, outcome)


def _figures(seen: Figures) -> Iterator[str]:
    yield f"available with one try more: {seen.available:.3%} of {seen.errands} errands"
    for name, latency in (
        ("accept", seen.filing),
        ("read", seen.reading),
        ("cancel", seen.cancelling),
        ("report from the field", seen.reporting),
        ("accept without a fault", seen.calm_filing),
        ("read without a fault", seen.calm_reading),
    ):
        yield f"{name}: {_seconds(latency)}"


def _seconds(latency: Latency) -> str:
    return (
        f"{latency.calls} calls, p50 {latency.p50 * 1000:.0f} ms, "
        f"p99 {latency.p99 * 1000:.0f} ms, most {latency.most * 1000:.0f} ms"
    )
