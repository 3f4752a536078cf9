"""An expert's week in their local time, laid out over real days (DST included)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from models.calendar import Stretch, Window, merged
from models.errors import Invalid

DAY_MINUTES = 24 * 60


def checked_week(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The week in order, if its stretches run forward and do not overlap.

    Raises:
        Invalid: `stretch-backwards`, `stretches-overlap`.
    """
    week = tuple(sorted(stretches, key=lambda s: (s.weekday, s.from_minute)))
    for index, stretch in enumerate(stretches):
        if not 0 <= stretch.from_minute < stretch.to_minute <= DAY_MINUTES:
            raise Invalid(
                "stretch-backwards", "A stretch ends after it starts.", field=f"/week/{index}"
            )
    for one, other in pairwise(week):
        if one.weekday == other.weekday and other.from_minute < one.to_minute:
            raise Invalid("stretches-overlap", "Two stretches overlap.", field="/week")
    return week


def laid_out(week: Iterable[Stretch], zone: ZoneInfo, span: Window) -> tuple[Window, ...]:
    """The instants of a week's stretches within `span`.

    A wall time that the clocks jump over begins or ends at the jump; one that happens twice begins
    at its first and ends at its second passing, so that the expert's evening stays whole.
    """
    first = span.start.astimezone(zone).date() - timedelta(days=1)
    last = span.end.astimezone(zone).date()
    found = []
    day = first
    while day <= last:
        for stretch in week:
            if stretch.weekday == day.weekday():
                start = max(_instant(day, stretch.from_minute, zone, 0), span.start)
                end = min(_instant(day, stretch.to_minute, zone, 1), span.end)
                if start < end:
                    found.append(Window(start=start, end=end))
        day += timedelta(days=1)
    return merged(found)


def without(free: Iterable[Window], busy: Iterable[Window]) -> tuple[Window, ...]:
    """The parts of `free` that no busy time touches."""
    left = list(free)
    for taken in busy:
        parts = []
        for window in left:
            if not window.overlaps(taken.start, taken.end):
                parts.append(window)
                continue
            if window.start < taken.start:
                parts.append(Window(start=window.start, end=taken.start))
            if taken.end < window.end:
                parts.append(Window(start=taken.end, end=window.end))
        left = parts
    return tuple(left)


def _instant(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    days, minutes = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60))
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
