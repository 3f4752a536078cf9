"""What a customer is told of a wish that was accepted and could not be."""

import pytest

from activities.message.ticket.refusals import ASKED, WHY, asked_in_words, why_in_words
from models.language import LANGUAGES


def test_every_language_has_words_for_the_same() -> None:
    assert set(ASKED) == set(WHY) == set(LANGUAGES)
    for words in (ASKED, WHY):
        [named] = {frozenset(words[language]) for language in LANGUAGES}
        assert named


def test_what_nobody_has_words_for_is_told_all_the_same() -> None:
    assert why_in_words("a-code-of-tomorrow", "de-AT") == WHY["de"]["other"]
    assert asked_in_words("cancel", "ne") == ASKED["en"]["cancel"]


@pytest.mark.parametrize("code", ["slot-in-the-past", "slot-too-short", "slot-too-far"])
def test_a_time_that_does_not_suit_is_said_to_be_one(code: str) -> None:
    assert why_in_words(code, "fr") == WHY["fr"]["slot"]
