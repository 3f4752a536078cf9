"""What people choose about being told things."""

from datetime import UTC, datetime, timedelta

import pytest

from models.actor import Role
from models.errors import Invalid
from models.message.notification import MessageChannel
from models.message.preferences import Preferences, QuietHours, Topic
from models.rules.message.preferring import (
    MAY_DECLINE,
    Matter,
    checked,
    is_declined,
    quiet_until,
    told_at,
)
from tests.models.rules.stories import refused

BERLIN, HOUR, SECOND = "Europe/Berlin", timedelta(hours=1), timedelta(seconds=1)
NIGHT = QuietHours(from_minute=22 * 60, to_minute=7 * 60, tz=BERLIN)
SMS, EMAIL = MessageChannel.SMS, MessageChannel.EMAIL


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def quiet(start: str, end: str, tz: str = BERLIN) -> QuietHours:
    """Quiet hours as people say them."""
    first, last = (int(t[:2]) * 60 + int(t[3:]) for t in (start, end))
    return QuietHours(from_minute=first, to_minute=last, tz=tz)


# Quiet hours


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-12-08T20:59:59", None),
        ("2026-12-08T21:00:00", "2026-12-09T06:00:00"),
        ("2026-12-08T23:30:00", "2026-12-09T06:00:00"),
        ("2026-12-09T05:59:59", "2026-12-09T06:00:00"),
        ("2026-12-09T06:00:00", None),
        ("2026-12-09T12:00:00", None),
        ("2026-07-08T20:00:00", "2026-07-09T05:00:00"),
    ],
)
def test_a_night_is_quiet_from_its_beginning_to_its_end_by_the_clock_on_the_wall(
    now: str, until: str | None
) -> None:
    assert quiet_until(NIGHT, utc(now)) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (quiet("12:00", "14:00"), "2026-12-08T11:00:00", "2026-12-08T13:00:00"),
        (quiet("12:00", "14:00"), "2026-12-08T13:00:00", None),
        (quiet("12:00", "14:00"), "2026-12-08T10:59:59", None),
        (quiet("20:00", "24:00"), "2026-12-08T22:59:59", "2026-12-08T23:00:00"),
        (quiet("24:00", "06:00"), "2026-12-08T23:00:00", "2026-12-09T05:00:00"),
        (quiet("00:00", "06:00"), "2026-12-08T23:00:00", "2026-12-09T05:00:00"),
        (quiet("22:00", "07:00", "Asia/Kathmandu"), "2026-12-08T17:00:00", "2026-12-09T01:15:00"),
        (quiet("22:00", "07:00", "Asia/Kathmandu"), "2026-12-08T01:15:00", None),
    ],
)
def test_quiet_hours_may_lie_within_a_day_and_in_any_zone(
    hours: QuietHours, now: str, until: str | None
) -> None:
    assert quiet_until(hours, utc(now)) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        # Spring, 2027-03-28: 02:00 in Berlin becomes 03:00, at 01:00 UTC.
        (NIGHT, "2027-03-27T21:00:00", "2027-03-28T05:00:00"),
        (quiet("22:00", "02:30"), "2027-03-28T00:59:59", "2027-03-28T01:00:00"),
        (quiet("22:00", "02:30"), "2027-03-28T01:00:00", None),
        (quiet("02:30", "07:00"), "2027-03-28T00:59:59", None),
        (quiet("02:30", "07:00"), "2027-03-28T01:00:00", "2027-03-28T05:00:00"),
        # Autumn, 2026-10-25: 03:00 in Berlin becomes 02:00, at 01:00 UTC.
        (NIGHT, "2026-10-24T20:00:00", "2026-10-25T06:00:00"),
        (quiet("22:00", "02:30"), "2026-10-25T00:45:00", "2026-10-25T01:30:00"),
        (quiet("22:00", "02:30"), "2026-10-25T01:29:59", "2026-10-25T01:30:00"),
        (quiet("22:00", "02:30"), "2026-10-25T01:30:00", None),
        (quiet("02:30", "07:00"), "2026-10-25T00:29:59", None),
        (quiet("02:30", "07:00"), "2026-10-25T00:30:00", "2026-10-25T06:00:00"),
        (quiet("02:30", "07:00"), "2026-10-25T01:15:00", "2026-10-25T06:00:00"),
    ],
)
def test_in_the_nights_in_which_the_clocks_change_no_quiet_hour_is_lost_or_torn(
    hours: QuietHours, now: str, until: str | None
) -> None:
    assert quiet_until(hours, utc(now)) == (utc(until) if until else None)


# What is told all the same

NOW, END = utc("2026-12-08T22:00:00"), utc("2026-12-09T06:00:00")
"""23:00 in Berlin, and the end of the night."""


