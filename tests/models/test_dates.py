"""Days and hours in their reader's language."""

from datetime import UTC, datetime

import pytest

from models.dates import MANNERS, Manner, day, day_and_hour, hour

TUESDAY = datetime(2026, 12, 8, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en-GB", "Tuesday 8 December 2026, 14:05"),
        ("en-US", "Tuesday, December 8, 2026, 2:05 PM"),
        ("de-DE", "Dienstag, 8. Dezember 2026, 14:05"),
        ("de_AT", "Dienstag, 8. Dezember 2026, 14:05"),
        ("fr-CM", "mardi 8 décembre 2026 à 14:05"),
        ("ne-NP", "Tuesday 8 December 2026, 14:05"),
    ],
)
def test_a_day_is_written_as_its_reader_writes_it(locale: str, written: str) -> None:
    assert day_and_hour(TUESDAY, locale) == written


def test_the_first_of_a_month_is_another_word_in_french_only() -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    assert day(first, "fr") == "dimanche 1er mars 2026"
    assert day(first, "de") == "Sonntag, 1. März 2026"


def test_noon_and_midnight_have_halves() -> None:
    assert [hour(datetime(2026, 1, 1, h, tzinfo=UTC), "en-US") for h in (0, 12, 23)] == [
        "12:00 AM",
        "12:00 PM",
        "11:00 PM",
    ]


@pytest.mark.parametrize("manner", MANNERS.values(), ids=list(MANNERS))
def test_no_day_and_no_month_is_left_out_or_named_twice(manner: Manner) -> None:
    assert len(set(manner.days)) == 7
    assert len(set(manner.months)) == 12
