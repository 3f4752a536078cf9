"""Time as a service area works it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.calendar import Stretch
from models.promise.sla import BusinessHours
from models.rules.promise.business_time import moment_after, worked
from tests.models.rules.stories import HOUR, NOW

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
NINE_TO_FIVE = BusinessHours(
    tz="Europe/Berlin",
    week=tuple(Stretch(weekday=day, from_minute=9 * 60, to_minute=17 * 60) for day in range(5)),
)
LEAP_DAYS = NINE_TO_FIVE.but(week=(Stretch(weekday=0, from_minute=0, to_minute=60),))


def local(day: int, hour: int = 0, month: int = 3) -> datetime:
    """A time of 2026 in Berlin; 2 March is a Monday."""
    return datetime(2026, month, day, hour, tzinfo=BERLIN).astimezone(UTC)


def test_without_hours_time_counts_day_and_night() -> None:
    assert worked(None, NOW, NOW + 30 * HOUR) == 30 * HOUR
    assert moment_after(None, NOW, 30 * HOUR) == NOW + 30 * HOUR


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (local(2, 8), local(2, 18), 8),
        (local(2, 10), local(2, 12), 2),
        (local(2, 16), local(3, 10), 2),
        (local(6, 16), local(9, 10), 2),
        (local(7), local(8, 23), 0),
        (local(2), local(16), 80),
    ],
)
def test_only_what_is_worked_counts(start: datetime, end: datetime, hours: int) -> None:
    assert worked(NINE_TO_FIVE, start, end) == hours * HOUR


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (local(2, 8), 0, local(2, 9)),
        (local(2, 10), 0, local(2, 10)),
        (local(2, 8), 1, local(2, 10)),
        (local(2, 10), 7, local(2, 17)),
        (local(2, 10), 8, local(3, 10)),
        (local(6, 16), 2, local(9, 10)),
        (local(2, 9), 40, local(6, 17)),
        (local(2, 9), 41, local(9, 10)),
        (local(4, 12), 121, local(25, 13)),
    ],
)
def test_a_deadline_is_when_so_much_was_worked(start: datetime, hours: int, end: datetime) -> None:
    assert moment_after(NINE_TO_FIVE, start, hours * HOUR) == end


def test_a_holiday_is_not_worked_from_midnight_to_midnight() -> None:
    closed = NINE_TO_FIVE.but(holidays=(date(2026, 3, 2), date(2026, 3, 4)))
    assert worked(closed, local(2), local(7)) == 3 * 8 * HOUR
    assert moment_after(closed, local(2, 8), 9 * HOUR) == local(5, 10)
    night = BusinessHours(
        tz="Europe/Berlin",
        week=tuple(Stretch(weekday=day, from_minute=0, to_minute=1440) for day in range(7)),
        holidays=(date(2026, 3, 2),),
    )
    assert worked(night, local(1, 23), local(3, 1)) == 2 * HOUR


def test_the_day_on_which_the_clocks_change_is_a_holiday_of_its_own_length() -> None:
    whole = BusinessHours(
        tz="Europe/Berlin",
        week=tuple(Stretch(weekday=day, from_minute=0, to_minute=1440) for day in range(7)),
        holidays=(date(2026, 3, 29),),
    )
    assert worked(whole, local(28), local(31)) == 48 * HOUR


def test_a_deadline_is_looked_for_ten_years_ahead_and_no_further() -> None:
    never = NINE_TO_FIVE.but(week=())
    assert moment_after(never, NOW, HOUR) is None
    # An hour a week: 523 Mondays begin within 3,660 days of a Monday.
    begin = local(2)
    assert moment_after(LEAP_DAYS, begin, 522 * HOUR) == moment_after(
        LEAP_DAYS, begin + 521 * 7 * DAY, HOUR
    )
    assert moment_after(LEAP_DAYS, begin, 523 * HOUR) is not None
    assert moment_after(LEAP_DAYS, begin, 524 * HOUR) is None
