"""What people type, read or refused: a decision takes one bare value at most."""

import re
from typing import Any

from models.brief import Listed
from models.errors import Conflict, Invalid
from models.escalation import Brief, Escalation
from models.rules.escalation.kind import Decision, Wants
from models.rules.escalation.numbering import candidate_as_read, chosen_number, whole_number

MOST_HOURS = 14 * 24
_MODEL = re.compile("mod_[a-z0-9][a-z0-9_.-]{0,79}")
_NOTE = re.compile("not_[0-9a-f-]{36}")
_TIMES = re.compile("tms_[0-9a-f-]{36}")
_CODE = re.compile("[a-z0-9][a-z0-9_.-]{0,79}")


def parameter_of(decision: Decision, given: Any, escalation: Escalation) -> str | int | None:
    """The one value of a decision, from whatever somebody typed: `4`, `"4"`, `[4]`, `{"x": 4}`, or
    the id of what is chosen in the place of its number.

    What is accepted stays in a history for months, so nothing is that nobody asked for.

    Raises:
        Conflict: `decision-impossible`, where the facts leave no such choice; as `chosen_number`.
        Invalid: `parameter-wrong`, saying what to type.
    """
    brief = escalation.brief or Brief(headline="")
    if decision.action not in brief.possible:
        raise Conflict("decision-impossible", "That is not possible as things stand; press R.")
    value = bare_value(given)
    match decision.wants:
        case Wants.NOTHING:
            require_nothing(value)
            return None
        case Wants.CANDIDATE if isinstance(value, str) and "@" in value:
            return candidate_as_read(value, escalation)
        case Wants.CANDIDATE:
            return chosen_number(Listed.CANDIDATE, value, escalation)
        case Wants.OPTION if isinstance(value, str) and _MODEL.fullmatch(value):
            return value
        case Wants.OPTION:
            return chosen_number(Listed.OPTION, value, escalation)
        case Wants.HOURS:
            return _hours(value)
        case Wants.WAIT:
            return None if value is None else _minutes(value, decision.minutes)
        case Wants.CATEGORY:
            return _category(value, escalation)
        case Wants.MINUTES:
            return _minutes(value, decision.minutes)
        case Wants.TIMES:
            return _times(value, brief)


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


def _hours(value: Any) -> int | None:
    if value is None:
        return None
    hours = whole_number(value)
    if not 1 <= hours <= MOST_HOURS:
        raise _wrong(
            f"Type a number of hours, from 1 to {MOST_HOURS}, and nothing else.",
            least=1,
            most=MOST_HOURS,
        )
    return hours


def _minutes(value: Any, allowed: range) -> int:
    minutes = whole_number(value)
    if minutes not in allowed:
        steps = f" in steps of {allowed.step}" if allowed.step > 1 else ""
        raise _wrong(
            f"Type a number of minutes, from {allowed[0]} to {allowed[-1]}{steps}, "
            "and nothing else.",
            least=allowed[0],
            most=allowed[-1],
        )
    return minutes


def _category(value: Any, escalation: Escalation) -> str:
    if whole_number(value):
        number = chosen_number(Listed.CATEGORY, value, escalation)
        assert escalation.brief is not None, "it has a number"
        return next(c.value for c in escalation.brief.categories if c.number == number)
    if not isinstance(value, str) or not _CODE.fullmatch(value.lower()):
        raise _wrong('Type the number of the category, or its name in quotes: "refrigerator".')
    return value.lower()


def _times(value: Any, brief: Brief) -> str:
    """The list that is shown now, by which it is carried out; our own page says which it showed."""
    if value is not None and not (isinstance(value, str) and _TIMES.fullmatch(value)):
        raise _wrong("Leave Data empty: all the times above are offered.")
    if value not in (None, brief.times_id):
        raise Conflict(
            "times-gone",
            "Other times are possible than you read. Press R, and decide again.",
            field="/params",
        )
    return brief.times_id


def _wrong(what_to_type: str, **evidence: int) -> Invalid:
    return Invalid("parameter-wrong", what_to_type, field="/params", **evidence)
