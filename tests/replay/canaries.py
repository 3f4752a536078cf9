"""Looking for personal data in a history, whatever it is wrapped in."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.house import REFERENCE
from tests.replay.scenarios.living import WORDS


def canaries() -> list[str]:
    """Names, numbers, addresses of everybody in the reference data, and what people said."""
    people = (*REFERENCE.customers, *REFERENCE.experts)
    found = [*WORDS, *(c.address.street for c in REFERENCE.customers)]
    for person in people:
        found += [person.name, person.phone, person.phone.removeprefix("+"), person.email]
        found += person.name.split()
    return sorted({word.lower() for word in found if len(word) >= 3})


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON document, and every text inside one that is base64 or JSON itself."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value
        yield from texts(_unwrapped(value))


def spoken_in(history: str, words: Iterable[str]) -> list[str]:
    """The words that a history contains."""
    whole = "\n".join(texts(json.loads(history))).lower()
    # A short name may be part of an id: only a word of its own counts. Few words occur at all.
    occurring = (word for word in words if word in whole)
    return [w for w in occurring if re.search(rf"(?<!\w){re.escape(w)}(?!\w)", whole)]


def _unwrapped(text: str) -> Any:
    """What a text holds, if it is base64 of a text, or JSON; None if it holds nothing more."""
    if len(text) < 4 or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text):
        return _document(text)
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return _document(text)
    return plain


def _document(text: str) -> Any:
    if text[:1] not in "{[":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
