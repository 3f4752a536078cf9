"""News that waits to be told, and what is known when its turn comes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from models.ticket import Coverage, TicketStatus
from models.visit import AssignmentState, VisitState


class VisitNow(NamedTuple):
    """A visit as it stands; `crew` are those who are to come, by id, and how far they are, `barred`
    those of them who may not come any more (docs/rules/states.md, Rights of an expert)."""

    state: VisitState
    start: datetime | None
    crew: Mapping[str, AssignmentState]
    barred: frozenset[str] = frozenset()


class TicketNow(NamedTuple):
    """A ticket as it stands; its visits by id."""

    status: TicketStatus
    round: int
    coverage: Coverage
    visits: Mapping[str, VisitNow]


class Earlier(NamedTuple):
    """What the same reader was told of the same subject before, or may have been: a provider that
    did not answer may have sent it. `at` is when it was to be told, `seq` the number of its event;
    `by_mail` says that it surely went out with what lies beside a letter."""

    template: str
    facts: Mapping[str, str]
    at: datetime
    seq: int = 0
    by_mail: bool = True


class News(NamedTuple):
    """A message whose turn has come.

    Attributes:
        reader: the recipient's id.
        occurred_at: when what it tells of really was.
        now: when it would be sent.
        tz: the zone of the place, which says what day it is.
        earlier: what its reader knows from us, in the order in which it was told.
        reported: the visits from which its reader has reported something.
        is_answered: whether the question that it asks has ended.
    """

    template: str
    facts: Mapping[str, str]
    reader: str
    occurred_at: datetime
    now: datetime
    tz: str
    ticket: TicketNow
    earlier: tuple[Earlier, ...] = ()
    reported: frozenset[str] = frozenset()
    is_answered: bool = False


class Appointment(NamedTuple):
    """A visit that a message tells of, when it says that it is or was, and who it says comes, by
    id; what it does not say is None, or empty."""

    visit_id: str
    start: datetime | None = None
    crew: frozenset[str] = frozenset()


def appointments(facts: Mapping[str, str]) -> tuple[Appointment, ...]:
    """The visits that a message tells of. `also` names those beside the first, `also_start` and
    `also_expert_ids` say of each of them what `start` and `expert_ids` say of the first."""
    if "visit_id" not in facts:
        return ()
    others = facts.get("also", "").split()
    starts = facts.get("also_start", "").split() or [_UNSAID] * len(others)
    crews = facts.get("also_expert_ids", "").split() or [_UNSAID] * len(others)
    first = facts["visit_id"], facts.get("start", _UNSAID), facts.get("expert_ids", _UNSAID)
    named = (first, *zip(others, starts, crews, strict=True))
    return tuple(
        Appointment(visit_id, _said(start, datetime.fromisoformat), _said(crew, _names) or _NOBODY)
        for visit_id, start, crew in named
    )


def telling_of(facts: Mapping[str, str], told: Sequence[Appointment]) -> dict[str, str]:
    """The facts of a message, but that it tells of these visits."""
    others = {name: fact for name, fact in facts.items() if name not in _OF_VISITS}
    first, *also = told
    said = {"visit_id": first.visit_id, "start": _start(first), "expert_ids": _crew(first)}
    if also:
        said["also"] = " ".join(one.visit_id for one in also)
        said["also_start"] = " ".join(map(_start, also))
        said["also_expert_ids"] = " ".join(map(_crew, also))
    return others | {name: fact for name, fact in said.items() if fact.strip(f"{_UNSAID} ")}


_OF_VISITS = {"visit_id", "start", "end", "expert_ids", "also", "also_start", "also_expert_ids"}
_UNSAID = "-"
_NOBODY: frozenset[str] = frozenset()
_T = TypeVar("_T")


def _said(fact: str, read: Callable[[str], _T]) -> _T | None:
    return None if fact == _UNSAID else read(fact)


def _names(fact: str) -> frozenset[str]:
    return frozenset(fact.split(","))


def _start(told: Appointment) -> str:
    return told.start.isoformat() if told.start else _UNSAID


def _crew(told: Appointment) -> str:
    return ",".join(sorted(told.crew)) or _UNSAID
