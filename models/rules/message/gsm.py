"""Words in the alphabet of an SMS (GSM 03.38, basic table): 160 of its signs fit into one; a single
other one, and only 70 do (docs/rules/messages.md, An assignment)."""

import re
from collections.abc import Mapping
from unicodedata import combining, normalize

ONE_SMS = 160
ALPHABET = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table, without the ends of lines. Of the extension table each sign takes the room of
two, so none is used."""

UNKNOWN = "?"
SPELT: Mapping[str, str] = {
    **dict(zip("ŁłĐđÐðĦħŦŧ\u0131", "LlDdDdHhTti", strict=True)),
    **dict(zip("\u2018\u2019\u00b4`^\u2013\u2014\u2011~·\\|[]{}", "'''''----.//()()", strict=True)),
    **dict.fromkeys("“”„«»", '"'),
    "Þ": "Th",
    "þ": "th",
    "Œ": "OE",
    "œ": "oe",
    "ẞ": "SS",
    "€": "EUR",
    "…": "...",
}
"""What is no sign of the alphabet with an accent."""


def in_gsm(text: str) -> str:
    """The text on one line in the alphabet: accents that it does not have fall away, letters that
    it does not have are spelt, and a run of what cannot be spelt is one `?`."""
    spelt = "".join(map(_spelt, " ".join(normalize("NFC", text).split())))
    return re.sub(r"\?{2,}", UNKNOWN, " ".join(spelt.split()))


def _spelt(sign: str) -> str:
    if sign in ALPHABET:
        return sign
    if sign in SPELT:
        return SPELT[sign]
    plain = "".join(c for c in normalize("NFKD", sign) if not combining(c))
    spelt = "".join(SPELT.get(c, c) for c in plain)
    return spelt if spelt and set(spelt) <= ALPHABET else UNKNOWN
