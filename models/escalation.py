"""Escalations: where the process asks a person, and what they may decide."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

from pydantic import model_validator

from models.actor import Actor, Role
from models.base import Value
from models.calendar import Window
from models.event import Cause, Event, Facts, event_of
from models.identity import derived_id
from models.subject import Subject, SubjectKind, ticket


class EscalationReason(StrEnum):
    """Why a person is asked (docs/rules/escalations.md, When a person is asked)."""

    NO_PROPOSALS = "NO_PROPOSALS"
    PARTIAL = "PARTIAL"
    NO_COMMON_TIME = "NO_COMMON_TIME"
    COVERAGE_UNKNOWN = "COVERAGE_UNKNOWN"
    NOT_COVERED = "NOT_COVERED"
    MODEL_UNRESOLVED = "MODEL_UNRESOLVED"
    DATA_MISSING = "DATA_MISSING"
    NO_ACK = "NO_ACK"
    LATE_START = "LATE_START"
    NOTIFICATION_UNDELIVERABLE = "NOTIFICATION_UNDELIVERABLE"


class EscalationState(StrEnum):
    """Where an escalation stands (docs/rules/states.md, Escalation)."""

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    RESOLVED = "RESOLVED"
    AUTO_RESOLVED = "AUTO_RESOLVED"

    @property
    def is_live(self) -> bool:
        """Whether somebody is still asked."""
        return self in (EscalationState.OPEN, EscalationState.CLAIMED)


class Action(StrEnum):
    """What a person may decide; which of them, the reason says."""

    ASSIGN = "assign"
    OFFER_SLOTS = "offer_slots"
    EXTEND_WAIT = "extend_wait"
    CANCEL = "cancel"
    MARK_PAID = "mark_paid"
    WAIVE = "waive"
    REQUEST_PAYMENT = "request_payment"
    LINK_MODEL = "link_model"
    CREATE_MODEL = "create_model"
    GO_ON_WITHOUT = "go_on_without"
    LOOK_AGAIN = "look_again"
    REMIND = "remind"
    REPLACE = "replace"
    RESCHEDULE = "reschedule"
    TOLD = "told"
    SEND_AGAIN = "send_again"


LADDER: tuple[Role, ...] = (Role.HELPDESK, Role.MANAGER, Role.ADMIN)
"""Who is asked at level 1, 2 and 3."""


class Question(Value):
    """That a ticket asks a person about a subject: itself, one of its groups, or a visit.

    `visit` is the sequence number of the visit it is about, where there are several. `raised`: an
    escalation asks it; `told`: that escalation knows how the question stands.
    """

    id: str
    subject: str
    reason: EscalationReason
    visit: int | None = None
    about: str | None = None
    asked_at: datetime
    answered_at: datetime | None = None
    raised: bool = False
    told: bool = False

    @property
    def is_live(self) -> bool:
        """Whether the ticket still wants an answer."""
        return self.answered_at is None


class Patience(Value):
    """Until when nobody is asked about a subject: somebody decided to wait."""

    subject: str
    until: datetime


class Doubt(NamedTuple):
    """A subject that needs a person, and why; `visit` is the number of the visit it is about."""

    subject: str
    reason: EscalationReason
    visit: int | None = None
    about: str | None = None

    @property
    def key(self) -> str:
        """A group is waited for whatever it lacks; of a ticket, one thing at a time."""
        if self.subject.startswith("grp_"):
            return self.subject
        return f"{self.subject}:{self.reason}"


class Candidate(Value):
    """An expert who could be assigned; `number` is what a person types. `start` is the earliest
    time, UTC, at which expert and customer are both free. `expert_no` is how pages without names
    call the expert."""

    number: int
    expert_id: str
    visit_id: str
    position: int
    start: datetime
    distance_km: float
    expert_no: int = 0

    @property
    def id(self) -> str:
        """The same expert in the same position of the same visit is the same candidate, whenever
        they could start."""
        return derived_id("cnd", self.expert_id, self.visit_id, str(self.position))


class Option(Value):
    """A line that a person can choose by its number."""

    number: int
    value: str
    line: str

    @property
    def id(self) -> str:
        """What is chosen."""
        return self.value


class SuggestedTime(Window):
    """A time at which experts could come, though the customer did not name it."""

    number: int = 0

    @property
    def id(self) -> str:
        """The same start and end are the same time."""
        return derived_id("tim", self.start.isoformat(), self.end.isoformat())


class Listed(StrEnum):
    """What an escalation numbers."""

    CANDIDATE = "candidate"
    OPTION = "option"
    TIME = "time"


class Numbered(Value):
    """What a number stands for, for as long as its escalation lives, listed or not. `id` is what
    was listed; `key` the expert, the model or the start behind it; `words` what pages without
    names call it."""

    kind: Listed
    number: int
    id: str
    key: str
    words: str


class Brief(Value):
    """What a person has to know to decide: no names, no numbers to call, no words of a customer."""

    headline: str
    facts: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    options: tuple[Option, ...] = ()
    people: tuple[str, ...] = ()
    times: tuple[SuggestedTime, ...] = ()
    possible: tuple[Action, ...] = ()
    decide_by: str = ""


class Choice(Value):
    """A decision that somebody made."""

    action: Action
    parameter: str | int | None = None
    note_id: str | None = None
    by: Actor
    at: datetime
    command_id: str


def concerning(written: Any) -> Any:
    """What was written when escalations named a ticket and nothing else, as it is written now."""
    if isinstance(written, dict) and "ticket_id" in written and "concerns" not in written:
        return {**written, "concerns": ticket(written["ticket_id"])}
    return written


class Named(TypedDict):
    """Which escalation, why it asks, and whose turn it is."""

    escalation_id: str
    reason: EscalationReason
    level: int


class Escalation(Value):
    """A question to a person, as its own workflow knows it. It `concerns` a ticket, or whatever
    else a person may be asked about; `subject` is that, or the part of it in question. Level 1 is
    helpdesk, 2 manager, 3 admin; each has `step` until the next one is asked. `choice` is being
    carried out while it is there; `refusal` says why the last one could not be, and `refusals` how
    many could not.

    `numbers` is every number that was ever given, in the order in which it was. `news` are the
    events that the database does not have yet; `seq` numbers the last of them.
    """

    id: str
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
    step_at: datetime | None
    state: EscalationState = EscalationState.OPEN
    claimed_by: Actor | None = None
    brief: Brief | None = None
    numbers: tuple[Numbered, ...] = ()
    choice: Choice | None = None
    refusal: str | None = None
    refusals: int = 0
    decided: Choice | None = None
    closed_at: datetime | None = None
    seq: int = 0
    news: tuple[Event, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _concerning(cls, written: Any) -> Any:
        return concerning(written)

    @property
    def ticket_id(self) -> str:
        """The ticket that it concerns, for those who answer questions about tickets."""
        assert self.concerns.kind is SubjectKind.TICKET, "only a ticket's decisions ask for it"
        return self.concerns.id

    @property
    def asks(self) -> Role:
        """Whose turn it is."""
        return LADDER[self.level - 1]

    @property
    def named(self) -> "Named":
        """What every event of it states."""
        return Named(escalation_id=self.id, reason=self.reason, level=self.level)

    def happened(
        self, facts: Facts, at: datetime, actor: Actor, cause: str | None = None
    ) -> "Escalation":
        """The escalation after one more event."""
        seq = self.seq + 1
        event = event_of(facts, self.id, seq, at, Cause(actor=actor, command_id=cause))
        return self.but(seq=seq, news=(*self.news, event))
