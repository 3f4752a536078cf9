"""A calendar day where somebody lives, as moments (docs/rules/routes.md, The day)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.calendar import Stretch, Window

OPENING = time(8)
"""When a day begins for whoever does not usually work on it."""


def day_of(day: date, zone: ZoneInfo) -> Window:
    """A day from its first midnight to the next one's: 23 or 25 hours where the clocks change."""
    return Window(start=_at(day, time(), zone), end=_at(day + timedelta(days=1), time(), zone))


def day_at(now: datetime, zone: ZoneInfo) -> date:
    """Which day it is in a zone."""
    return now.astimezone(zone).date()


def opening_of(day: date, week: Iterable[Stretch], zone: ZoneInfo) -> datetime:
    """When somebody usually begins to work on a day; at 08:00, if they usually do not."""
    minutes = (s.from_minute for s in week if s.weekday == day.weekday())
    first = min(minutes, default=None)
    return _at(day, OPENING if first is None else time(first // 60, first % 60), zone)


def _at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A wall time that the clocks skip is the moment of the change; of two it is the first."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
