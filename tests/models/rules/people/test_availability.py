"""An expert's week, laid out over real days."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.calendar import Stretch, Window
from models.errors import Invalid
from models.rules.people.availability import checked_week, laid_out, without
from tests.models.rules.stories import between, refused

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
MONDAY, SUNDAY = 0, 6


def stretch(weekday: int, first: float, last: float) -> Stretch:
    """From an hour of the day to another."""
    return Stretch(weekday=weekday, from_minute=int(first * 60), to_minute=int(last * 60))


def utc(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def laid(
    *week: Stretch, zone: ZoneInfo = BERLIN, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    return [(w.start, w.end) for w in laid_out(week, zone, Window(start=start, end=end))]


# A week as somebody says it.


def test_a_week_is_put_in_order() -> None:
    given = [stretch(1, 9, 12), stretch(0, 13, 17), stretch(0, 8, 12)]
    assert checked_week(given) == (given[2], given[1], given[0])
    assert checked_week([]) == ()


@pytest.mark.parametrize(
    ("first", "last", "runs"),
    [(0, 24, True), (8, 9, True), (9, 9, False), (9, 8, False), (-1, 8, False), (8, 25, False)],
)
def test_a_stretch_runs_forward_within_its_day(first: int, last: int, runs: bool) -> None:
    week = [stretch(1, 8, 9), stretch(0, first, last)]
    if runs:
        assert len(checked_week(week)) == 2
    else:
        backwards = (Invalid, "stretch-backwards", "/week/1", {})
        assert refused(lambda: checked_week(week)) == backwards


def test_stretches_of_a_day_may_touch_and_not_overlap() -> None:
    touching = [stretch(0, 8, 12), stretch(0, 12, 17)]
    assert len(checked_week(touching)) == 2
    overlap = (Invalid, "stretches-overlap", "/week", {})
    late = stretch(0, 11.75, 17)
    assert refused(lambda: checked_week([late, touching[0]])) == overlap
    assert len(checked_week([touching[0], stretch(1, 8, 12)])) == 2
    three = [*touching, stretch(0, 16, 18)]
    assert refused(lambda: checked_week(three)) == overlap


# The same week in real time.


def test_a_stretch_is_there_on_each_of_its_days_in_local_time() -> None:
    days = laid(stretch(MONDAY, 8, 12), start=utc(3, 1), end=utc(3, 15))
    assert days == [(utc(3, 2, 7), utc(3, 2, 11)), (utc(3, 9, 7), utc(3, 9, 11))]
    odd = laid(stretch(MONDAY, 8, 12), zone=KATHMANDU, start=utc(3, 1), end=utc(3, 4))
    assert odd == [(utc(3, 2, 2, 15), utc(3, 2, 6, 15))]


def test_only_what_lies_in_the_span_counts() -> None:
    week = (stretch(MONDAY, 8, 12), stretch(MONDAY, 13, 17))
    assert laid(*week, start=utc(3, 2, 8), end=utc(3, 2, 13)) == [
        (utc(3, 2, 8), utc(3, 2, 11)),
        (utc(3, 2, 12), utc(3, 2, 13)),
    ]
    assert laid(*week, start=utc(3, 2, 11), end=utc(3, 2, 12)) == []
    assert laid(*week, start=utc(3, 2, 16), end=utc(3, 3)) == []


def test_a_stretch_until_midnight_ends_with_the_day_and_joins_the_next() -> None:
    week = (stretch(SUNDAY, 20, 24), stretch(MONDAY, 0, 2))
    assert laid(*week, start=utc(3, 1), end=utc(3, 3)) == [(utc(3, 1, 19), utc(3, 2, 1))]
    # The span begins on Monday, UTC; the evening began on Sunday, local time.
    assert laid(*week, start=utc(3, 1, 22), end=utc(3, 3)) == [(utc(3, 1, 22), utc(3, 2, 1))]


def test_an_evening_that_began_the_day_before_is_not_lost() -> None:
    late = laid(stretch(SUNDAY, 20, 24), start=utc(3, 1, 22, 30), end=utc(3, 3))
    assert late == [(utc(3, 1, 22, 30), utc(3, 1, 23))]


def test_the_clocks_that_go_forward_or_back_make_no_day_shorter_than_it_was_said() -> None:
    # In Berlin 02:00-03:00 of 29 March is missing and 02:00-03:00 of 25 October is there twice.
    night = stretch(SUNDAY, 1, 4)
    assert laid(night, start=utc(3, 28), end=utc(3, 30)) == [(utc(3, 29), utc(3, 29, 2))]
    assert laid(night, start=utc(10, 24), end=utc(10, 26)) == [(utc(10, 24, 23), utc(10, 25, 3))]
    half_past = stretch(SUNDAY, 2.5, 2.75)
    twice = laid(half_past, start=utc(10, 24), end=utc(10, 26))
    assert twice == [(utc(10, 25, 0, 30), utc(10, 25, 1, 45))]
    evening = stretch(SUNDAY, 0, 2.5)
    assert laid(evening, start=utc(10, 24), end=utc(10, 26)) == [
        (utc(10, 24, 22), utc(10, 25, 1, 30))
    ]


# What is left of it.


@pytest.mark.parametrize(
    ("busy", "left"),
    [
        ([], [(0, 10)]),
        ([(2, 4)], [(0, 2), (4, 10)]),
        ([(0, 4)], [(4, 10)]),
        ([(6, 10)], [(0, 6)]),
        ([(-1, 11)], []),
        ([(0, 10)], []),
        ([(10, 12)], [(0, 10)]),
        ([(2, 4), (6, 8)], [(0, 2), (4, 6), (8, 10)]),
        ([(2, 6), (4, 8)], [(0, 2), (8, 10)]),
    ],
)
def test_what_is_free_is_what_nothing_else_takes(
    busy: list[tuple[float, float]], left: list[tuple[float, float]]
) -> None:
    free = without([between(0, 10)], [between(*b) for b in busy])
    assert free == tuple(between(*span) for span in left)


def test_every_free_time_is_looked_at() -> None:
    free = without([between(0, 2), between(3, 5), between(6, 8)], [between(1, 7)])
    assert free == (between(0, 1), between(7, 8))
    untouched = without([between(0, 2), between(3, 5), between(6, 8)], [between(3, 5)])
    assert untouched == (between(0, 2), between(6, 8))
