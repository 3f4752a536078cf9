"""Days on the road, drawn and brute: every order of their stops is tried."""

from collections.abc import Iterator, Sequence
from random import Random

from models.rules.people.passing import Halt, Round, cost

HOUR, QUARTER = 3600, 900
NEVER_LATE = 24 * HOUR


def way(a: tuple[float, float], b: tuple[float, float]) -> int:
    """Seconds between two points in kilometres, as the great circle has it."""
    km = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
    return 0 if a == b else max(15, int(km * 1.4 / 40 * 60 + 0.999)) * 60


def drawn(chance: Random, booked: int, free: int, width: float = 40.0) -> Round:
    """A day: some points in a square, visits one after the other, errands with and without
    windows; now and then nobody can be in time, or a way is longer than the detour."""
    points = [
        (chance.uniform(0, width), chance.uniform(0, width)) for _ in range(booked + free + 2)
    ]
    ways = [[way(a, b) for b in points] for a in points]
    for _ in range(chance.choice((0, 0, 3))):
        a, b = chance.randrange(len(points)), chance.randrange(len(points))
        ways[a][b] += chance.randrange(0, 8) * QUARTER if a != b else 0
    halts, now = [], 0
    for at in range(booked):
        now += ways[at][at + 1] * chance.choice((0, 1, 1, 2)) + chance.randrange(0, 9) * QUARTER
        halts.append(Halt(HOUR, now, now))
        now += HOUR
    errands = []
    for _ in range(free):
        lasts = chance.choice((QUARTER, 2 * QUARTER, 4 * QUARTER))
        opens = chance.choice((0, 0, chance.randrange(0, 40) * QUARTER))
        closes = opens + chance.randrange(0, 12) * QUARTER if opens else NEVER_LATE - lasts
        errands.append(Halt(lasts, opens, closes))
    return Round(0, ways, halts, errands)


def every_order(booked: int, free: int) -> Iterator[tuple[int, ...]]:
    """Every order of some stops in which the booked ones keep theirs."""

    def onward(order: tuple[int, ...], kept: int, left: Sequence[int]) -> Iterator[tuple[int, ...]]:
        if kept == booked and not left:
            yield order
        if kept < booked:
            yield from onward((*order, kept + 1), kept + 1, left)
        for stop in left:
            yield from onward((*order, stop), kept, [other for other in left if other != stop])

    yield from onward((), 0, range(booked + 1, booked + free + 1))


def literal(task: Round) -> int:
    """What the best of all orders costs."""
    return min(cost(task, order) for order in every_order(len(task.booked), len(task.free)))
