"""Instants and durations in whole steps of the grid, counted from 1970 (docs/rules/conventions.md,
Time).

Nothing is rounded that matters: a window, a busy time or a skill becomes the first and last grid
start that it allows or forbids, to the microsecond.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from models.calendar import GRID, Window
from models.matching.problem import Candidate
from models.visit import Position

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
STEP = GRID // _TICK
ALWAYS = 1 << 62
"""A step after every other."""
NEVER = -ALWAYS
"""A step before every other."""


def ticks(length: timedelta) -> int:
    """A duration in microseconds."""
    return length // _TICK


def step_at_or_after(instant: datetime) -> int:
    """The first step of the grid that is not before an instant."""
    return -(-ticks(instant - EPOCH) // STEP)


def bounds(windows: Iterable[Window]) -> Iterator[tuple[int, int]]:
    """Start and end of each window, in microseconds from 1970."""
    return ((ticks(w.start - EPOCH), ticks(w.end - EPOCH)) for w in windows)


def start_ranges(windows: Iterable[tuple[int, int]], duration: timedelta) -> list[tuple[int, int]]:
    """First and last grid start of `duration` in each window, after joining touching windows. Their
    bounds are microseconds from 1970."""
    length = ticks(duration)
    joined: list[list[int]] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([start, end])
    ranges = ((-(-start // STEP), (end - length) // STEP) for start, end in joined)
    return [(low, high) for low, high in ranges if low <= high]


def first_start(windows: Iterable[tuple[int, int]], duration: timedelta, earliest: datetime) -> int:
    """The first step, not before `earliest`, at which `duration` fits one of the windows.

    Where no window is left, `earliest` itself.
    """
    now = step_at_or_after(earliest)
    ranges = start_ranges(windows, duration)
    return min((max(low, now) for low, high in ranges if high >= now), default=now)


def last_start(candidate: Candidate, position: Position, duration: timedelta) -> int:
    """The last step at which the candidate's skill for a position outlasts `duration`: ALWAYS if it
    does not expire, NEVER if they lack it."""
    return max(
        (
            ALWAYS
            if skill.expires_at is None
            else ticks(skill.expires_at - EPOCH - duration) // STEP
            for skill in candidate.skills
            if skill.code == position.skill and skill.level >= position.min_level
        ),
        default=NEVER,
    )


def clashes(busy: Iterable[Window], duration: timedelta) -> Iterator[tuple[int, int]]:
    """First and last grid start at which `duration` would share a moment with a busy window."""
    length = ticks(duration)
    for window in busy:
        start, end = ticks(window.start - EPOCH), ticks(window.end - EPOCH)
        yield (start - length) // STEP + 1, -(-end // STEP) - 1
