"""Reports from the field on the wire, and what became of them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, StringConstraints, WithJsonSchema

from api.http.ids import RefusedReportRef, VisitRef
from api.http.problem import Problem
from api.http.text import Body, Instant, Latitude, Longitude, Truth, Whole, Words, shown
from api.visit.report_guide import EXAMPLES, listed
from api.visit.schemas import Part, WorkReport
from models.field import (
    EXTENSION_STEP,
    LONGEST_EXTENSION,
    FactKind,
    Hindrance,
    Shortfall,
)
from models.identity import Code, ExpertId, VisitId
from models.recorded import Recorded
from models.visit import VisitState

ClientEventId = Annotated[str, StringConstraints(pattern="^[!-~]{1,80}$")]
"""Visible ASCII, unique for an expert."""
LONGEST_VISIT = 480
"""Minutes that a visit is planned for at most."""


class Attempt(Body):
    """How you tried to reach the customer from before their door."""

    channel: Literal["phone", "sms", "bell", "knock", "neighbour", "other"] = Field(
        description="By what."
    )
    at: Instant = Field(description="When.")


class SeenAt(Body):
    """Where you were at the time of the report. It is kept if you let us know where you are
    (`PUT /v1/experts/me/position-sharing`), as your last place; else nothing of it is."""

    lat: Latitude = Field(description="Degrees north, WGS 84.")
    lng: Longitude = Field(description="Degrees east, WGS 84.")


class VisitEvent(Body):
    """A report from the field. `client_event_id` is yours, and names one report of all that you
    make: sent again with the same content it is repeated, with another one refused. `sent_at` is
    your clock at sending, renewed with every attempt: if it is more than five minutes wrong,
    `occurred_at` moves by as much. What else it carries depends on its type: a field of another
    type is refused. `corrects` takes an earlier report of yours back; with a type it puts this one
    in its place, without one it does only that."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLES[FactKind.COMPLETED]]})

    client_event_id: ClientEventId = Field(
        description="Chosen by you, one for each report of all that you make: visible ASCII."
    )
    type: FactKind | None = Field(
        default=None, description="What happened. Left out only where `corrects` takes one back."
    )
    occurred_at: Instant = Field(
        description="When it happened, by your clock. It counts, never the time of arrival."
    )
    sent_at: Instant | None = Field(
        default=None, description="Your clock at sending, renewed with every attempt."
    )
    expert_id: ExpertId | None = Field(
        default=None,
        description="On whose behalf the helpdesk reports, who must say so. Experts leave it out.",
    )
    reason: Words | None = Field(
        default=None,
        description=f"`cannot_arrive`: one of {listed(Hindrance)}. `incomplete`: one of "
        f"{listed(Shortfall)}. `start_partial`: in words, why you begin without somebody. Of the "
        "helpdesk, who reports for an expert, any type: in words.",
    )
    minutes: Whole | None = Field(
        default=None,
        ge=EXTENSION_STEP,
        le=LONGEST_VISIT,
        multiple_of=EXTENSION_STEP,
        description=f"Whole minutes, in steps of {EXTENSION_STEP}. `need_more_time`: beyond the "
        f"planned end, at most {LONGEST_EXTENSION}. `incomplete`: how long the follow-up lasts, "
        f"at most {LONGEST_VISIT}; left out, as long as this visit was planned.",
    )
    contact_attempts: list[Attempt] = Field(
        default=[],
        max_length=20,
        description="`cannot_enter`, one at least: how you tried to reach the customer.",
    )
    parts: list[Part] = Field(
        default=[], max_length=50, description="`incomplete`: the parts that are still needed."
    )
    parts_eta: Instant | None = Field(
        default=None,
        description="`incomplete`: when the parts are there; the follow-up is not before.",
    )
    skill: Code | None = Field(
        default=None,
        description="`incomplete` for WRONG_SKILL: the skill that is needed, as "
        "`GET /v1/skills` has it.",
    )
    start_code: Annotated[str, StringConstraints(pattern="^[0-9]{4}$")] | None = Field(
        default=None,
        description="`started`, `start_partial`: the four digits that the customer has. Needed "
        "where the work item says `start_code_needed`.",
    )
    follow_up: Truth = Field(
        default=True, description="`incomplete`: whether another visit goes on with this one."
    )
    position: SeenAt | None = Field(
        default=None,
        description="`en_route`, `on_site`: the place on the map where you were. (In a work item "
        "and in an assignment `position` is a number: the place in the crew.)",
    )
    report: WorkReport | None = Field(
        default=None, description="`completed`, needed; `incomplete`: what was done."
    )
    corrects: ClientEventId | None = Field(
        default=None,
        description="The `client_event_id` of an earlier report of yours, of this visit, that is "
        "taken back; more time that was granted for it goes back.",
    )


class BatchedEvent(VisitEvent):
    """A report of a batch, and the visit it is of."""

    visit_id: VisitId = Field(description="The visit that it is of.")


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
    """Where the visit stands after a report. After `accepted` (202) send the same report again some
    time: it answers `repeated`, and `state` and `recorded_only` tell what became of it."""

    visit_id: VisitRef = Field(description="The visit of the report.")
    client_event_id: ClientEventId = Field(description="The report; of a file, its hash.")
    effect: Effect = Field(
        description="`applied`: it counts. `repeated`: it was known. `recorded_only`: it is kept "
        "with its words, and changes nothing. `accepted`: nobody could answer; it is kept, and its "
        "ticket reads it as soon as it can be reached."
    )
    state: VisitState | None = Field(
        description="Where the visit stands now; null with `accepted`."
    )
    repeated: bool = Field(default=False, description="The same report was known already.")
    out_of_order: bool = Field(
        default=False, description="Something that happened later was known before."
    )
    recorded_only: bool = Field(
        default=False,
        description="It changes nothing, whether now or, where it is repeated, at first.",
    )
    code_pending: bool = Field(
        default=False, description="The start code is looked at when its ticket reads the report."
    )
    end: datetime | None = Field(
        default=None, description="Of `need_more_time`: until when the visit lasts now."
    )


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
    """What became of one report of a batch: where its visit stands, or why it was refused."""

    client_event_id: ClientEventId | None = Field(
        description="The report; null, where it has no name that can be read."
    )
    status: int = Field(
        description="What the report alone would be answered with. 200: done with. 202: kept; "
        "it may be forgotten, or sent again to learn what became of it. 503: not kept; send it "
        "again. Every other: refused; it is not sent again as it is."
    )
    standing: VisitStanding | None = Field(default=None, description="With 200 and 202.")
    problem: Problem | None = Field(default=None, description="With every other `status`.")


class BatchResults(BaseModel):
    """One result a report, in the order given."""

    results: list[BatchResult]


class RefusedReportView(BaseModel):
    """A report of yours, or a file, that was accepted (202) and is refused since. It is
    shown for 14 days, until you say that you have seen it, or until you make another report under
    its `client_event_id`, or the file is here."""

    id: RefusedReportRef = Field(description="Derived from the report.")
    visit_id: VisitRef = Field(description="The visit of the report.")
    client_event_id: ClientEventId = Field(description="The report.")
    type: Recorded[FactKind] | None = Field(
        description="What it told; null, where it only took another one back, or is a file."
    )
    occurred_at: datetime = Field(
        description="When it was, as your phone said; of a file, when it came."
    )
    refused_at: datetime = Field(description="When it was refused.")
    problem: Problem = Field(
        description="Why: what the same report is answered with from now on. `trace_id` is empty."
    )
