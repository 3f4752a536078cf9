"""What an order of stops costs: seconds on the road, and seconds late (docs/rules/routes.md, The
order)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Halt(NamedTuple):
    """A stop, in seconds: how long it lasts, before when it does not begin, after when it begins
    late. Seconds count from any one moment."""

    lasts: int
    opens: int
    closes: int


class Round(NamedTuple):
    """A day's way from an origin over every stop and home.

    Attributes:
        sets_out: when it begins, in seconds.
        ways: seconds from each place to each: the origin, the booked stops, the free ones, home.
        booked: stops whose order is theirs.
        free: stops that are put where it costs least.
    """

    sets_out: int
    ways: Sequence[Sequence[int]]
    booked: Sequence[Halt]
    free: Sequence[Halt]

    @property
    def halts(self) -> tuple[Halt, ...]:
        """Every stop, by its place in `ways` less one."""
        return (*self.booked, *self.free)

    @property
    def home(self) -> int:
        """The place of home in `ways`."""
        return len(self.booked) + len(self.free) + 1


class Passage(NamedTuple):
    """How a stop is passed, in seconds."""

    place: int
    travel: int
    arrives: int
    begins: int
    leaves: int
    late: int


def passed(task: Round, order: Sequence[int]) -> Iterator[Passage]:
    """The stops in an order, each by its place in `ways`. Whoever is early waits; whoever is late
    begins at once, and lasts as long."""
    here, now, halts = 0, task.sets_out, task.halts
    for there in order:
        lasts, opens, closes = halts[there - 1]
        travel = task.ways[here][there]
        arrives = now + travel
        begins = max(arrives, opens)
        now = begins + lasts
        yield Passage(there, travel, arrives, begins, now, max(0, begins - closes))
        here = there


def cost(task: Round, order: Sequence[int]) -> int:
    """Seconds of travel and lateness together, the way home included."""
    # As `passed` has it; this is asked ten thousand times.
    ways, halts = task.ways, task.halts
    here, now, total = 0, task.sets_out, 0
    for there in order:
        lasts, opens, closes = halts[there - 1]
        travel = ways[here][there]
        now += travel
        if now < opens:
            now = opens
        total += travel + (now - closes if now > closes else 0)
        now += lasts
        here = there
    return total + ways[here][task.home]
