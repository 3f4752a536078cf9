"""Escalations on the wire."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticCustomError

from api.http.text import Body, Words, shown
from api.ticket.schemas import EscalationView, SlotView
from models.escalation import Action
from models.rules.escalation.reading import bare_value

LONGEST, MOST = 200, 10**9
"""Of a word, and of a number."""


class EscalationRowView(EscalationView):
    """An escalation in a list."""

    ticket_id: str
    zone: str | None
    urgency: str
    headline: str


class AllowedAction(BaseModel):
    """A decision that answers this reason; `possible` says whether the facts leave it open.
    `button` is its whole text in the Temporal UI's page: `number`, `label`, and what to type."""

    action: Action
    number: int
    label: str
    button: str
    explains: str
    wants: str
    possible: bool


class CandidateView(BaseModel):
    """An expert who could be sent, the best first, and how to reach them. `id` and `number` stand
    for the same expert, visit and position for as long as the escalation lives."""

    id: str
    number: int
    expert_id: str
    name: str
    phone: str
    email: str
    visit_id: str
    position: int
    start: datetime
    distance_km: float


class OptionView(BaseModel):
    """A line to choose. `id` and `number` stand for the same as long as the escalation lives."""

    id: str
    number: int
    line: str


class SuggestedSlot(SlotView):
    """A time that can be offered, with an id and a number of its own."""

    id: str
    number: int


class EscalationDetail(EscalationRowView):
    """Everything that a person needs to decide."""

    facts: list[str]
    allowed_actions: list[AllowedAction]
    candidates: list[CandidateView]
    suggested_slots: list[SuggestedSlot]
    options: list[str]
    lines: list[OptionView]
    deciding: str | None
    refusal: str | None


def _one_value(given: Any) -> str | int | None:
    """Whatever it is wrapped in, and small enough to travel."""
    value = bare_value(given)
    if value is None or (isinstance(value, str) and len(value) <= LONGEST):
        return value
    if isinstance(value, int) and abs(value) < MOST:
        return value
    raise PydanticCustomError("parameter-wrong", "give one short word or one whole number")


class Resolution(Body):
    """A decision: an action that the escalation allows, and at most one value, bare or in an
    object: the id of a candidate or a line, or its number; hours; a model; a category."""

    model_config = shown(
        action="assign",
        params={"candidate_id": "cnd_00000000-0000-7000-8000-000000000000"},
        note="Told by phone.",
    )

    action: Action
    params: Annotated[Any, AfterValidator(_one_value)] = None
    note: Words | None = None


class Claim(Body):
    """Nothing to say."""

    model_config = shown()
