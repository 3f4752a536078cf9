"""What happened: the record from which any incident is explained."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from pydantic import ConfigDict

from models.actor import SYSTEM, Actor
from models.base import Value
from models.identity import derived_id


class Cause(Value):
    """Who wanted something, by which command, within which trace; and the number of the last event
    that they knew of, if it rests on there being no other."""

    actor: Actor
    command_id: str | None = None
    trace_id: str | None = None
    seen: int | None = None


OURSELVES = Cause(actor=SYSTEM)


class Audience(StrEnum):
    """To whom a notice goes."""

    CUSTOMER = "customer"
    EXPERT = "expert"
    OPEN_EXPERTS = "open_experts"
    HELPDESK = "helpdesk"


class Tells(NamedTuple):
    """Who is told of an event, by which text, and which of its facts go along: ids, times and codes
    that may have changed, or cannot be found again, by the time the letter is written. Nothing else
    of an event does, so nothing personal can. Whoever is told the same of several visits at once
    gets one message, unless each is told by itself. `only_if` is a fact without which nobody is
    told."""

    audience: Audience
    template: str
    facts: tuple[str, ...] = ()
    by_itself: bool = False
    only_if: str | None = None


class Facts(Value):
    """What an event of one kind states. The kinds stand in `models/events/<subject>.py`, one class
    each: the name of the kind, the names and types of its facts, and whom it tells.

    Facts are ids, codes, times (ISO 8601) and money: no personal data.
    """

    model_config = ConfigDict(extra="forbid")

    kind: ClassVar[str]
    tells: ClassVar[Tells | None] = None

    def stated(self) -> dict[str, Any]:
        """The facts that were given, None among them; what was left out is not stated."""
        return self.model_dump(exclude_unset=True)


class Event(Value):
    """One effect, recorded once.

    `occurred_at` may lie before `recorded_at` (an expert was offline); `recorded_at` never goes
    back. `seq` has no gaps within the aggregate. `cause` is the id of the command behind it.
    `data` holds ids, codes, times and money only: no personal data
    (docs/rules/conventions.md, Personal data).
    """

    id: str
    aggregate: str
    seq: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    cause: str | None = None
    trace_id: str | None = None
    data: dict[str, Any] = {}


def event_of(
    facts: Facts,
    aggregate: str,
    seq: int,
    at: datetime,
    by: Cause,
    occurred_at: datetime | None = None,
) -> Event:
    """An event of an aggregate, the `seq`th since it began; the same one has the same id, always.
    `at` is now; `occurred_at` when it really was."""
    return Event(
        id=derived_id("evt", aggregate, str(seq)),
        aggregate=aggregate,
        seq=seq,
        type=facts.kind,
        occurred_at=occurred_at or at,
        recorded_at=at,
        actor=by.actor,
        cause=by.command_id,
        trace_id=by.trace_id,
        data=facts.stated(),
    )
