"""What the pages behind links say, and in which language."""

import re
from datetime import UTC, datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from api.web.link.friendly import KINDS
from api.web.link.showing import NOW, STYLE
from api.web.link.survey import CHOICES, WRONG
from api.web.link.times import AT_A_ROW, ELSEWHERE
from api.web.link.words import book, moment, read_by, speaking, stretch
from models.language import LANGUAGES

PAGES = STYLE.parent.parent
BERLIN = ZoneInfo("Europe/Berlin")


def fields(words: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(words)} - {None}


@pytest.mark.parametrize("key", book())
def test_every_language_says_the_same_of_the_same_facts(key: str) -> None:
    words = book()[key]
    assert sorted(words) == sorted(LANGUAGES)
    assert len({frozenset(fields(text)) for text in words.values()}) == 1
    assert all(text.strip() == text and text for text in words.values())


def test_whatever_a_page_says_is_written_down_and_nothing_else() -> None:
    said = {*NOW.values(), *AT_A_ROW, *ELSEWHERE, "overtaken", *CHOICES.values(), *WRONG.values()}
    said |= {
        f"{kind}.{part}"
        for kind in (*KINDS.values(), "broken", "kept")
        for part in ("title", "words")
    }
    for template in PAGES.glob("templates/*.html"):
        said |= set(re.findall(r'say\("([a-z_.-]+)"', template.read_text()))
    said |= set(re.findall(r'"(now\.[a-z_]+)"', (PAGES / "showing.py").read_text()))
    assert said == set(book())


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-GB", "Send these times"),
        ("de-AT", "Diese Zeiten senden"),
        ("fr_CM", "Envoyer ces horaires"),
        ("es", "Send these times"),
    ],
)
def test_a_page_speaks_its_readers_language(locale: str, words: str) -> None:
    assert speaking(locale)("times.send") == words


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [("de-DE,de;q=0.9,en;q=0.8", "de-DE"), ("fr;q=0.7", "fr"), ("", "en"), ("*", "*")],
)
def test_of_a_stranger_the_browser_says_what_they_read(accepted: str, locale: str) -> None:
    assert read_by(accepted) == locale


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (1.5, "Tuesday 8 December 2026, 14:00-15:30"),
        (10, "Tuesday 8 December 2026, 14:00-00:00"),
        (10.25, "Tuesday 8 December 2026, 14:00 - Wednesday 9 December 2026, 00:15"),
        (34, "Tuesday 8 December 2026, 14:00 - Thursday 10 December 2026, 00:00"),
    ],
)
def test_a_stretch_of_one_day_names_it_once(hours: float, said: str) -> None:
    start = datetime(2026, 12, 8, 13, tzinfo=UTC)
    assert stretch(start, start + timedelta(hours=hours), BERLIN, "en-GB") == said
    assert moment(start, BERLIN, "de") == "Dienstag, 8. Dezember 2026, 14:00"
