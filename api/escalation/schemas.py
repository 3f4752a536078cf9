"""Escalations on the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from api.http.ids import CandidateRef, CodeRef, ExpertRef, TicketRef, TimeRef, VisitRef
from api.http.text import Body, Email, Phone, Words, shown
from api.ticket.schemas import EscalationView, SlotView
from models.escalation import Action
from models.people.travel import TravelSource
from models.recorded import Recorded
from models.rules.escalation.kind import Wants
from models.rules.escalation.reading import bare_value
from models.text import ambiguous
from models.ticket import Urgency
from models.visit import AssignmentState

LONGEST, MOST = 200, 10**9
"""Of a word, and of a number."""


class EscalationRowView(EscalationView):
    """An escalation in a list."""

    ticket_id: TicketRef
    zone: CodeRef | None
    urgency: Recorded[Urgency]
    headline: str


class AllowedAction(BaseModel):
    """A decision that answers this reason; `possible` says whether the facts leave it open.
    `button` is its whole text in the Temporal UI's page: `number`, `label`, and what to type."""

    action: Action
    number: int
    label: str
    button: str
    explains: str
    wants: Wants
    ends_all: bool
    possible: bool


class CandidateView(BaseModel):
    """An expert who could be sent, the best first, and how to reach them. `id` and `number` stand
    for the same expert, visit and position for as long as the escalation lives. The distance is not
    `exact` where only the customer's city is known. `travel_minutes` says how long they need, where
    it decides the order, `travel_source` who says so, and `offered` that they had offered to come
    then."""

    id: CandidateRef
    number: int
    expert_id: ExpertRef
    name: str
    phone: str
    email: str
    visit_id: VisitRef
    position: int
    start: datetime
    end: datetime | None
    distance_km: float
    exact: bool
    instead_of: ExpertRef | None
    travel_minutes: int | None
    travel_source: Recorded[TravelSource] | None
    offered: bool


class ExpectedView(BaseModel):
    """An expert who is booked for the visit in question, how far their part of it is, and how to
    reach them."""

    expert_id: ExpertRef
    name: str
    phone: str
    email: str
    skill: CodeRef
    state: Recorded[AssignmentState]
    standing: str


class OptionView(BaseModel):
    """A line to choose. `id` and `number` stand for the same as long as the escalation lives."""

    id: str
    number: int
    line: str


class SuggestedSlot(SlotView):
    """A time that can be offered, with an id and a number of its own."""

    id: TimeRef
    number: int


class EscalationDetail(EscalationRowView):
    """Everything that a person needs to decide. `gathered_at` is the moment of the facts;
    `at_stake` says what ends by a decision that `ends_all`; `times_id` names the list of suggested
    slots, for a decision that is to offer these and no others; `decided` is what was chosen, in
    words."""

    facts: list[str]
    gathered_at: datetime | None
    claimed_at: datetime | None
    at_stake: str
    crew: list[ExpectedView]
    categories: list[OptionView]
    times_id: str
    decided: str | None
    allowed_actions: list[AllowedAction]
    candidates: list[CandidateView]
    suggested_slots: list[SuggestedSlot]
    options: list[str]
    lines: list[OptionView]
    deciding: str | None
    refusal: str | None


def _small(given: Any) -> Any:
    """Whatever it is wrapped in, and small enough to travel; of an object, each of its values."""
    for value in given.values() if isinstance(given, dict) else (given,):
        if not _is_small(bare_value(value)):
            raise PydanticCustomError("parameter-wrong", "give one short word or one whole number")
    return given


def _is_small(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST and ambiguous(value) is None
    return value is None or (isinstance(value, int) and abs(value) < MOST)


class Resolution(Body):
    """A decision: an action that the escalation allows, and at most one value, bare or in an
    object under its name: the id of a candidate or a line, or its number; hours; a model; a
    category. Numbers are JSON numbers."""

    model_config = shown(
        action="assign",
        params={"candidate_id": "cnd_00000000-0000-7000-8000-000000000000"},
        note="Told by phone.",
    )

    action: Action = Field(
        description="One of the escalation's `allowed_actions`, by its `action`."
    )
    params: Annotated[Any, AfterValidator(_small)] = Field(
        default=None,
        description="The one value that the action `wants`, as `allowed_actions` says. "
        '`candidate`: `{"candidate_id": "cnd_..."}` of `candidates`, with `@<start>` behind '
        'it for that time only, or `{"candidate": 2}`, its `number`. `option`: '
        '`{"option_id": ...}` or `{"option": 2}` of `lines`. `category`: an `id` or a '
        "`number` of `categories`. `hours`, `minutes`, `wait`: a whole number. `times`: the "
        "`times_id` that was read, or nothing. `nothing`: nothing.",
    )
    note: Words | None = Field(default=None, description="For whoever reads the ticket later.")


class ReachedBy(Body):
    """How somebody can be reached."""

    model_config = shown(phone="+4930901820001", email="sam@example.org")

    phone: Phone
    email: Email


class Claim(Body):
    """Nothing to say."""

    model_config = shown()
