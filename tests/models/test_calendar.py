"""Time as the house counts it, wherever the customer lives."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from pydantic import ValidationError

from models.calendar import (
    GRID,
    Window,
    cut,
    grid_at_or_after,
    grid_starts,
    merged,
    packed,
    resolved,
    unpacked,
)
from models.errors import Invalid

BERLIN, KATHMANDU, LORD_HOWE = (
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("Australia/Lord_Howe"),
)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """A UTC time of 2 March 2026, such as `08:00`."""
    return datetime.fromisoformat(f"2026-03-02T{text}+00:00")


def window(span: str) -> Window:
    """A window such as `08:00-12:00`."""
    start, end = span.split("-")
    return Window(start=at(start), end=at(end))


# Windows


@pytest.mark.parametrize(("start", "end"), [("08:00", "08:00"), ("08:00", "07:59")])
def test_a_window_ends_after_it_starts(start: str, end: str) -> None:
    with pytest.raises(ValidationError):
        Window(start=at(start), end=at(end))


def test_a_window_without_a_zone_is_none() -> None:
    with pytest.raises(ValidationError):
        Window(start=at("08:00").replace(tzinfo=None), end=at("09:00"))


@pytest.mark.parametrize(
    ("span", "held", "overlapped"),
    [
        ("08:00-12:00", True, True),
        ("09:00-10:00", True, True),
        ("07:59-12:00", False, True),
        ("08:00-12:01", False, True),
        ("07:00-08:00", False, False),
        ("12:00-13:00", False, False),
        ("11:59-12:01", False, True),
        ("06:00-20:00", False, True),
    ],
)
def test_a_window_is_half_open(span: str, held: bool, overlapped: bool) -> None:
    morning, other = window("08:00-12:00"), window(span)
    assert morning.holds(other.start, other.end) is held
    assert morning.overlaps(other.start, other.end) is overlapped
    assert other.overlaps(morning.start, morning.end) is overlapped


def test_windows_that_touch_or_overlap_are_one() -> None:
    apart = [window("13:00-14:00"), window("08:00-09:00"), window("09:00-10:00")]
    assert merged(apart) == (window("08:00-10:00"), window("13:00-14:00"))
    assert merged([window("08:00-12:00"), window("09:00-10:00")]) == (window("08:00-12:00"),)
    assert merged([]) == ()


# The grid


def test_of_windows_that_are_cut_there_is_what_lies_after_a_moment() -> None:
    one, other = window("08:00-10:00"), window("12:00-14:00")
    assert cut([one, other], one.start) == (one, other)
    assert cut([one, other], window("09:00-10:00").start) == (window("09:00-10:00"), other)
    assert cut([one, other], one.end) == (other,)
    assert cut([one, other], other.end) == ()


def test_a_moment_of_the_grid_is_its_own_and_any_other_waits_for_the_next() -> None:
    assert grid_at_or_after(at("08:15")) == at("08:15")
    assert grid_at_or_after(at("08:15") + timedelta(microseconds=1)) == at("08:30")
    assert grid_at_or_after(at("08:14:59")) == at("08:15")


def test_a_visit_that_just_fits_has_one_start() -> None:
    assert list(grid_starts(window("08:00-09:30"), 90 * MINUTE, at("00:00"))) == [at("08:00")]
    assert list(grid_starts(window("08:01-09:30"), 90 * MINUTE, at("00:00"))) == []


def test_no_start_lies_before_the_earliest() -> None:
    starts = list(grid_starts(window("08:00-09:30"), 60 * MINUTE, at("08:01")))
    assert starts == [at("08:15"), at("08:30")]


def test_the_grid_of_utc_is_everybodys_local_grid() -> None:
    months = [datetime(2026, month, 15, tzinfo=UTC) for month in range(1, 13)]
    offsets = {
        name: {month.astimezone(ZoneInfo(name)).utcoffset() for month in months}
        for name in available_timezones()
    }
    crooked = [n for n, found in offsets.items() if any(o is None or o % GRID for o in found)]
    assert crooked == []


# Wall clocks


@pytest.mark.parametrize(
    ("wall", "zone", "utc"),
    [
        ("2026-07-01T09:00", BERLIN, "2026-07-01T07:00"),
        ("2026-01-01T09:00", BERLIN, "2026-01-01T08:00"),
        ("2026-07-01T09:00", KATHMANDU, "2026-07-01T03:15"),
        ("2026-01-01T00:00", KATHMANDU, "2025-12-31T18:15"),
        ("2026-07-01T09:00", LORD_HOWE, "2026-06-30T22:30"),
        ("2026-01-01T09:00", LORD_HOWE, "2025-12-31T22:00"),
    ],
)
def test_a_wall_clock_is_read_in_its_zone(wall: str, zone: ZoneInfo, utc: str) -> None:
    instant = resolved(datetime.fromisoformat(wall), zone, "/start")
    assert instant == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("wall", "zone"),
    [
        ("2026-03-29T02:00", BERLIN),
        ("2026-03-29T02:30", BERLIN),
        ("2026-03-29T02:59:59", BERLIN),
        ("2026-10-04T02:15", LORD_HOWE),
        ("2026-03-08T02:30", ZoneInfo("America/Chicago")),
    ],
)
def test_a_time_the_clocks_were_put_forward_over_does_not_exist(wall: str, zone: ZoneInfo) -> None:
    with pytest.raises(Invalid) as refusal:
        resolved(datetime.fromisoformat(wall), zone, "/slots/0/start")
    assert refusal.value.code == "nonexistent-local-time"
    assert refusal.value.field == "/slots/0/start"


@pytest.mark.parametrize(
    ("wall", "zone"),
    [
        ("2026-10-25T02:00", BERLIN),
        ("2026-10-25T02:59:59", BERLIN),
        ("2026-04-05T01:45", LORD_HOWE),
        ("2026-11-01T01:30", ZoneInfo("America/Chicago")),
    ],
)
def test_a_time_that_happens_twice_needs_its_offset(wall: str, zone: ZoneInfo) -> None:
    with pytest.raises(Invalid) as refusal:
        resolved(datetime.fromisoformat(wall), zone, "/slots/0/end")
    assert refusal.value.code == "ambiguous-local-time"
    assert refusal.value.field == "/slots/0/end"


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59"),
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_the_moments_beside_a_gap_and_a_fold_are_plain(wall: str, utc: str) -> None:
    instant = resolved(datetime.fromisoformat(wall), BERLIN, "/start")
    assert instant == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_time_with_an_offset_means_what_it_says_even_in_a_fold() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    second = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1)))
    assert resolved(first, BERLIN, "") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert resolved(second, BERLIN, "") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_kathmandu_keeps_one_time_all_year() -> None:
    for month in range(1, 13):
        resolved(datetime(2026, month, 1, 2, 30), KATHMANDU, "")  # noqa: DTZ001


@pytest.mark.parametrize(
    "bounds",
    [
        (),
        (("2026-03-29T09:00", "2026-03-29T12:15"), ("2026-03-29T13:00", "2026-03-29T14:00")),
        (("2026-03-29T09:07", "2026-03-29T12:05"),),
        (("2026-03-29T09:00:01", "2026-03-29T12:00"),),
        (("2026-03-29T09:00:00.000001", "2026-03-29T12:00"),),
        (("2026-03-29T13:00", "2026-03-29T14:00"), ("2026-03-29T09:00", "2026-03-29T12:00")),
        (("1969-12-31T09:00", "1970-01-01T12:00"),),
    ],
    ids=["none", "grid", "minutes", "seconds", "microseconds", "out of order", "before 1970"],
)
def test_windows_travel_in_few_numbers_and_arrive_as_they_were(
    bounds: tuple[tuple[str, str], ...],
) -> None:
    windows = tuple(
        Window(start=datetime.fromisoformat(f"{a}Z"), end=datetime.fromisoformat(f"{b}Z"))
        for a, b in bounds
    )
    assert unpacked(packed(windows)) == windows
    assert len(packed(windows).split()) == (1 + 2 * len(windows) if windows else 0)
