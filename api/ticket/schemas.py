"""Tickets on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from api.http.text import A_MORNING, Body, ShortText, Slot, Words, shown
from models.identity import CustomerId
from models.promise.sla import ClockName, ClockState
from models.ticket import Channel, Coverage, IdentityCheck, TicketStatus, Timer, Urgency

_CODE = StringConstraints(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")


class NewTicket(Body):
    """What a customer files. A description and a slot are enough; the rest may follow."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "description": "The fridge hums and does not cool any more.",
                    "model_id": "mod_bosch-kgn39vleb",
                    "slots": [
                        {
                            "start": "2026-12-01T09:00:00+01:00",
                            "end": "2026-12-01T17:00:00+01:00",
                        }
                    ],
                }
            ]
        }
    )

    description: Words
    slots: list[Slot] = Field(default=[], max_length=20)
    slots_later: StrictBool = False
    model_id: Annotated[str, _CODE] | None = None
    model_text: ShortText | None = None
    category: Annotated[str, _CODE] | None = None
    urgency: Urgency = Urgency.NORMAL
    accept_fee: StrictBool = False
    channel: Channel = Channel.WEB
    on_behalf_of: CustomerId | None = None
    identity_check: Annotated[
        IdentityCheck | None,
        Field(description="Of a call: how the helpdesk made sure who it was."),
    ] = None


class TicketReceipt(BaseModel):
    """The ticket is safe. `missing` and `warnings` say what will be asked for."""

    id: str
    status: TicketStatus
    opened_at: datetime
    missing: list[str]
    warnings: list[str]


class SlotsChange(Body):
    """The customer's times, replaced as a whole. With a reason the helpdesk may move even a visit
    that is near."""

    model_config = shown(slots=[A_MORNING])

    slots: list[Slot] = Field(min_length=1, max_length=20)
    reason: Words | None = None


class Cancellation(Body):
    """Why a ticket is given up, in somebody's words."""

    model_config = shown(reason="It works again.")

    reason: Words | None = None


class Confirmation(Body):
    """The work is done."""

    model_config = shown()


class Reopening(Body):
    """The work is not done: why, and when somebody may come."""

    model_config = shown(slots=[A_MORNING], reason="It hums again.")

    slots: list[Slot] = Field(min_length=1, max_length=20)
    reason: Words | None = None


class CoverageDecision(Body):
    """Who pays, decided by a person. PAY_PER_JOB: the customer accepted the price."""

    model_config = shown(coverage="PAY_PER_JOB", reason="They accepted the price by phone.")

    coverage: Coverage
    reason: Words | None = None


class TicketStandingView(BaseModel):
    """Where a ticket stands after a command."""

    id: str
    status: TicketStatus
    round: int
    seq: int


class SlotView(BaseModel):
    """`[start, end)`, UTC."""

    start: datetime
    end: datetime


class AssignmentView(BaseModel):
    """One expert's part of a visit."""

    id: str
    position: int
    expert_id: str
    state: str
    source: str


class VisitView(BaseModel):
    """A visit of a ticket."""

    id: str
    group_id: str
    seq: int
    state: str
    minutes: int
    positions: list[dict[str, Any]]
    start: datetime | None
    end: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    assignments: list[AssignmentView]
    match_state: str
    missing: list[str]


class EscalationView(BaseModel):
    """A question to a person."""

    id: str
    workflow_id: str
    subject: str
    reason: str
    level: int
    state: str
    opened_at: datetime
    step_at: datetime | None
    due_at: datetime
    closed_at: datetime | None
    claimed_by: str | None
    decided_by: str | None
    action: str | None


class TicketSummary(BaseModel):
    """A ticket in a list."""

    id: str
    number: str | None
    status: TicketStatus
    urgency: Urgency
    coverage: Coverage
    zone: str | None
    category: str | None
    opened_at: datetime


class SlaClockView(BaseModel):
    """A clock: `schedule` until everything is settled, `onsite` until the first expert is there,
    `resolve` until the work is done. Its `target` counts what is not waiting for the customer, in
    the zone's business hours or, if not `business_hours`, day and night. `due_at` is null while a
    pause has no known end. BREACHED is provisional until `judged_at`: who reports late
    may still have been in time."""

    name: ClockName
    round: int
    state: ClockState
    target: timedelta
    business_hours: bool
    due_at: datetime | None
    judged_at: datetime | None


class SlaView(BaseModel):
    """What was promised: by when, as things stand, and whether it is kept. Every round has clocks
    of its own; the verdicts of earlier ones stay."""

    schedule_by: datetime | None
    onsite_by: datetime | None
    resolve_by: datetime | None
    state: ClockState
    clocks: list[SlaClockView]


class TicketView(TicketSummary):
    """A ticket, whole. What the reader may not know is null."""

    channel: Channel
    customer_id: str
    model_id: str | None
    model_text: str | None
    description: str | None
    slots: list[SlotView]
    attention: list[str]
    round: int
    completed_at: datetime | None
    sla: SlaView | None
    visits: list[VisitView]
    escalations: list[EscalationView]
    seq: int


class TimersView(BaseModel):
    """The running clocks of a ticket, soonest first."""

    timers: list[Timer]


class TimelineEntry(BaseModel):
    """Who did what, when and why. `occurred_at` may lie before `recorded_at`."""

    aggregate: str
    seq: int | None
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor_role: str
    actor_id: str
    cause: str | None
    trace_id: str | None
    data: dict[str, Any]


class Timeline(BaseModel):
    """Everything that happened around a ticket, in the order in which we learned of it."""

    entries: list[TimelineEntry]


class InvoiceView(BaseModel):
    """The bill of a round, amounts in minor units of the currency."""

    id: str
    number: int
    round: int
    state: str
    currency: str
    total: int
    lines: list[dict[str, Any]]
    issued_at: datetime
