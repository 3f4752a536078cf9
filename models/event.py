"""What happened: the record from which any incident is explained."""

from datetime import datetime
from typing import Any

from models.actor import SYSTEM, Actor
from models.base import Value


class Cause(Value):
    """Who wanted something, by which command, within which trace."""

    actor: Actor
    command_id: str | None = None
    trace_id: str | None = None


OURSELVES = Cause(actor=SYSTEM)


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
