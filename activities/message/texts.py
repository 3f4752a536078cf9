"""What we write to people, in their language. The words are in `texts.yaml` beside this file."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

import yaml

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words: a subject for channels that have one, a text for all."""

    subject: str
    text: str


def render(template: str, facts: Mapping[str, str], locale: str) -> Rendered:
    """The template with its facts filled in, each on one line whatever it contains.

    Args:
        facts: plain strings, ready to be read: dates and times in the reader's zone and named so.
            `start` is ISO 8601 with its offset.
        locale: `de`, `de-AT`, `de_CH`...; a language we do not write gets English.

    Raises:
        KeyError: no template of that name.
        ValueError: a declared fact is missing, or one is given that is not declared.
    """
    declared = declared_facts(template)
    if missing := sorted(declared - facts.keys()):
        raise ValueError(f"{template} lacks: {', '.join(missing)}")
    if unknown := sorted(facts.keys() - declared):
        raise ValueError(f"{template} does not know: {', '.join(unknown)}")
    words = _words(template, locale)
    lines = {name: _on_one_line(fact) for name, fact in facts.items()}
    return Rendered(words["subject"].format_map(lines), words["text"].format_map(lines))


def _on_one_line(fact: str) -> str:
    """The fact without line breaks; one blank before it stays, for facts that are often empty."""
    before = " " if fact[:1].isspace() else ""
    return before + " ".join(fact.split())


@cache
def declared_facts(template: str) -> frozenset[str]:
    """The facts a template needs: those of its English words.

    Raises:
        KeyError: no template of that name.
    """
    english = _words(template, FALLBACK)
    named = (field for text in english.values() for _, field, _, _ in Formatter().parse(text))
    return frozenset(field for field in named if field is not None)


def templates() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Every template by name, then language, then `subject` and `text`."""
    return _book()


def _words(template: str, locale: str) -> Mapping[str, str]:
    languages = _book()[template]
    language = locale.replace("_", "-").partition("-")[0].lower()
    return languages.get(language, languages[FALLBACK])


@cache
def _book() -> dict[str, dict[str, dict[str, str]]]:
    # Read when first needed, not on import: a workflow's sandbox lets no import open a file.
    text = Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8")
    book: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(text)
    return book
