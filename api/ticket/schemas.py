"""Tickets on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.http.ids import (
    AssignmentRef,
    CodeRef,
    CustomerRef,
    EscalationRef,
    ExpertRef,
    GroupRef,
    TicketRef,
    VisitRef,
)
from api.http.text import A_MORNING, Body, Email, Phone, ShortText, Slot, Truth, Words, shown
from api.ticket.clocks import SlaView
from models.escalation import Action, EscalationReason, EscalationState
from models.field import Shortfall
from models.identity import CustomerId
from models.people.travel import TravelSource
from models.recorded import Recorded
from models.ticket import (
    Attention,
    Channel,
    Coverage,
    IdentityCheck,
    Missing,
    TicketStatus,
    Urgency,
)
from models.visit import AssignmentSource, AssignmentState, MatchState, Position, VisitState

_CODE = StringConstraints(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")


class Contact(Body):
    """How whoever calls is reached, by phone or by e-mail at least."""

    model_config = shown(name="Sam Roe", phone="+4930901820001")

    name: ShortText | None = None
    phone: Phone | None = None
    email: Email | None = None


class NewTicket(Body):
    """What a customer files. A description and a slot are enough; the rest may follow. With a
    `contact`, a description alone is: the ticket waits until the helpdesk has added the rest."""

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
    slots_later: Truth = False
    model_id: Annotated[str, _CODE] | None = None
    model_text: ShortText | None = None
    category: Annotated[str, _CODE] | None = None
    urgency: Urgency = Urgency.NORMAL
    accept_fee: Truth = False
    channel: Channel = Channel.WEB
    contact: Contact | None = None
    on_behalf_of: CustomerId | None = None
    identity_check: Annotated[
        IdentityCheck | None,
        Field(description="Of a call: how the helpdesk made sure who it was."),
    ] = None


class TicketReceipt(BaseModel):
    """The ticket is safe. `missing` and `warnings` say what will be asked for."""

    id: TicketRef
    status: TicketStatus
    opened_at: datetime
    missing: list[Missing]
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

    id: TicketRef
    status: TicketStatus
    round: int
    seq: int


class PutOffView(BaseModel):
    """Kept; carried out as soon as the ticket can be reached. Send it again under the same key to
    learn what became of it."""

    id: TicketRef = Field(description="The ticket.")
    effect: Literal["accepted"] = Field(description="Kept, and not carried out yet.")


class SlotView(BaseModel):
    """`[start, end)`, UTC."""

    start: datetime
    end: datetime


class AssignmentView(BaseModel):
    """One expert's part of a visit."""

    id: AssignmentRef
    position: int = Field(description="The place in the crew, from 0: `idx` of `positions`.")
    expert_id: ExpertRef
    state: Recorded[AssignmentState]
    source: Recorded[AssignmentSource]


class ArrivalView(BaseModel):
    """When an expert who is on the way is there, as their customer is told. `source` is who says
    how long the way takes, and `server` the place of that map server in the chain."""

    at: datetime
    source: Recorded[TravelSource]
    server: int | None


class VisitView(BaseModel):
    """A visit of a ticket. `minutes` and `end` are with the time that was granted since.
    `shortfall` is why it ended before its work was done, `follows` the visit whose work it goes on
    with. `eta` is when the first of those who are on the way is there, and null before somebody
    is."""

    id: VisitRef
    group_id: GroupRef
    seq: int
    state: Recorded[VisitState]
    minutes: int
    positions: list[Position]
    start: datetime | None
    end: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    assignments: list[AssignmentView]
    match_state: Recorded[MatchState] | None
    missing: list[str]
    shortfall: Recorded[Shortfall] | None = None
    follows: VisitRef | None = None
    eta: ArrivalView | None = None


class EscalationView(BaseModel):
    """A question to a person. `because` says what ended it without one, where more is known than
    that the world moved on: `late_evidence`, a report that came late of what had happened in time;
    `customer_coming`, `door_opened`; `customer_chose`, `matched_anew`, `somebody_comes`."""

    id: EscalationRef
    workflow_id: str
    subject: str
    reason: Recorded[EscalationReason]
    level: int
    state: Recorded[EscalationState]
    opened_at: datetime
    step_at: datetime | None
    due_at: datetime
    closed_at: datetime | None
    claimed_by: str | None
    decided_by: str | None
    action: Recorded[Action] | None
    because: str | None


class TicketSummary(BaseModel):
    """A ticket in a list."""

    id: TicketRef
    number: str | None
    status: Recorded[TicketStatus]
    urgency: Recorded[Urgency]
    coverage: Recorded[Coverage]
    zone: CodeRef | None
    category: CodeRef | None
    opened_at: datetime


class ContactView(BaseModel):
    """How whoever filed a ticket in brief is reached."""

    name: str | None
    phone: str | None
    email: str | None


class TicketView(TicketSummary):
    """A ticket, whole. What the reader may not know is null. `missing` is what it lacks, of model,
    slots and address; `contact` how whoever filed it in brief is reached. `coverage_as_of`, UTC:
    that a plan pays is remembered, and was heard then; whoever keeps the accounts was away."""

    channel: Recorded[Channel]
    coverage_as_of: datetime | None = None
    customer_id: CustomerRef
    model_id: CodeRef | None
    model_text: str | None
    description: str | None
    contact: ContactView | None = None
    slots: list[SlotView]
    missing: list[Missing]
    attention: list[Recorded[Attention]]
    round: int
    completed_at: datetime | None
    sla: SlaView | None
    visits: list[VisitView]
    escalations: list[EscalationView]
    seq: int
