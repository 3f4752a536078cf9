"""A calendar day as moments."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.calendar import Stretch
from models.rules.people.daylight import day_at, day_of, opening_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "zone", "start", "hours"),
    [
        (date(2026, 12, 8), "Europe/Berlin", datetime(2026, 12, 7, 23, tzinfo=UTC), 24),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        (date(2026, 12, 8), "Asia/Kathmandu", datetime(2026, 12, 7, 18, 15, tzinfo=UTC), 24),
        # Midnight is skipped: the day begins at 01:00.
        (date(2026, 9, 6), "America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC), 23),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight(
    day: date, zone: str, start: datetime, hours: int
) -> None:
    found = day_of(day, ZoneInfo(zone))
    assert found.start == start
    assert found.length == timedelta(hours=hours)


def test_which_day_it_is_depends_on_where() -> None:
    late = datetime(2026, 12, 7, 23, 30, tzinfo=UTC)
    assert day_at(late, BERLIN) == date(2026, 12, 8)
    assert day_at(late, ZoneInfo("America/Chicago")) == date(2026, 12, 7)


def test_work_begins_with_the_first_stretch_of_the_weekday_and_else_at_eight() -> None:
    tuesday = date(2026, 12, 8)
    week = [
        Stretch(weekday=1, from_minute=13 * 60, to_minute=1440),
        Stretch(weekday=1, from_minute=6 * 60 + 45, to_minute=720),
        Stretch(weekday=0, from_minute=0, to_minute=60),
    ]
    assert opening_of(tuesday, week, BERLIN) == datetime(2026, 12, 8, 5, 45, tzinfo=UTC)
    assert opening_of(date(2026, 12, 9), week, BERLIN) == datetime(2026, 12, 9, 7, tzinfo=UTC)
    assert opening_of(date(2026, 12, 7), week, BERLIN) == datetime(2026, 12, 6, 23, tzinfo=UTC)
