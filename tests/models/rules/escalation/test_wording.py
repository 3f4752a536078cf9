"""People read words and whole stretches of time, never codes."""

from datetime import UTC, datetime, timedelta

import pytest

from models.calendar import Window
from models.rules.escalation.wording import in_words, local, missing_in_words, span

NOON = datetime(2026, 12, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("gas-fitting", "gas fitting"),
        ("small-appliances", "small appliances"),
        ("heat_pump", "heat pump"),
        ("hvac", "hvac"),
    ],
)
def test_a_code_is_said_in_words(code: str, words: str) -> None:
    assert in_words(code) == words


def test_a_missing_position_is_its_skill_and_its_visit_where_there_are_several() -> None:
    assert missing_in_words("1.1:gas-fitting", several=False) == "gas fitting"
    assert missing_in_words("2.0:water-heating", several=True) == "water heating on visit 2"


def test_a_stretch_has_a_start_an_end_and_a_zone() -> None:
    morning = Window(start=NOON, end=NOON + timedelta(hours=4))
    assert span(morning, "Europe/Berlin") == "Tue 01 Dec 12:00 to 16:00 (Europe/Berlin)"
    night = Window(start=NOON, end=NOON + timedelta(hours=13))
    assert span(night, "Europe/Berlin") == ("Tue 01 Dec 12:00 to Wed 02 Dec 01:00 (Europe/Berlin)")
    assert local(NOON, "Asia/Kathmandu") == "Tue 01 Dec 16:45 (Asia/Kathmandu)"
