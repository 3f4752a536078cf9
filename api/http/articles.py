"""What each stable code means and what to do about it: the articles behind a problem's `type`.

One article for every code that anything here refuses with; a test walks the source for them. The
words stand with their subject, in `api/<subject>/articles.yaml`, a code in one of them only.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from models.base import Value

ROOM = Path(__file__).parents[1]
"""Where the subjects are."""


class Article(Value):
    """The public explanation of one code."""

    title: str
    explanation: str
    remedy: str


def read(room: Path) -> dict[str, Article]:
    """The articles of every subject in a room, by code.

    Raises:
        ValueError: a code stands in two files, or twice in one.
    """
    articles: dict[str, Article] = {}
    places: dict[str, str] = {}
    for book in sorted(room.glob("*/articles.yaml")):
        place = str(book.relative_to(room))
        for code, words in _entries(book.read_text(encoding="utf-8")):
            if code in articles:
                raise ValueError(f"{code} stands in {places[code]} and in {place}: keep one")
            articles[code], places[code] = Article.model_validate(words), place
    return articles


def _entries(text: str) -> Iterator[tuple[str, object]]:
    """The entries of a file as they are written, a repeated one twice: a dict would keep the
    last."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        for key, words in root.value:
            yield str(loader.construct_object(key)), loader.construct_object(words, deep=True)
    finally:
        loader.dispose()


ARTICLES: Mapping[str, Article] = read(ROOM)
