"""Words in the alphabet of an SMS."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.message.gsm import ALPHABET, in_gsm


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("München", "München"),
        ("Mu\u0308nchen", "München"),
        ("Besançon", "Besancon"),
        ("Łódź", "Lodz"),
        ("Đà Nẵng", "Dà Nang"),
        ("Århus", "Århus"),
        ("São Paulo", "Sao Paulo"),
        ("Bamenda \u2013 Nkwen", "Bamenda - Nkwen"),
        ("50 € [net]", "50 EUR (net)"),
        ("L\u2019Haÿ", "L'Hay"),
        ("Œuilly", "OEuilly"),
        ("Żółkiew", "Zolkiew"),
        ("Москва", "?"),
        ("Москва 東京", "? ?"),
        ("½", "?"),
        ("№ 5", "No 5"),
        ("Bonn\r\n  Beuel\t", "Bonn Beuel"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_what_the_alphabet_lacks_is_spelt(written: str, sent: str) -> None:
    assert in_gsm(written) == sent


@settings(deadline=None)
@given(st.text())
def test_whatever_is_written_fits_the_alphabet_and_stays_on_its_line(written: str) -> None:
    sent = in_gsm(written)
    assert set(sent) <= ALPHABET
    assert sent == sent.strip()
    assert in_gsm(sent) == sent


@settings(deadline=None)
@given(st.text(alphabet=sorted(ALPHABET - {" ", "?"})))
def test_what_the_alphabet_has_stays_as_it_is(written: str) -> None:
    assert in_gsm(written) == written
