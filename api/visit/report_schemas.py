"""Reports from the field on the wire, and what became of them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, StringConstraints, WithJsonSchema

from api.http.ids import VisitRef
from api.http.problems import Problem
from api.http.text import Body, Instant, Latitude, Longitude, Truth, Whole, Words, shown
from api.visit.schemas import Part, WorkReport
from models.field import FactKind
from models.identity import Code, ExpertId, VisitId
from models.visit import VisitState

ClientEventId = Annotated[str, StringConstraints(pattern="^[!-~]{1,80}$")]
"""Visible ASCII, unique for an expert."""


class Attempt(Body):
    """How you tried to reach the customer from before their door."""

    channel: Literal["phone", "sms", "bell", "knock", "neighbour", "other"]
    at: Instant


class SeenAt(Body):
    """Where you were at the time of the report. It is kept if you let us know where you are
    (`PUT /v1/experts/me/position-sharing`), as your last place; else nothing of it is."""

    lat: Latitude
    lng: Longitude


class VisitEvent(Body):
    """A report from the field. `client_event_id` is yours, and names one report of all that you
    make: sent again with the same content it is repeated, with another one refused. `sent_at` is
    your clock at sending, renewed with every attempt: if it is more than five minutes wrong,
    `occurred_at` moves by as much. What else it carries depends on its type (docs/api.md, Reports
    from the field). `corrects` takes an earlier report of yours back; with a type it puts this one
    in its place, without one it does only that."""

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
    type: FactKind | None = None
    occurred_at: Instant
    sent_at: Instant | None = None
    expert_id: ExpertId | None = Field(
        default=None, description="On whose behalf the helpdesk reports."
    )
    reason: Words | None = Field(
        default=None, description="A code of cannot_arrive and incomplete, words otherwise."
    )
    minutes: Whole | None = Field(default=None, ge=15, le=480, multiple_of=15)
    contact_attempts: list[Attempt] = Field(default=[], max_length=20)
    parts: list[Part] = Field(default=[], max_length=50, description="That are still needed.")
    parts_eta: Instant | None = None
    skill: Code | None = None
    start_code: Annotated[str, StringConstraints(pattern="^[0-9]{4}$")] | None = Field(
        default=None, description="Four digits that the customer has, where they have them."
    )
    follow_up: Truth = True
    position: SeenAt | None = None
    report: WorkReport | None = None
    corrects: ClientEventId | None = None


class BatchedEvent(VisitEvent):
    """A report of a batch, and the visit it is of."""

    visit_id: VisitId


_Unread = Annotated[
    SkipValidation[BatchedEvent],
    WithJsonSchema({"$ref": "#/components/schemas/BatchedEvent"}),
]


class Effect(StrEnum):
    """What a report changed."""

    APPLIED = "applied"
    REPEATED = "repeated"
    RECORDED_ONLY = "recorded_only"
    ACCEPTED = "accepted"


class VisitStanding(BaseModel):
    """Where the visit stands after a report. `accepted` as its effect, without a state: nobody
    could answer, and the report waits for the ticket; send it again some time to know its effect.
    `recorded_only`: it is kept, and changes nothing. `code_pending`: the start code is looked at
    when the report arrives. `end`, of a need for more time: until when the visit lasts now."""

    visit_id: VisitRef
    client_event_id: ClientEventId
    effect: Effect
    state: VisitState | None
    repeated: bool = False
    out_of_order: bool = False
    recorded_only: bool = False
    code_pending: bool = False
    end: datetime | None = None


class ReportBatch(Body):
    """Up to 100 reports of several visits, oldest first or not. `sent_at` is your clock at sending,
    of all that name none themselves. Each is a report as it would be sent alone, with `visit_id`;
    one that cannot be read is refused, and stops none of the others: so each is looked at by
    itself."""

    model_config = shown(
        sent_at="2026-12-01T18:05:00+01:00",
        events=[
            {
                "visit_id": "vis_019b8d63-64e0-7df2-b0ae-bffdf9d49080",
                "client_event_id": "phone-7-0043",
                "type": "on_site",
                "occurred_at": "2026-12-01T09:58:00+01:00",
            }
        ],
    )

    sent_at: Instant | None = None
    events: list[_Unread] = Field(min_length=1, max_length=100)


class BatchResult(BaseModel):
    """What became of one report of a batch: where its visit stands, or why it was refused. What has
    `status` 503 is sent again; everything else is done with."""

    client_event_id: ClientEventId | None
    status: int
    standing: VisitStanding | None = None
    problem: Problem | None = None


class BatchResults(BaseModel):
    """One result a report, in the order given."""

    results: list[BatchResult]
