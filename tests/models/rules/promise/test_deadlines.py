"""When a clock is due: what counts, what does not, and where there is nothing to count."""

from datetime import UTC, date, datetime, timedelta

from models.calendar import Stretch
from models.promise.sla import Clock, ClockName, Segment
from models.rules.promise.counting import deadline, elapsed, risky_moment
from tests.models.rules.promise.hours import CHICAGO, OFFICE
from tests.models.rules.stories import HOUR, NOW

C = ClockName


def local(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    """A time of 2026 in Chicago."""
    return datetime(2026, month, day, hour, minute, tzinfo=CHICAGO).astimezone(UTC)


def clock(*segments: Segment, target: timedelta = 4 * HOUR) -> Clock:
    return Clock(name=C.SCHEDULE, round=1, target=target, segments=segments)


def running(start: datetime, end: datetime | None = None) -> Segment:
    return Segment(start=start, end=end, running=True)


def paused(start: datetime, end: datetime | None = None) -> Segment:
    return Segment(start=start, end=end, running=False)


# The example of docs/rules/service-levels.md: a Friday afternoon, four hours, Mon-Fri 09-18.

CREATED = local(11, 16, 30)


def test_four_business_hours_from_friday_afternoon_end_on_monday_morning() -> None:
    assert deadline(clock(running(CREATED)), OFFICE) == local(14, 11, 30)


def test_a_pause_stops_the_count_and_has_no_deadline() -> None:
    waits = clock(running(CREATED, local(14, 9, 30)), paused(local(14, 9, 30)))
    assert elapsed(waits, OFFICE, local(14, 12)) == 2 * HOUR
    assert deadline(waits, OFFICE) is None


def test_what_is_left_counts_on_after_the_pause() -> None:
    resumed = clock(
        running(CREATED, local(14, 9, 30)),
        paused(local(14, 9, 30), local(14, 13, 30)),
        running(local(14, 13, 30)),
    )
    assert deadline(resumed, OFFICE) == local(14, 15, 30)


def test_a_holiday_moves_the_deadline_to_the_next_day() -> None:
    holiday = OFFICE.but(holidays=(date(2026, 12, 14),))
    assert deadline(clock(running(CREATED)), holiday) == local(15, 11, 30)


def test_three_quarters_of_it_are_counted_in_the_same_hours() -> None:
    assert risky_moment(clock(running(CREATED)), OFFICE) == local(14, 10, 30)
    waits = clock(running(CREATED, local(14, 9, 30)), paused(local(14, 9, 30)))
    assert risky_moment(waits, OFFICE) is None
    resumed = waits.but(
        segments=(
            waits.segments[0],
            paused(local(14, 9, 30), local(14, 13, 30)),
            running(local(14, 13, 30)),
        )
    )
    assert risky_moment(resumed, OFFICE) == local(14, 14, 30)
    holiday = OFFICE.but(holidays=(date(2026, 12, 14),))
    assert risky_moment(clock(running(CREATED)), holiday) == local(15, 10, 30)


def test_the_day_on_which_the_clocks_change_counts_its_real_hours() -> None:
    around_the_clock = OFFICE.but(week=(Stretch(weekday=6, from_minute=0, to_minute=1440),))
    longest = clock(running(local(31, 12, month=10)), target=24 * HOUR)
    # Sunday, 1 November 2026, has 25 hours in Chicago.
    assert deadline(longest, around_the_clock) == local(1, 23, month=11)


def test_hours_that_never_come_have_no_deadline() -> None:
    closed = OFFICE.but(week=())
    assert deadline(clock(running(CREATED)), closed) is None


def test_what_ends_with_the_working_day_is_due_then_and_not_the_next_morning() -> None:
    assert deadline(clock(running(local(11, 14))), OFFICE) == local(11, 18)


# A clock by itself, day and night.


def test_only_running_segments_count_and_only_until_now() -> None:
    life = clock(
        running(NOW, NOW + 2 * HOUR),
        paused(NOW + 2 * HOUR, NOW + 5 * HOUR),
        running(NOW + 5 * HOUR),
    )
    seen = [elapsed(life, None, NOW + hours * HOUR) / HOUR for hours in (-1, 0, 1, 2, 4, 5, 6)]
    assert seen == [0, 0, 1, 2, 2, 2, 3]
    assert deadline(life, None) == NOW + 7 * HOUR


def test_a_clock_that_ran_beyond_its_target_is_due_when_it_goes_on() -> None:
    late = clock(running(NOW, NOW + 9 * HOUR), paused(NOW + 9 * HOUR, NOW + 10 * HOUR))
    resumed = late.but(segments=(*late.segments, running(NOW + 10 * HOUR)))
    assert deadline(late, None) is None
    assert deadline(resumed, None) == risky_moment(resumed, None) == NOW + 10 * HOUR
