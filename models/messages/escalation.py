"""What crosses Temporal around an escalation."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, model_validator

from models.base import Message
from models.calendar import UtcInstant
from models.escalation import (
    Action,
    Brief,
    Escalation,
    EscalationReason,
    EscalationState,
    concerning,
)
from models.event import Cause
from models.matching.offer import OfferedTimes
from models.messages.ticket import Admission
from models.subject import Subject
from models.ticket import Ticket


class RaiseEscalation(Message):
    """Asks a person. `read_me` stands first in what the Temporal UI shows of the input."""

    read_me: str = Field(
        default="Open the tab User Metadata, then More Actions > Send an Update", alias="READ_ME"
    )
    escalation_id: str
    concerns: Subject
    workflow_id: str
    subject: str
    reason: EscalationReason
    visit: int | None = None
    about: str | None = None
    zone: str | None = None
    urgency: str
    step: timedelta
    opened_at: datetime
    level: int = 1

    @model_validator(mode="before")
    @classmethod
    def _concerning(cls, written: Any) -> Any:
        return concerning(written)


class ConditionGone(Message):
    """The world has healed: the question of this escalation needs no answer any more; `because` of
    what, where that is more than that it moved on."""

    escalation_id: str
    because: str | None = None


class FactsMoved(Message):
    """The ticket that an escalation is about has moved: its facts are of yesterday. `step` is how
    long each level has from now on, where policies became others."""

    escalation_id: str
    step: timedelta | None = None


class EscalationStanding(Message):
    """Where an escalation stands after a decision."""

    escalation_id: str
    state: EscalationState
    level: int
    said: str


class EscalationOutcome(Message):
    """How an escalation ended; stands as the result in the Temporal UI."""

    state: EscalationState
    action: Action | None = None
    by: str | None = None
    level: int


class PrepareBrief(Message):
    """Gather what a person has to know at `now`; `first` in this run of the workflow."""

    escalation: Escalation
    now: datetime
    first: bool = False


class Prepared(Message):
    """A brief, and the escalation as an earlier run of it was last recorded, if there was one."""

    brief: Brief
    known: Escalation | None = None


class RecordEscalation(Message):
    """The escalation as it stands, with its news."""

    escalation: Escalation


class CarryOut(Message):
    """Do what was decided."""

    escalation: Escalation
    now: datetime


class CarriedOut(Message):
    """What became of a decision; `refusal` is one sentence for the person who made it."""

    refusal: str | None = None


class TellEscalation(Message):
    """Tell an escalation that its condition is gone, perhaps `because` of something; or how long
    each level has now."""

    workflow_id: str
    escalation_id: str
    because: str | None = None
    step: timedelta | None = None


class LookAgain(Message):
    """Tell escalations, each by its workflow and its id, that their ticket has moved."""

    asking: tuple[TellEscalation, ...]


class SuggestTimes(Message):
    """Look for times at which a group could be staffed. Of the ticket there is what concerns it."""

    ticket: Ticket
    group_id: str
    now: datetime


class Suggested(Message):
    """Times that could be offered, the best first."""

    options: tuple[OfferedTimes, ...] = ()


class SeekStandIns(Message):
    """Look whether somebody else could come to a visit in the place of those who cannot. Of the
    ticket there is what concerns it."""

    ticket: Ticket
    visit_id: str
    now: datetime


class StandInsSought(Message):
    """Whether there is somebody for every place."""

    found: bool


class ExtendWait(Message):
    """Ask nobody about a doubt before `until`; without it, for as long as the policy says."""

    subject: str
    reason: EscalationReason
    by: Cause
    until: UtcInstant | None = None


class RequestPayment(Message):
    """Ask the customer to pay for a ticket that no plan covers."""

    by: Cause


class EscalationOver(Message):
    """An escalation has ended; `lost` if somebody ended it from outside, without an answer."""

    escalation_id: str
    lost: bool = False


class NotificationFailed(Message):
    """No channel could deliver a notification."""

    notification_id: str


class NotificationSettled(Message):
    """A person has seen to a notification that could not be delivered."""

    notification_id: str
    by: Cause


class Readmit(Message):
    """Look at a ticket again as if it were filed now; `model_id` where its model was found."""

    admission: Admission
    by: Cause
    model_id: str | None = None


class NoteDelay(Message):
    """Ask no more for a reason about a clock that is about to run out, or has; perhaps
    `tell_customer` that it takes longer than was promised."""

    subject: str
    reason: EscalationReason
    by: Cause
    tell_customer: bool = False
    note_id: str | None = None


class LeaveModelOpen(Message):
    """Nobody looks for the model any more."""

    by: Cause


class RemindExpert(Message):
    """Tell the experts of a visit once more, by another channel."""

    visit_id: str
    reason: EscalationReason
    by: Cause


class RescheduleVisit(Message):
    """Match a visit anew, without the experts who did not answer or come. `reason` is the question
    that it answers."""

    visit_id: str
    by: Cause
    reason: EscalationReason | None = None
