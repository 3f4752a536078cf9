"""Time as a service area works it: its hours, day and night where it has none."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.calendar import Window
from models.promise.sla import BusinessHours
from models.rules.people.availability import laid_out, without

LONGEST = timedelta(days=3660)
"""How far a deadline is looked for; hours that never come have none."""

_A_WEEK = timedelta(days=7)


def worked(hours: BusinessHours | None, start: datetime, end: datetime) -> timedelta:
    """How much is worked in `[start, end)`."""
    if hours is None:
        return end - start
    return sum((w.length for w in _open(hours, Window(start=start, end=end))), timedelta(0))


def moment_after(
    hours: BusinessHours | None, start: datetime, length: timedelta
) -> datetime | None:
    """When `length` has been worked since `start`; None where it never will have been."""
    if hours is None:
        return start + length
    begin = start
    while begin < start + LONGEST:
        for window in _open(hours, Window(start=begin, end=begin + _A_WEEK)):
            if length <= window.length:
                return window.start + length
            length -= window.length
        begin += _A_WEEK
    return None


def _open(hours: BusinessHours, span: Window) -> tuple[Window, ...]:
    zone = ZoneInfo(hours.tz)
    closed = (_day(day, zone) for day in hours.holidays)
    return without(laid_out(hours.week, zone, span), closed)


def _day(day: date, zone: ZoneInfo) -> Window:
    start = datetime.combine(day, time(0), zone)
    end = datetime.combine(day + timedelta(days=1), time(0), zone)
    return Window(start=start.astimezone(UTC), end=end.astimezone(UTC))
