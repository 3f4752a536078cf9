"""What every reason for asking a person is made of: a picture, a text, decisions."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from models.base import Value
from models.calendar import Window
from models.errors import Conflict, Invalid
from models.escalation import Action, Brief, Candidate, EscalationReason, Option
from models.ticket import Ticket
from models.visit import Visit, VisitGroup

MOST_HOURS = 14 * 24
_DIGITS = 9
_MODEL = re.compile("mod_[a-z0-9][a-z0-9_.-]{0,79}")
_NOTE = re.compile("not_[0-9a-f-]{36}")
_CODE = re.compile("[a-z0-9][a-z0-9_.-]{0,79}")
REFRESH = "7 Gather the facts again"
CLAIM, RELEASE = "8 Claim it (others see that you work on it)", "9 Release it"


class Wants(StrEnum):
    """What a decision needs beside its name; never more than one bare value."""

    NOTHING = "nothing"
    CANDIDATE = "candidate"
    HOURS = "hours"
    OPTION = "option"
    CATEGORY = "category"


class Decision(Value):
    """One button: what it does, what it says, what it wants."""

    action: Action
    button: str
    explains: str
    wants: Wants = Wants.NOTHING


CANCEL = Decision(
    action=Action.CANCEL, button="Cancel the ticket", explains="Everybody concerned is told."
)
"""Where nobody can help."""


class Picture(Value):
    """What the house knows about the subject of an escalation, gathered a moment ago."""

    ticket: Ticket
    now: datetime
    number: int | None = None
    tz: str = "UTC"
    visit: Visit | None = None
    group: VisitGroup | None = None
    candidates: tuple[Candidate, ...] = ()
    people: tuple[str, ...] = ()
    times: tuple[Window, ...] = ()
    options: tuple[Option, ...] = ()
    undelivered: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The ticket as people call it."""
        return f"T-{self.number}" if self.number else "this ticket"

    def local(self, at: datetime) -> str:
        """An instant as a clock on the customer's wall shows it, with the zone."""
        there = at.astimezone(ZoneInfo(self.tz))
        return f"{there:%a %d %b %H:%M} ({self.tz})"


@dataclass(frozen=True)
class Kind:
    """A family of reasons: its decisions in the order of their numbers, and its words. Every
    decision is possible, unless `narrowed` says which are."""

    reasons: tuple[EscalationReason, ...]
    decisions: tuple[Decision, ...]
    headline: Callable[[Picture, EscalationReason], str]
    facts: Callable[[Picture], Sequence[str]]
    narrowed: Callable[[Picture], Sequence[Action]] | None = None

    def possible(self, picture: Picture) -> Sequence[Action]:
        """What may be decided as things stand."""
        return self.narrowed(picture) if self.narrowed else [d.action for d in self.decisions]


def update_name(number: int, decision: Decision) -> str:
    """The name of a decision's update: the text of its button in the Temporal UI."""
    return f"{number} {decision.button}"


def parameter_of(decision: Decision, given: Any, brief: Brief) -> str | int | None:
    """The one value of a decision, from whatever somebody typed: `4`, `"4"`, `[4]`, `{"x": 4}`.

    What is accepted stays in a history for months, so nothing is that nobody asked for.

    Raises:
        Conflict: `decision-impossible`, where the facts leave no such choice.
        Invalid: `parameter-wrong`, saying what to type.
    """
    if decision.action not in brief.possible:
        raise Conflict("decision-impossible", "That is not possible as things stand; press R.")
    value = bare_value(given)
    match decision.wants:
        case Wants.NOTHING:
            require_nothing(value)
            return None
        case Wants.CANDIDATE:
            return _number(value, 1, len(brief.candidates), "the number of a candidate")
        case Wants.OPTION if isinstance(value, str) and _MODEL.fullmatch(value):
            return value
        case Wants.OPTION:
            return _number(value, 1, len(brief.options), "the number of a line")
        case Wants.HOURS:
            if value is None:
                return None
            return _number(value, 1, MOST_HOURS, "a number of hours")
        case Wants.CATEGORY:
            if not isinstance(value, str) or not _CODE.fullmatch(value.lower()):
                raise _wrong('Type the category in quotes, such as "refrigerator".')
            return value.lower()


def noted(given: Any) -> tuple[Any, str | None]:
    """What our own pages send: the value, and the name of the words that explain it.

    Raises:
        Invalid: `parameter-wrong`, for words in the place of their name.
    """
    if not isinstance(given, dict) or set(given) != {"parameter", "note_id"}:
        return given, None
    note_id = given["note_id"]
    if note_id is not None and not (isinstance(note_id, str) and _NOTE.fullmatch(note_id)):
        raise _wrong("Leave Data empty; notes are written on our own page.")
    return given["parameter"], note_id


def require_nothing(given: Any) -> None:
    """Refuse what was typed where nothing is asked for.

    Raises:
        Invalid: `parameter-wrong`.
    """
    if bare_value(given) is not None:
        raise _wrong("Leave Data empty; notes are written on our own page.")


def bare_value(given: Any) -> Any:
    """What somebody typed, out of the lists and objects they wrapped it in; None for nothing."""
    while isinstance(given, list | tuple | dict) and len(given) == 1:
        given = next(iter(given.values() if isinstance(given, dict) else given))
    if isinstance(given, str):
        given = given.strip()
    return None if given in ("", [], {}) else given


def _number(value: Any, least: int, most: int, what: str) -> int:
    """A number between two others; nothing at all means the first."""
    if value is None:
        return least
    number = 0
    if isinstance(value, str) and value.isdecimal() and len(value) < _DIGITS:
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if not least <= number <= most:
        raise _wrong(
            f"Type {what}, from {least} to {most}, and nothing else.", least=least, most=most
        )
    return number


def _wrong(what_to_type: str, **evidence: int) -> Invalid:
    return Invalid("parameter-wrong", what_to_type, field="/params", **evidence)
