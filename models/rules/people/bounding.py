"""What the rest of a day's way costs at the least, from wherever one is in it
(docs/rules/routes.md, The order)."""

from collections.abc import Sequence
from typing import NamedTuple

from models.rules.people.passing import Round

Place = tuple[int, int, int]
"""Where one may be in a day: at which stop, after which free ones (a bit each), and after how many
booked ones."""
_ALWAYS = 1 << 60


class _Free(NamedTuple):
    """A free stop: its bit, its place, and after when it begins late."""

    bit: int
    stop: int
    closes: int


class Ahead:
    """The least that is still to come: travel, as if nobody had to be in time; and lateness, as if
    one went straight to each free stop, and to the booked ones in turn."""

    def __init__(self, task: Round) -> None:
        self._halts, self._booked = task.halts, len(task.booked)
        self._ways = _shortest(task)
        self._in_time = self._latest_in_time()
        self._free = [
            _Free(bit, self._booked + 1 + bit, halt.closes) for bit, halt in enumerate(task.free)
        ]
        self.travel = _travel_ahead(task)

    def late(self, place: Place, now: int) -> int:
        """Seconds of lateness at the stops to come, for whoever leaves a stop now."""
        here, made, kept = place
        ways, late = self._ways[here], 0
        for free in self._free:
            if not made >> free.bit & 1 and now + ways[free.stop] > free.closes:
                late += now + ways[free.stop] - free.closes
        if kept == self._booked:
            return late
        arrives = now + ways[kept + 1]
        if arrives <= self._in_time[kept]:
            return late
        for at in range(kept, self._booked):
            lasts, opens, closes = self._halts[at]
            begins = arrives if arrives > opens else opens
            if begins > closes:
                late += begins - closes
            arrives = begins + lasts + self._ways[at + 1][at + 2]
        return late

    def _latest_in_time(self) -> Sequence[int]:
        """Of each booked stop, until when one may come there and be late for none from there on."""
        latest: list[int] = []
        for at in reversed(range(self._booked)):
            _, opens, closes = self._halts[at]
            if latest:
                lasts = self._halts[at].lasts
                closes = min(closes, latest[0] - self._ways[at + 1][at + 2] - lasts)
            latest.insert(0, closes if closes >= opens else -_ALWAYS)
        return latest


def _shortest(task: Round) -> Sequence[Sequence[int]]:
    """The ways between all places, over others where a map has it that this is faster."""
    ways = [list(row) for row in task.ways]
    for between in range(1, task.home):
        onward = ways[between]
        for row in ways:
            there = row[between]
            for place, rest in enumerate(onward):
                if there + rest < row[place]:
                    row[place] = there + rest
    return ways


def _travel_ahead(task: Round) -> dict[Place, int]:
    """The seconds of travel that are left from everywhere, from the end of the day backwards."""
    booked, free, ways = len(task.booked), len(task.free), task.ways
    ahead: dict[Place, int] = {}
    for made in reversed(range(1 << free)):
        left = [n for n in range(free) if not made >> n & 1]
        heres = [booked + 1 + n for n in range(free) if made >> n & 1]
        for kept in reversed(range(booked + 1)):
            choices = [(booked + 1 + n, ahead[booked + 1 + n, made | 1 << n, kept]) for n in left]
            if kept < booked:
                choices.append((kept + 1, ahead[kept + 1, made, kept + 1]))
            for here in (*heres, kept):
                row = ways[here]
                onward = [row[there] + rest for there, rest in choices]
                ahead[here, made, kept] = min(onward, default=row[task.home])
    return ahead
