"""The numbers of an escalation's lists: each stands for one thing for as long as the escalation
lives. Gathered again, a thing keeps its number, and what is new gets one that nothing had."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from models.brief import Candidate, Listed, Numbered, Option, SuggestedTime
from models.errors import Conflict, Invalid
from models.escalation import Brief, Escalation

Entry = TypeVar("Entry", Candidate, Option, SuggestedTime)
_DIGITS = 9
_FIRST = 1
_ONE: Mapping[Listed, str] = {
    Listed.CANDIDATE: "the number of a candidate",
    Listed.OPTION: "the number of a line",
    Listed.CATEGORY: "the number of a category",
}
_GONE: Mapping[Listed, str] = {
    Listed.CANDIDATE: "who is no longer free",
    Listed.OPTION: "which is no longer in the catalogue",
    Listed.CATEGORY: "which is no longer in the catalogue",
}
_KEY: Mapping[Listed, str] = {
    Listed.CANDIDATE: "expert_id",
    Listed.OPTION: "model_id",
    Listed.CATEGORY: "category",
}


def numbered(kind: Listed, entries: Iterable[Entry], known: Sequence[Numbered]) -> list[Entry]:
    """The entries in their order, each with the number it always had, or the next new one."""
    given = {n.id: n.number for n in known if n.kind is kind}
    following = max(given.values(), default=_FIRST - 1) + 1
    found = []
    for entry in entries:
        number = given.get(entry.id)
        if number is None:
            number, following = following, following + 1
        found.append(entry.but(number=number))
    return found


def remembered(known: Sequence[Numbered], brief: Brief) -> tuple[Numbered, ...]:
    """Every number that was ever given, those of a brief included."""
    had = {(n.kind, n.id) for n in known}
    return (*known, *(n for n in listed(brief) if (n.kind, n.id) not in had))


def listed(brief: Brief) -> Iterator[Numbered]:
    """What stands behind the numbers of a brief."""
    for candidate in brief.candidates:
        words = f"expert no. {candidate.expert_no}"
        yield _as_listed(Listed.CANDIDATE, candidate, candidate.expert_id, words)
    for option in brief.options:
        yield _as_listed(Listed.OPTION, option, option.value, option.line)
    for category in brief.categories:
        yield _as_listed(Listed.CATEGORY, category, category.value, category.value)
    for time in brief.times:
        start = time.start.isoformat()
        yield _as_listed(Listed.TIME, time, start, start)


def chosen_number(kind: Listed, value: Any, escalation: Escalation) -> int:
    """The number of what somebody chose, by its number or its id; nothing at all means number 1.

    Raises:
        Conflict: `candidate-gone`, `option-gone`, saying what the number was.
        Invalid: `parameter-wrong`, saying what to type.
    """
    brief = escalation.brief or Brief(headline="")
    now = {n.number for n in listed(brief) if n.kind is kind}
    if (number := there(kind, value, escalation)) is not None:
        return number
    raise Invalid(
        "parameter-wrong",
        f"Type {_ONE[kind]}, {_which(sorted(now))}, and nothing else.",
        field="/params",
        least=min(now, default=0),
        most=max(now, default=0),
    )


def there(kind: Listed, value: Any, escalation: Escalation) -> int | None:
    """The number of what is listed; None for what never was.

    Raises:
        Conflict: `candidate-gone`, `option-gone`, of what was and is not any more.
    """
    brief = escalation.brief or Brief(headline="")
    ever = [n for n in remembered(escalation.numbers, brief) if n.kind is kind]
    number = _number(value, ever)
    if any(n.number == number and n.kind is kind for n in listed(brief)):
        return number
    if gone := next((n for n in ever if n.number == number), None):
        raise gone_refusal(gone)
    return None


def candidate_of(escalation: Escalation, number: Any) -> Candidate:
    """The candidate of a number, as they are listed now.

    Raises:
        Conflict, Invalid: as `chosen_number`.
    """
    chosen = chosen_number(Listed.CANDIDATE, number, escalation)
    assert escalation.brief is not None, "it has a number"
    return next(c for c in escalation.brief.candidates if c.number == chosen)


def candidate_as_read(value: str, escalation: Escalation) -> int:
    """The number of a candidate whom somebody chose for the time at which they read that the expert
    could come: `<id>@<start>`, as our own page sends it.

    Raises:
        Conflict: `candidate-moved`, they could come at another time by now; as `chosen_number`.
        Invalid: as `chosen_number`.
    """
    named, _, start = value.partition("@")
    number = chosen_number(Listed.CANDIDATE, named, escalation)
    now = candidate_of(escalation, number)
    if now.start.isoformat() != start:
        raise Conflict(
            "candidate-moved",
            f"{number} is expert no. {now.expert_no}, who could come at another time by now. "
            "Press R, and choose again.",
            field="/params",
            number=number,
            expert_id=now.expert_id,
        )
    return number


def gone_refusal(gone: Numbered) -> Conflict:
    """The refusal of a number that stands for nobody and nothing any more. It is kept by Temporal,
    so it names nobody; who may show names puts them in (`api/escalation/naming.py`)."""
    return Conflict(
        "candidate-gone" if gone.kind is Listed.CANDIDATE else "option-gone",
        f"{gone.number} was {gone.words}, {_GONE[gone.kind]}. Press R, and choose again.",
        field="/params",
        number=gone.number,
        **{_KEY[gone.kind]: gone.key},
    )


def whole_number(value: Any) -> int:
    """What somebody typed as a number, in the digits 0 to 9, or 0 if it is none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value) if len(value) < _DIGITS else 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _number(value: Any, ever: Sequence[Numbered]) -> int:
    if value is None:
        return _FIRST
    by_id = next((n.number for n in ever if n.id == value), None)
    return whole_number(value) if by_id is None else by_id


def _which(numbers: Sequence[int]) -> str:
    """Numbers as one says them: a range where none is missing."""
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"from {numbers[0]} to {numbers[-1]}"
    return " or ".join(str(number) for number in numbers)


def _as_listed(kind: Listed, entry: Any, key: str, words: str) -> Numbered:
    return Numbered(kind=kind, number=entry.number, id=entry.id, key=key, words=words)