def matter(*starts: str, topic: Topic | None = None, **more: object) -> Matter:
    return Matter(topic=topic, starts=tuple(map(utc, starts)), tz=BERLIN)._replace(**more)


def test_what_can_wait_waits_for_the_end_of_the_night() -> None:
    assert told_at(NIGHT, matter("2026-12-10T13:00:00"), NOW) == END
    assert told_at(NIGHT, matter(), NOW) == END


def test_without_quiet_hours_and_outside_of_them_everything_is_told_at_once() -> None:
    for hours, now in ((None, NOW), (NIGHT, END), (NIGHT, NOW - 2 * HOUR)):
        assert told_at(hours, matter("2026-12-10T13:00:00"), now) == now


def test_what_is_urgent_is_told_at_any_hour() -> None:
    assert told_at(NIGHT, matter("2026-12-10T13:00:00", is_urgent=True), NOW) == NOW


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("2026-12-08T22:59:59", NOW),
        ("2026-12-08T07:00:00", NOW),
        ("2026-12-07T23:00:00", NOW),
        ("2026-12-07T22:59:59", END),
        ("2026-12-09T06:00:01", END),
        ("2026-12-09T06:00:00", NOW),
        ("2026-12-08T23:30:00", NOW),
    ],
)
def test_what_is_about_a_visit_of_this_day_or_before_the_morning_is_told_at_any_hour(
    start: str, told: datetime
) -> None:
    assert told_at(NIGHT, matter(start), NOW) == told


def test_of_several_visits_one_that_cannot_wait_is_enough() -> None:
    both = matter("2026-12-20T13:00:00", "2026-12-09T05:00:00")
    assert told_at(NIGHT, both, NOW) == NOW


def test_which_day_it_is_the_place_says_and_not_the_reader() -> None:
    there = matter("2026-12-09T15:00:00", tz="Australia/Sydney")
    assert told_at(NIGHT, there, NOW) == END
    assert told_at(NIGHT, there._replace(starts=(utc("2026-12-09T12:00:00"),)), NOW) == NOW


@pytest.mark.parametrize(("until", "told"), [(END, NOW), (END + SECOND, END), (NOW + HOUR, NOW)])
def test_a_question_that_would_lapse_meanwhile_is_asked_at_once(
    until: datetime, told: datetime
) -> None:
    assert told_at(NIGHT, matter(until=until), NOW) == told


# What is declined


def test_of_what_somebody_declined_they_are_not_told_but_for_a_visit_today() -> None:
    reminder = matter("2026-12-09T13:00:00", topic=Topic.REMINDER)
    assert is_declined(["reminder", "survey"], reminder, NOW)
    assert not is_declined(["survey"], reminder, NOW)
    assert not is_declined([], reminder, NOW)
    today = matter("2026-12-08T08:00:00", topic=Topic.REMINDER)
    assert not is_declined(["reminder"], today, NOW)


def test_what_has_no_topic_nobody_declines() -> None:
    assert not is_declined([*Topic], matter(), NOW)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.EXPERT])
def test_everybody_may_decline_all_that_can_be(role: Role) -> None:
    wanted = Preferences(channels=(EMAIL, SMS), declined=tuple(MAY_DECLINE[role]))
    assert checked(wanted, role) is wanted


def test_nobody_declines_what_is_not_theirs_to_decline() -> None:
    wanted = Preferences(channels=(SMS,), declined=(Topic.REMINDER, Topic.SURVEY))
    assert checked(wanted, Role.CUSTOMER) is wanted
    assert refused(lambda: checked(wanted, Role.EXPERT)) == (
        Invalid,
        "not-declinable",
        "/declined/1",
        {"allowed": ["open_visit", "proposal", "reminder"]},
    )


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (Preferences(channels=(SMS, SMS)), "channel-twice", "/channels"),
        (
            Preferences(channels=(SMS,), declined=(Topic.SURVEY, Topic.SURVEY)),
            "topic-twice",
            "/declined",
        ),
        (
            Preferences(channels=(SMS,), quiet_hours=quiet("22:00", "22:00")),
            "quiet-hours-endless",
            "/quiet_hours/end",
        ),
        (
            Preferences(channels=(SMS,), quiet_hours=quiet("00:00", "24:00")),
            "quiet-hours-endless",
            "/quiet_hours/end",
        ),
    ],
)
def test_preferences_that_contradict_themselves_are_refused(
    wanted: Preferences, code: str, field: str
) -> None:
    assert refused(lambda: checked(wanted, Role.CUSTOMER)) == (Invalid, code, field, {})


def test_a_night_of_a_minute_less_than_a_day_is_taken() -> None:
    wanted = Preferences(channels=(SMS,), quiet_hours=quiet("22:00", "21:59"))
    assert checked(wanted, Role.CUSTOMER) is wanted
