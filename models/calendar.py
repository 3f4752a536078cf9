"""Time as the house counts it: half-open windows, a 15-minute grid, places with a zone."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, model_validator

from models.base import Value
from models.errors import Invalid

GRID = timedelta(minutes=15)
"""Every offset in use is a multiple of it, so the UTC grid is also everyone's local grid."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_UNITS = tuple(unit // _TICK for unit in (GRID, timedelta(minutes=1), timedelta(seconds=1), _TICK))


UtcInstant = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
"""Kept in UTC: two datetimes that share a ZoneInfo compare by wall clock, also across a change."""


class Window(Value):
    """A half-open interval `[start, end)` of instants."""

    start: UtcInstant
    end: UtcInstant

    @model_validator(mode="after")
    def _runs_forward(self) -> "Window":
        if self.end <= self.start:
            raise ValueError("end must be after start")
        return self

    @property
    def length(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    def holds(self, start: datetime, end: datetime) -> bool:
        """Whether `[start, end)` lies inside."""
        return self.start <= start and end <= self.end

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether `[start, end)` shares a moment with it."""
        return self.start < end and start < self.end


class Stretch(Value):
    """A stretch of a weekday, 0 is Monday; minutes from local midnight, 1440 is the next one."""

    weekday: int
    from_minute: int
    to_minute: int


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same moments, with touching and overlapping windows joined, in order."""
    joined: list[Window] = []
    for window in sorted(windows, key=lambda w: (w.start, w.end)):
        if joined and window.start <= joined[-1].end:
            last = joined.pop()
            window = Window(start=last.start, end=max(last.end, window.end))
        joined.append(window)
    return tuple(joined)


def cut(windows: Iterable[Window], since: datetime) -> tuple[Window, ...]:
    """What of the windows lies after a moment, in their order."""
    return tuple(
        w if w.start >= since else Window(start=since, end=w.end) for w in windows if w.end > since
    )


def packed(windows: Iterable[Window]) -> str:
    """Windows in few numbers with a space between them, exactly: first a unit in microseconds, the
    widest of the grid, a minute, a second and one that all fit; then two numbers of units for each
    window, from the end of the one before, or from 1970, to its start, and its length. Empty for no
    window."""
    bounds = [tick for w in windows for tick in (_ticks(w.start), _ticks(w.end))]
    if not bounds:
        return ""
    unit = next(u for u in _UNITS if not any(tick % u for tick in bounds))
    steps = (later - tick for tick, later in pairwise([0, *bounds]))
    return " ".join(map(str, (unit, *(step // unit for step in steps))))


def bounds_of(times: str) -> Iterator[tuple[int, int]]:
    """Start and end of each packed window, in microseconds from 1970."""
    if times:
        numbers = map(int, times.split(" "))
        unit = next(numbers)
        ticks = accumulate(step * unit for step in numbers)
        yield from zip(ticks, ticks, strict=True)


def unpacked(times: str) -> tuple[Window, ...]:
    """The windows that were packed into these numbers."""
    return tuple(
        Window(start=_EPOCH + start * _TICK, end=_EPOCH + end * _TICK)
        for start, end in bounds_of(times)
    )


def _ticks(instant: datetime) -> int:
    return (instant - _EPOCH) // _TICK


def grid_at_or_after(instant: datetime) -> datetime:
    """The first moment of the grid that is not before `instant`, in UTC."""
    steps = -((_EPOCH - instant) // GRID)
    return _EPOCH + steps * GRID


def grid_starts(window: Window, duration: timedelta, earliest: datetime) -> Iterator[datetime]:
    """Every start on the grid, not before `earliest`, from which `duration` fits the window."""
    start = grid_at_or_after(max(window.start, earliest))
    while start + duration <= window.end:
        yield start
        start += GRID


def resolved(wall: datetime, zone: ZoneInfo, field: str) -> datetime:
    """The instant of a wall-clock time in `zone`, in UTC.

    Raises:
        Invalid: `nonexistent-local-time` in a spring gap, `ambiguous-local-time` in an autumn
            fold (docs/rules/conventions.md, Time).
    """
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    early, late = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise Invalid(
            "nonexistent-local-time",
            f"{wall.isoformat()} does not exist in {zone.key}: the clocks are put forward over it.",
            field=field,
        )
    if early.utcoffset() != late.utcoffset():
        raise Invalid(
            "ambiguous-local-time",
            f"{wall.isoformat()} happens twice in {zone.key}: give the offset.",
            field=field,
        )
    return early.astimezone(UTC)
