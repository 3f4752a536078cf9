"""What the pages say, in the language of their reader."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from models.dates import day, day_and_hour, hour
from models.language import language_of

_BOOK = Path(__file__).with_name("words")
Say = Callable[..., str]
"""The words of a key, with its facts filled in."""


@cache
def book() -> Mapping[str, Mapping[str, str]]:
    """Every key with its words by language."""
    words: dict[str, Mapping[str, str]] = {}
    for chapter in sorted(_BOOK.glob("*.yaml")):
        words |= yaml.safe_load(chapter.read_text(encoding="utf-8"))
    return words


def speaking(locale: str) -> Say:
    """How a page speaks to a reader of a locale."""
    language = language_of(locale)

    def say(key: str, **facts: object) -> str:
        return book()[key][language].format(**facts)

    return say


def read_by(accepted: str) -> str:
    """The locale of a reader of whom only the `Accept-Language` of their browser is known."""
    return accepted.partition(",")[0].partition(";")[0].strip() or "en"


def moment(at: datetime, here: ZoneInfo, locale: str) -> str:
    """An instant as a clock on the customer's wall shows it."""
    return day_and_hour(at.astimezone(here), locale)


def stretch(start: datetime, end: datetime, here: ZoneInfo, locale: str) -> str:
    """From when to when, on that clock."""
    first, last = start.astimezone(here), end.astimezone(here)
    at_midnight = last.hour == last.minute == 0 and last.date() - first.date() == timedelta(days=1)
    if first.date() == last.date() or at_midnight:
        return f"{day(first, locale)}, {hour(first, locale)}-{hour(last, locale)}"
    return f"{day_and_hour(first, locale)} - {day_and_hour(last, locale)}"


def hours(start: datetime, end: datetime, here: ZoneInfo, locale: str) -> str:
    """The same below its day: an end on the morning after needs no day of its own."""
    if end - start >= timedelta(days=1):
        return stretch(start, end, here, locale)
    return f"{hour(start.astimezone(here), locale)}-{hour(end.astimezone(here), locale)}"
