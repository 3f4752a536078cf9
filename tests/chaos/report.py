"""The closing table of a run."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.answers import worst
from tests.chaos.faults import KINDS
from tests.chaos.kills import VICTIMS
from tests.chaos.run import Order, Outcome
from tests.chaos.stand import PROGRAMS
from tests.chaos.verdict import line


def report(order: Order, outcome: Outcome) -> Iterator[str]:
    """Kills, faults, answers, checks; a line each."""
    yield f"seed {order.seed}; history in {outcome.history.path}"
    yield from _kills(order, outcome)
    yield from _faults(outcome)
    yield from _answers(outcome)
    for name, (about, found) in outcome.verdicts.items():
        yield line(name, about, found)


def is_well(order: Order, outcome: Outcome) -> bool:
    """Whether every check holds and every point was come by."""
    return not too_rare(order, outcome) and not any(f for _, f in outcome.verdicts.values())


def too_rare(order: Order, outcome: Outcome) -> dict[str, int]:
    """The failpoints at which too few died."""
    at = Counter[str]()
    for (point, _), count in outcome.kills.items():
        at[point] += count
    return {p: at[p] for p in order.only if order.kills and at[p] < order.least}


def _kills(order: Order, outcome: Outcome) -> Iterator[str]:
    if not order.kills:
        return
    names = ["+".join(victims) for victims in VICTIMS]
    heads = [*(n if "+" not in n else "all" for n in names), "sum", "reached"]
    yield f"{'kills':<18}" + "".join(f"{head:>10}" for head in heads)
    rare = too_rare(order, outcome)
    for point in order.only:
        counts = [outcome.kills[point, name] for name in names]
        row = "".join(f"{n:>10}" for n in (*counts, sum(counts), outcome.hits[point]))
        yield f"{point:<18}{row}" + ("   TOO RARE" if point in rare else "")
    yield f"{'':<18}{'':>50}{outcome.kills.total():>10}"
    for missed in outcome.missed:
        yield f"not come by: {missed}"
    if rare:
        yield f"BROKEN  points    each failpoint kills {order.least} times: {', '.join(rare)}"


def _faults(outcome: Outcome) -> Iterator[str]:
    yield f"{'faults':<18}" + "".join(f"{program:>10}" for program in PROGRAMS)
    for kind in KINDS:
        row = "".join(f"{outcome.faults[kind, program]:>10}" for program in PROGRAMS)
        yield f"{kind:<18}{row}"


def _answers(outcome: Outcome) -> Iterator[str]:
    calls = outcome.history.calls
    told = Counter(str(c.status) if c.status else f"none ({c.error})" for c in calls)
    kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(told.items()))
    yield f"{outcome.lives} tickets of people, {len(calls)} calls: {kinds}"
    codes = Counter(f"{c.status} {c.code}" for c in calls if c.code)
    yield "refusals: " + ", ".join(f"{n} x {code}" for code, n in codes.most_common())
    if (slow := worst(outcome.history)) is not None:
        yield f"worst answer: {slow.seconds:.2f} s, {slow.method} {slow.path} at {slow.at:.1f} s"
