"""What people write, and what only looks like it."""

import re

import pytest

from models.text import ONE_LINE, PROSE, ambiguous, composed, is_visible, unreadable


@pytest.mark.parametrize(
    "text",
    [
        "Kühlschrank",
        "Çağla Şentürk",
        "काठमाडौँ",
        "يوسف",
        "👩‍🔧",
        "3",
        "…",
        "می\u200cشود",
        "ශ්\u200dරී",
        "ന്\u200d പേര്",
        "a\tb\nc",
        "O\u2019Brien",
    ],
)
def test_what_people_write_is_text(text: str) -> None:
    assert unreadable(text) is None
    assert is_visible(text)
    assert ambiguous(text.replace("\t", " ").replace("\n", " ")) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\ufeff",
        "\u200b\u200d",
        "\u200c",
        "\u200d",
        "\u115f\u1160",
        "\u3164",
        "\uffa0",
        "\u2800",
        "\u0301",
        "\u17b4",
        "\ufe0f",
        "\ufffc",
        "\U0001d159",
        "\U000e0041",
        "\U000e0100",
    ],
)
def test_what_nobody_sees_is_not_visible(text: str) -> None:
    assert not is_visible(text)


@pytest.mark.parametrize("letter", list("\u061c\u200e\u200f\u202a\u202e\u2066\u2069"))
def test_what_turns_the_direction_of_writing_is_refused_anywhere(letter: str) -> None:
    for text in (letter, f"Sam{letter}", f"Sam {letter}Roe"):
        assert unreadable(text) == ambiguous(text) == "bidirectional-controls"


@pytest.mark.parametrize(
    "letter",
    list("\x00\x07\x1b\x7f\x85\u2028\u2029\ufffe\ud83d\ufdd0\ufdef\U0001fffe\U0001ffff\U0010ffff"),
)
def test_what_is_no_character_is_refused_anywhere(letter: str) -> None:
    assert unreadable(f"Sam{letter}") == "control-characters"


@pytest.mark.parametrize(
    "letter",
    list(
        "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u2060\u2065\u2800\u3164\ufe00\ufe0f\ufeff"
        "\uffa0\ufff0\ufffc\U0001bca0\U0001d159\U0001d173\U000e0001\U000e0041\U000e007f\U000e0100"
    ),
)
def test_a_mark_that_nobody_sees_makes_a_name_ambiguous_and_prose_not(letter: str) -> None:
    assert unreadable(f"Sam{letter}Roe") is None
    assert ambiguous(f"Sam{letter}Roe") == "invisible-characters"


@pytest.mark.parametrize("text", ["Sam\u200d", "Sa\u200cm", "\u200dSam", "م\u200c\u200cم"])
def test_a_joiner_that_joins_nothing_makes_a_name_ambiguous(text: str) -> None:
    assert unreadable(text) is None
    assert ambiguous(text) == "invisible-characters"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\t"])
def test_a_name_stands_in_one_line(end: str) -> None:
    assert unreadable(f"Sam{end}Bcc: x@y.z") is None
    assert ambiguous(f"Sam{end}Bcc: x@y.z") == "control-characters"


def test_a_pattern_refuses_nothing_that_the_rule_allows_and_all_of_its_plane_that_it_forbids() -> (
    None
):
    joiners = "\u200c\u200d"
    for letter in map(chr, (*range(0xD800), *range(0xE000, 0x110000))):
        text = f"é{letter}é"
        for pattern, rule in ((PROSE, unreadable), (ONE_LINE, ambiguous)):
            refused = rule(text) is not None
            if letter <= "\uffff" and letter not in joiners:
                assert (re.search(pattern, text) is None) == refused, hex(ord(letter))
            else:
                assert re.search(pattern, text), hex(ord(letter))


def test_what_looks_the_same_is_the_same() -> None:
    assert composed("Jose\u0301") == composed("José") == "José"
