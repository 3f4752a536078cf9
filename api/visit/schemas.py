"""Visits, proposals and reports on the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.http.text import Body, Instant, ShortText, Slot, Words, shown
from api.ticket.schemas import SlotView
from models.identity import Code, ExpertId
from models.ticket import TicketStatus
from models.visit import FactKind, MatchState, ProposalState, VisitState

ClientEventId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.:-]{1,100}$")]


class NewProposal(Body):
    """Every time that works for you; the visit must fit into one of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "windows": [
                        {
                            "start": "2026-12-01T09:00:00+01:00",
                            "end": "2026-12-01T13:00:00+01:00",
                        }
                    ]
                }
            ]
        }
    )

    windows: list[Slot] = Field(min_length=1, max_length=50)


class ProposalView(BaseModel):
    """An offer and its place in the queue of its group."""

    id: str
    visit_id: str
    expert_id: str
    priority_seq: int
    state: ProposalState
    windows: list[SlotView]


class NewAssignment(Body):
    """Send an expert yourself. A time outside the customer's slots needs their consent."""

    model_config = shown(
        expert_id="exp_019b8d63-64e0-7df2-b0ae-bffdf9d49080",
        start="2026-12-01T09:00:00+01:00",
        position=0,
        reason="The customer asked for this expert, who knows the machine.",
        customer_consent=False,
    )

    expert_id: ExpertId
    start: Instant
    position: int = Field(ge=0, le=4, strict=True, description="Counted from 0.")
    reason: Words
    customer_consent: bool = Field(default=False, strict=True)


class AssignedView(BaseModel):
    """The assignment, and where the visit, its group and the ticket stand."""

    assignment_id: str
    visit_id: str
    visit_state: VisitState
    group_id: str
    match_state: MatchState
    status: TicketStatus
    seq: int


class Part(Body):
    """A part that was used."""

    sku: Code
    quantity: int = Field(ge=1, le=1000, strict=True)


class Photo(Body):
    """A photo's metadata; the picture itself stays where the app put it."""

    name: ShortText
    media_type: Annotated[str, StringConstraints(pattern="^image/[a-z0-9.+-]{1,40}$")]
    size: int = Field(ge=1, le=100_000_000, strict=True, description="bytes")
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    taken_at: Instant | None = None


class Signature(Body):
    """Who signed, and the digest of the drawn signature."""

    signed_by: ShortText
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    signed_at: Instant


class WorkReport(Body):
    """What was done."""

    notes: Words
    parts: list[Part] = Field(default=[], max_length=50)
    photos: list[Photo] = Field(default=[], max_length=50)
    signature: Signature | None = None


class VisitEvent(Body):
    """A report from the field. `client_event_id` is yours: the same one has one effect. Only
    `completed` carries a report of the work, and needs one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client_event_id": "phone-7-0042",
                    "type": "completed",
                    "occurred_at": "2026-12-01T10:35:00+01:00",
                    "report": {
                        "notes": "Compressor relay replaced.",
                        "parts": [{"sku": "relay-240v", "quantity": 1}],
                    },
                }
            ]
        }
    )

    client_event_id: ClientEventId
    type: FactKind
    occurred_at: Instant
    expert_id: ExpertId | None = Field(
        default=None, description="On whose behalf the helpdesk reports."
    )
    report: WorkReport | None = None


class VisitStanding(BaseModel):
    """Where the visit stands after a report. `accepted` without a state: nobody could answer, and
    the report waits for the ticket."""

    visit_id: str
    state: VisitState | None
    accepted: bool = True
    repeated: bool = False
    out_of_order: bool = False


class OpenVisitView(BaseModel):
    """A visit that needs somebody: where, but neither street nor name before they are chosen."""

    id: str
    ticket: str
    city: str | None
    zone: str | None
    category: str | None
    urgency: str
    minutes: int
    positions: list[dict[str, Any]]
    slots: list[SlotView]
    match_state: str
    opened_at: datetime


class WorkItemView(BaseModel):
    """One of your assignments, with everything you need to get there."""

    assignment_id: str
    visit_id: str
    ticket_id: str
    ticket: str
    position: int
    state: str
    start: datetime
    end: datetime
    category: str | None
    description: str | None
    customer_name: str | None
    customer_phone: str | None
    address: str | None
    geo: str | None


class EarningView(BaseModel):
    """What you earned with an assignment, minor units: `payout = gross - commission`."""

    assignment_id: str
    visit_id: str
    ticket_id: str
    currency: str
    gross: int
    commission: int
    payout: int
    earned_at: datetime
