"""What runs for a ticket, what happened to it and what it cost, on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.http.ids import CodeRef, InvoiceRef, VisitRef
from models.actor import Role
from models.money.amount import Currency
from models.money.invoice import InvoiceState, LineKind
from models.recorded import Recorded
from models.ticket import TimerName


class TimerView(BaseModel):
    """A running clock: of the ticket, or of the group or visit that is its subject."""

    name: Recorded[TimerName]
    due_at: datetime
    subject: str


class TimersView(BaseModel):
    """The running clocks of a ticket, soonest first."""

    timers: list[TimerView]


class TimelineEntry(BaseModel):
    """Who did what, when and why. `occurred_at` may lie before `recorded_at`."""

    aggregate: str
    seq: int | None
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor_role: Recorded[Role]
    actor_id: str
    cause: str | None
    trace_id: str | None
    data: dict[str, Any]


class Timeline(BaseModel):
    """Everything that happened around a ticket, in the order in which we learned of it."""

    entries: list[TimelineEntry]


class MoneyView(BaseModel):
    """An amount in minor units of its currency."""

    amount: int
    currency: Recorded[Currency]


class InvoiceLineView(BaseModel):
    """A line of a bill; `minutes` of a `time` line, `plan_id` of a `covered` one."""

    kind: Recorded[LineKind]
    amount: MoneyView
    visit_id: VisitRef | None
    minutes: int | None
    plan_id: CodeRef | None


class InvoiceView(BaseModel):
    """The bill of a round, amounts in minor units of the currency."""

    id: InvoiceRef
    number: int
    round: int
    state: Recorded[InvoiceState]
    currency: Recorded[Currency]
    total: int
    lines: list[InvoiceLineView]
    issued_at: datetime
