"""Dates and times as people write them, in the languages that we write."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from models.language import FALLBACK, language_of


class Manner(NamedTuple):
    """How a language writes a day and an hour; names of Unicode's CLDR, Monday and January first.
    `first` is the first of a month, where that is another word."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    hour: str
    between: str
    first: str = "1"


ENGLISH = Manner(
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    day="{weekday} {day} {month} {at.year}",
    hour="{at:%H:%M}",
    between=", ",
)
MANNERS: Mapping[str, Manner] = {
    "en": ENGLISH,
    "en-us": ENGLISH._replace(
        day="{weekday}, {month} {day}, {at.year}", hour="{twelve}:{at:%M} {half}"
    ),
    "de": Manner(
        days=(
            *("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
            *("Samstag", "Sonntag"),
        ),
        months=(
            *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"),
            *("August", "September", "Oktober", "November", "Dezember"),
        ),
        day="{weekday}, {day}. {month} {at.year}",
        hour="{at:%H:%M}",
        between=", ",
    ),
    "fr": Manner(
        days=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=(
            *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
            *("août", "septembre", "octobre", "novembre", "décembre"),
        ),
        day="{weekday} {day} {month} {at.year}",
        hour="{at:%H:%M}",
        between=" à ",
        first="1er",
    ),
}
"""By language, or by language and country where they differ."""


def day(at: datetime, locale: str) -> str:
    """The day of a local time, with its weekday: `Tuesday 8 December 2026`."""
    manner = _manner(locale)
    return manner.day.format(
        at=at,
        day=manner.first if at.day == 1 else at.day,
        weekday=manner.days[at.weekday()],
        month=manner.months[at.month - 1],
    )


def hour(at: datetime, locale: str) -> str:
    """The hour of a local time: `14:00`."""
    half = "AM" if at.hour < 12 else "PM"
    return _manner(locale).hour.format(at=at, twelve=at.hour % 12 or 12, half=half)


def day_and_hour(at: datetime, locale: str) -> str:
    """Both: `Tuesday 8 December 2026, 14:00`."""
    return f"{day(at, locale)}{_manner(locale).between}{hour(at, locale)}"


def _manner(locale: str) -> Manner:
    """Of a language that we do not write, the one in which its reader is written to instead."""
    known = MANNERS.get(locale.replace("_", "-").lower())
    return known or MANNERS.get(language_of(locale)) or MANNERS[FALLBACK]
