"""Visits, proposals and reports on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.http.ids import (
    ArticleRef,
    AssignmentRef,
    CodeRef,
    ExpertRef,
    GroupRef,
    ProposalRef,
    TicketRef,
    VisitRef,
)
from api.http.text import Body, Instant, ShortText, Slot, Truth, Whole, Words, shown
from api.ticket.schemas import SlotView
from models.field import FactKind
from models.identity import Code, ExpertId
from models.knowledge import ArticleState
from models.money.amount import Currency
from models.recorded import Recorded
from models.ticket import TicketStatus, Urgency
from models.visit import AssignmentState, MatchState, Position, ProposalState, VisitState

Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
MediaType = Annotated[str, StringConstraints(pattern="^(image/[a-z0-9.+-]{1,40}|application/pdf)$")]


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

    id: ProposalRef
    visit_id: VisitRef
    expert_id: ExpertRef
    priority_seq: int
    state: Recorded[ProposalState]
    windows: list[SlotView]


class NewAssignment(Body):
    """Send an expert yourself; in the place of `replaces`, if somebody holds the position, who is
    let go once the new one was told. A time outside the customer's slots needs their consent."""

    model_config = shown(
        expert_id="exp_019b8d63-64e0-7df2-b0ae-bffdf9d49080",
        start="2026-12-01T09:00:00+01:00",
        position=0,
        reason="The customer asked for this expert, who knows the machine.",
        customer_consent=False,
    )

    expert_id: ExpertId
    start: Instant
    position: Whole = Field(
        ge=0, le=4, description="The place in the crew, from 0: `idx` of the visit's `positions`."
    )
    reason: Words
    customer_consent: Truth = False
    replaces: ExpertId | None = None


class AssignedView(BaseModel):
    """The assignment, and where the visit, its group and the ticket stand."""

    assignment_id: AssignmentRef
    visit_id: VisitRef
    visit_state: VisitState
    group_id: GroupRef
    match_state: MatchState
    status: TicketStatus
    seq: int


class Part(Body):
    """A part that was used."""

    sku: Code
    quantity: Whole = Field(ge=1, le=1000)


class Photo(Body):
    """A photo: its bytes are brought by `PUT /v1/visits/{visit_id}/files/{sha256}`. `media_type`
    and `size` are understood for `mime` and `bytes` too."""

    model_config = ConfigDict(validate_by_name=True)

    name: ShortText | None = None
    media_type: MediaType = Field(validation_alias="mime")
    size: Whole = Field(
        validation_alias="bytes", ge=1, le=100_000_000, description="At most 10 MiB can be brought."
    )
    sha256: Digest
    taken_at: Instant | None = None


class Signature(Body):
    """Who signed, and the file of the drawn signature, brought as a photo is."""

    model_config = ConfigDict(validate_by_name=True)

    signed_by: ShortText
    sha256: Digest
    signed_at: Instant
    media_type: MediaType | None = Field(default=None, validation_alias="mime")
    size: Whole | None = Field(default=None, validation_alias="bytes", ge=1, le=100_000_000)


class WorkReport(Body):
    """What was done. `kb_note` is for whoever has such an appliance next: a draft of an article."""

    notes: Words
    parts: list[Part] = Field(default=[], max_length=50)
    photos: list[Photo] = Field(default=[], max_length=50)
    signature: Signature | None = None
    kb_note: Words | None = None


class OpenVisitView(BaseModel):
    """A visit that needs somebody: where, but neither street nor name before they are chosen."""

    id: VisitRef
    ticket: str
    city: str | None
    zone: CodeRef | None
    category: CodeRef | None
    urgency: Recorded[Urgency]
    minutes: int
    positions: list[Position]
    slots: list[SlotView]
    match_state: Recorded[MatchState]
    opened_at: datetime


class MapLink(BaseModel):
    """A link to the way there in a map application; no key is needed."""

    app: str = Field(description="The name of the application.")
    url: str = Field(description="Opens it with the way.")


class Withheld(StrEnum):
    """Why an expert may not read any more whom an assignment is for."""

    VISIT_DONE = "visit-done"
    EXPERT_NOT_VERIFIED = "expert-not-verified"
    SKILL_MISSING = "skill-missing"
    OUTSIDE_AREA = "outside-area"


class WorkArticleView(BaseModel):
    """Something to read about a model like the one that is broken."""

    id: ArticleRef = Field(description="The article.")
    state: Recorded[ArticleState] = Field(description="Published, or your own draft.")
    title: str = Field(description="How it begins.")
    body: str = Field(description="All of it.")


class WorkItemView(BaseModel):
    """One of your assignments, with everything you need to get there. Once it is not yours to read
    any more, `withheld` says why, and what is the customer's is null."""

    assignment_id: AssignmentRef = Field(description="Your part of the visit.")
    visit_id: VisitRef = Field(description="The visit. Reports go to its `events`.")
    ticket_id: TicketRef = Field(description="The ticket of the visit.")
    ticket: str = Field(description="The ticket's number, as people say it: T-1001.")
    ref: str = Field(
        description="What the SMS that tells of the assignment calls it, so that the copy that "
        "comes second is known."
    )
    position: int = Field(
        description="Your place in the crew of the visit, from 0. (In a report `position` is a "
        "place on the map.)"
    )
    state: Recorded[AssignmentState] = Field(description="How far your part is.")
    start: datetime = Field(description="When the visit begins, UTC.")
    end: datetime = Field(description="When it is planned to end, with the time granted since.")
    skill: CodeRef | None = Field(description="What your place in the crew needs.")
    zone: CodeRef | None = Field(description="The service area of the ticket.")
    category: CodeRef | None = Field(description="What kind of appliance it is.")
    description: str | None = Field(
        description="What is broken, in the customer's words; null, once withheld."
    )
    customer_name: str | None = Field(description="Null, once withheld.")
    customer_phone: str | None = Field(description="E.164; null, once withheld.")
    address: str | None = Field(description="On one line; null, once withheld.")
    geo: str | None = Field(
        description="The address as a `geo:` URI; null, once withheld or where nobody knows."
    )
    maps: list[MapLink] = Field(description="The way there; empty where `geo` is null.")
    notes: list[str] = Field(description="What you wrote at the end of the visit.")
    withheld: Recorded[Withheld] | None = Field(
        description="Why what is the customer's is null; null, while you may read it."
    )
    next_report: FactKind | None = Field(
        description="The report that is expected of you next; null, when none is."
    )
    wait_until: datetime | None = Field(
        description="Until when you wait before the closed door; null, unless you do."
    )
    start_code_needed: bool = Field(
        description="Whether you begin with the four digits that the customer has: the ticket was "
        "admitted so, and you have not begun."
    )
    articles: list[WorkArticleView] = Field(
        description="About the model that is broken; empty, once withheld."
    )


class EarningView(BaseModel):
    """What you earned with an assignment, minor units: `payout = gross - commission`."""

    assignment_id: AssignmentRef
    visit_id: VisitRef
    ticket_id: TicketRef
    currency: Recorded[Currency]
    gross: int
    commission: int
    payout: int
    earned_at: datetime
