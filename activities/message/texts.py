"""What we write to people, in their language: one entry a template, in `texts/<subject>.yaml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from models.language import FALLBACK, LANGUAGES, language_of
from models.message.preferences import Topic
from models.rules.message.reaching import Reach

BOOK = Path(__file__).with_name("texts")


@dataclass(frozen=True, slots=True)
class Template:
    """All that there is to say of a text.

    Attributes:
        words: by language, `subject` and `text`; `code`, what `{code}` is where there is one.
        sms: what an SMS says instead of the text, in every language, if it does.
        about: what it tells its reader, for the staff who hear that it reached nobody.
        link: where `{link}` leads, by the name that the occasion has for it; empty without one.
        enclosure: what lies beside it, by the occasion's name; empty for nothing.
        moment: which time its `{date}`, `{time}` and `{start}` are.
        reach: by which ways it goes out.
        topic: what its reader declines who does not want to hear of it; None where nobody may.
        settles: seconds for which it waits, so that what overtakes it at once is told instead.
        instead_of: the texts whose place it takes, as the rules say when.
    """

    words: Mapping[str, Mapping[str, str]]
    about: str
    sms: str = ""
    link: str = ""
    enclosure: str = ""
    moment: str = "visit"
    reach: Reach = Reach.PREFERRED
    topic: Topic | None = None
    settles: int = 0
    instead_of: Sequence[str] = ()

    @property
    def declared(self) -> frozenset[str]:
        """The facts it needs: those of its English words."""
        english = self.words[FALLBACK].values()
        named = (field for text in english for _, field, _, _ in Formatter().parse(text))
        return frozenset(field for field in named if field is not None)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words: a subject for channels that have one, a text for all but an SMS, which
    may have one of its own."""

    subject: str
    text: str
    sms: str


def render(template: str, facts: Mapping[str, str], locale: str) -> Rendered:
    """The template with its facts filled in, each on one line whatever it contains.

    Args:
        facts: plain strings, ready to be read: dates and times in the reader's zone and named so.
            `start` is ISO 8601 with its offset.
        locale: `de`, `de-AT`, `fr_CM`...; a language we do not write gets English.

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
    if code := lines.get("code"):
        lines["code"] = words["code"].format(code=code)
    subject, text = (words[part].format_map(lines) for part in ("subject", "text"))
    return Rendered(subject, text, templates()[template].sms.format_map(lines) or text)


def _on_one_line(fact: str) -> str:
    """The fact without line breaks; one blank before it stays, for facts that are often empty."""
    before = " " if fact[:1].isspace() else ""
    return before + " ".join(fact.split())


@cache
def declared_facts(template: str) -> frozenset[str]:
    """The facts a template needs.

    Raises:
        KeyError: no template of that name.
    """
    return templates()[template].declared


def about(template: str) -> str:
    """What a text tells its reader; one that nobody knows, something."""
    known = templates().get(template)
    return known.about if known else "something"


def settles(template: str) -> timedelta:
    """For how long a text waits before it goes out; one that nobody knows, not at all."""
    known = templates().get(template)
    return timedelta(seconds=known.settles if known else 0)


def _words(template: str, locale: str) -> Mapping[str, str]:
    return templates()[template].words[language_of(locale)]


@cache
def templates() -> Mapping[str, Template]:
    """Every template by its name.

    Raises:
        ValueError: two entries have one name.
    """
    # Read when first needed, not on import: a workflow's sandbox lets no import open a file.
    book: dict[str, Template] = {}
    for chapter in sorted(BOOK.glob("*.yaml")):
        for name, entry in yaml.safe_load(chapter.read_text(encoding="utf-8")).items():
            if name in book:
                raise ValueError(f"{name} stands in {chapter.name} and elsewhere")
            book[name] = _template(entry)
    return book


def _template(entry: Mapping[str, Any]) -> Template:
    words = {language: entry[language] for language in LANGUAGES}
    chosen = {name: value for name, value in entry.items() if name not in words}
    if "reach" in chosen:
        chosen["reach"] = Reach(chosen["reach"])
    if "topic" in chosen:
        chosen["topic"] = Topic(chosen["topic"])
    return Template(words=words, **chosen)
