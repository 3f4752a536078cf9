"""What each stable code means and what to do about it: the articles behind a problem's `type`.

One article for every code that anything here refuses with; a test walks the source for them. The
words are in `articles.yaml` beside this file.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from models.base import Value


class Article(Value):
    """The public explanation of one code."""

    title: str
    explanation: str
    remedy: str


_BOOK = Path(__file__).with_name("articles.yaml").read_text(encoding="utf-8")
ARTICLES: Mapping[str, Article] = {
    code: Article.model_validate(words) for code, words in yaml.safe_load(_BOOK).items()
}
