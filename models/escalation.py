"""Escalations: where the process asks a person, and what they may decide."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

from pydantic import model_validator

from models.actor import Actor, Role
from models.base import Value
from models.brief import Candidate, Expected, Numbered, Option, SuggestedTime
from models.event import Cause, Event, Facts, event_of
from models.identity import derived_id
from models.subject import Subject, SubjectKind, ticket


class EscalationReason(StrEnum):
    """Why a person is asked (docs/rules/escalations.md, When a person is asked)."""

    NO_PROPOSALS = "NO_PROPOSALS"
    PARTIAL = "PARTIAL"
    NO_COMMON_TIME = "NO_COMMON_TIME"
    MATCH_UNDECIDED = "MATCH_UNDECIDED"
    COVERAGE_UNKNOWN = "COVERAGE_UNKNOWN"
    NOT_COVERED = "NOT_COVERED"
    MODEL_UNRESOLVED = "MODEL_UNRESOLVED"
    DATA_MISSING = "DATA_MISSING"
    NO_ACK = "NO_ACK"
    LATE_START = "LATE_START"
    NOTIFICATION_UNDELIVERABLE = "NOTIFICATION_UNDELIVERABLE"
    CANNOT_ARRIVE = "CANNOT_ARRIVE"
    CANNOT_ENTER = "CANNOT_ENTER"
    WORK_IMPLAUSIBLE = "WORK_IMPLAUSIBLE"
    WORK_AFTER_CANCEL = "WORK_AFTER_CANCEL"
    OVERRUN = "OVERRUN"
    FOLLOW_UP_MISSING = "FOLLOW_UP_MISSING"
    SLA_AT_RISK = "SLA_AT_RISK"
    SLA_BREACHED = "SLA_BREACHED"


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
    TELL_DELAY = "tell_delay"
    NOTE_DELAY = "note_delay"
    CANCEL = "cancel"
    MARK_PAID = "mark_paid"
    WAIVE = "waive"
    REQUEST_PAYMENT = "request_payment"
    LINK_MODEL = "link_model"
    CREATE_MODEL = "create_model"
    GO_ON_WITHOUT = "go_on_without"
    LOOK_AGAIN = "look_again"
    BILL_AS_REPORTED = "bill_as_reported"
    BILL_MINUTES = "bill_minutes"
    BILL_NOTHING = "bill_nothing"
    PAY_EXPERT = "pay_expert"
    DO_NOT_PAY = "do_not_pay"
    ASK_CUSTOMER = "ask_customer"
    CANCEL_VISIT = "cancel_visit"
    WAIT = "wait"
    CUSTOMER_COMING = "customer_coming"
    MORE_TIME = "more_time"
    IT_IS_DONE = "it_is_done"
    FOLLOW_UP = "follow_up"
    PLAN_VISIT = "plan_visit"
    CLOSE_AS_IT_IS = "close_as_it_is"
    CLOSE_WITHOUT_REST = "close_without_rest"
    REMIND = "remind"
    REPLACE = "replace"
    RESCHEDULE = "reschedule"
    TOLD = "told"
    SEND_AGAIN = "send_again"


LADDER: tuple[Role, ...] = (Role.HELPDESK, Role.MANAGER, Role.ADMIN)
"""Who is asked at level 1, 2 and 3."""


class Question(Value):
    """That a ticket asks a person about a subject: itself, one of its groups or clocks, or a visit.

    `visit` is the sequence number of the visit it is about, where there are several. `raised`: an
    escalation asks it; `told`: that escalation knows how the question stands. `because` says by
    what it was answered, where that is more than that the world moved on. `level` is whose turn it
    is first.
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
    because: str | None = None
    level: int = 1

    @property
    def is_live(self) -> bool:
        """Whether the ticket still wants an answer."""
        return self.answered_at is None

    @property
    def part(self) -> int | str | None:
        """Which of several visits it is about, by its number, or which clock, by its name."""
        return self.visit or self.subject.partition(":")[2] or None


class Patience(Value):
    """Until when nobody is asked about a subject: somebody decided to wait. Then those of `level`
    are."""

    subject: str
    until: datetime
    level: int = 1


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


class Said(Value):
    """What a decision says of itself as things stand, where that is not what it always says."""

    label: str | None = None
    explains: str | None = None


class Brief(Value):
    """What a person has to know to decide: no names, no numbers to call, no words of a customer.

    `at_stake` says what ends for good, of a decision that ends something; `gathered_at` is the
    moment of the facts, UTC, and `tz` the zone whose clock the page shows. `says` is what decisions
    say of themselves as things stand.
    """

    headline: str
    facts: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    options: tuple[Option, ...] = ()
    people: tuple[str, ...] = ()
    times: tuple[SuggestedTime, ...] = ()
    possible: tuple[Action, ...] = ()
    decide_by: str = ""
    crew: tuple[Expected, ...] = ()
    categories: tuple[Option, ...] = ()
    at_stake: str = ""
    gathered_at: datetime | None = None
    tz: str = "UTC"
    says: Mapping[Action, Said] = {}

    @property
    def times_id(self) -> str:
        """What the list of times is known by: other times, or fewer, are another list."""
        return derived_id("tms", *(time.id for time in self.times))


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

    `because` is what ended it without a person, where that is known; `begun_at` the level that was
    asked first.

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
    claimed_at: datetime | None = None
    brief: Brief | None = None
    numbers: tuple[Numbered, ...] = ()
    choice: Choice | None = None
    refusal: str | None = None
    refusals: int = 0
    decided: Choice | None = None
    closed_at: datetime | None = None
    seq: int = 0
    news: tuple[Event, ...] = ()
    because: str | None = None
    begun_at: int = 1

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
