"""What may stand on a day beside the visits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.calendar import Window
from models.errors import Conflict, Invalid
from models.geography import Spot
from models.people.route import Errand
from models.rules.people.errands import checked_errand, require_room
from tests.models.rules.stories import refused

DAY = Window(start=datetime(2026, 12, 7, 23, tzinfo=UTC), end=datetime(2026, 12, 8, 23, tzinfo=UTC))
NOON = datetime(2026, 12, 8, 12, tzinfo=UTC)


def errand(window: Window | None = None, minutes: int = 30) -> Errand:
    place = Spot(lat=52.5, lng=13.4)
    day = date(2026, 12, 8)
    return Errand(id="stp_1", day=day, title="Relay", minutes=minutes, place=place, window=window)


def hours(first: float, last: float) -> Window:
    """Of the day, from its midnight."""
    return Window(start=DAY.start + timedelta(hours=first), end=DAY.start + timedelta(hours=last))


@pytest.mark.parametrize("window", [None, hours(0, 24), hours(9, 9.5), hours(23.5, 24)])
def test_an_errand_has_its_day_or_a_window_in_it(window: Window | None) -> None:
    assert checked_errand(errand(window), DAY, NOON) == errand(window)


@pytest.mark.parametrize(
    ("window", "code"),
    [
        (hours(-0.25, 5), "window-outside-day"),
        (hours(20, 24.25), "window-outside-day"),
        (hours(9, 9.25), "window-too-short"),
    ],
)
def test_a_window_lies_in_the_day_and_holds_the_errand(window: Window, code: str) -> None:
    found = refused(lambda: checked_errand(errand(window), DAY, NOON))
    assert found == (Invalid, code, "/window", {})


def test_a_day_that_is_over_takes_no_errand_nor_one_more_than_a_year_ahead() -> None:
    past = (Invalid, "day-past", "/date", {})
    assert refused(lambda: checked_errand(errand(), DAY, DAY.end)) == past
    almost = DAY.end - timedelta(microseconds=1)
    assert checked_errand(errand(), DAY, almost) == errand()
    far = (Invalid, "day-too-far", "/date", {})
    a_year = DAY.start - timedelta(days=366)
    assert checked_errand(errand(), DAY, a_year) == errand()
    assert refused(lambda: checked_errand(errand(), DAY, a_year - timedelta(seconds=1))) == far


def test_a_day_has_forty_stops() -> None:
    require_room(39)
    full = (Conflict, "too-many-stops", None, {})
    assert refused(lambda: require_room(40)) == full
