"""What people write: text that everybody sees as it was meant."""

import re
from unicodedata import category, normalize

_HIDDEN = (
    r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufdd0-\ufdef\ufff9-\ufffb"
    r"\ufffe\uffff"
)
_TURNING = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_IGNORABLE = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
)
"""Default_Ignorable_Code_Point of the Unicode Character Database, but for what turns, and for the
two joiners (U+200C, U+200D), without which Persian and Sinhala are written wrong."""
_EMPTY = r"\u2800\ufffc"
"""Symbols that are drawn as nothing, or stand for what did not come with the text."""
_MARKING = _IGNORABLE + _EMPTY
PROSE = f"^[^{_HIDDEN}{_TURNING}]*$"
"""As a pattern that every dialect reads: no control characters but tab and line ends, no separators
or annotations, no noncharacters, no bidirectional controls, with which text reads otherwise than it
was written. Patterns say what is refused of the Basic Multilingual Plane: beyond it dialects spell
characters each in their own way, and the functions below refuse the same kinds."""
ONE_LINE = f"^[^\\u0000-\\u001f{_HIDDEN}{_TURNING}{_MARKING}]*$"
"""The same, and no tab or line end, and no format that nobody sees: two texts that differ in it
alone look the same."""
PHONE = r"^\+[1-9][0-9]{6,14}$"
"""A telephone number as everybody can call it (E.164)."""

_NONCHARACTERS = "".join(f"{chr(n + 0xFFFE)}{chr(n + 0xFFFF)}" for n in range(0, 0x110000, 0x10000))
"""The last two code points of every plane."""
_IGNORABLE_BEYOND = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
_EMPTY_BEYOND = "\U0001d159"
_NO_TEXT = re.compile(rf"[{_HIDDEN}{_NONCHARACTERS}\ud800-\udfff]")
_BREAKS = re.compile(r"[\t\n\r]")
_TURNS = re.compile(f"[{_TURNING}]")
_MARKS = re.compile(f"[{_MARKING}{_IGNORABLE_BEYOND}{_EMPTY_BEYOND}]")
_JOINS_NOTHING = re.compile(r"(?:^|[\s\u0000-\u007f\u200c\u200d])[\u200c\u200d]")
"""A joiner with no letter before it that could join."""


def unreadable(text: str) -> str | None:
    """The rule that a text breaks by a character that is none or turns what is written:
    `control-characters`, `bidirectional-controls`; None if it breaks neither."""
    if _NO_TEXT.search(text):
        return "control-characters"
    return "bidirectional-controls" if _TURNS.search(text) else None


def ambiguous(text: str) -> str | None:
    """As `unreadable`, of what stands in one line: a name is part of subjects, addresses and texts.
    Or `invisible-characters`: it looks as another text does."""
    if _BREAKS.search(text):
        return "control-characters"
    is_marked = _MARKS.search(text) or _JOINS_NOTHING.search(text)
    return unreadable(text) or ("invisible-characters" if is_marked else None)


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of it: a letter, digit, sign or symbol."""
    return any(category(letter)[0] in "LNPS" and not _MARKS.match(letter) for letter in text)


def composed(text: str) -> str:
    """The text in NFC: what looks the same is the same. Give it no more than a page: a long run of
    marks takes its length squared."""
    return normalize("NFC", text)
