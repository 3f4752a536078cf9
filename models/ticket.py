"""The ticket: what a customer asked for and everything that was decided about it."""

from datetime import datetime
from enum import StrEnum

from models.base import Value
from models.calendar import Window, cut
from models.escalation import EscalationReason, Patience, Question
from models.event import Cause, Event, Facts, event_of
from models.identity import Code, CustomerId, TicketId
from models.matching.offer import SlotOffer
from models.promise.policy import NORMAL, Policies
from models.promise.sla import Clock, ServiceLevel
from models.visit import Proposal, ProposalState, Visit, VisitGroup


class Channel(StrEnum):
    """The way a ticket came in."""

    WEB = "web"
    APP = "app"
    PHONE = "phone"
    POS = "pos"
    SELFCARE = "selfcare"
    API = "api"


class IdentityCheck(StrEnum):
    """How the helpdesk made sure who was on the phone."""

    NOT_CHECKED = "not_checked"
    CALLED_FROM_KNOWN_NUMBER = "called_from_known_number"
    CALLED_BACK = "called_back"
    KNEW_THEIR_FILE = "knew_their_file"


class Urgency(StrEnum):
    """How soon the customer needs help; urgent costs a fee and shortens the timers."""

    NORMAL = "normal"
    URGENT = "urgent"


class Coverage(StrEnum):
    """Whether a plan pays. Never guessed: what we cannot know is UNKNOWN."""

    COVERED = "COVERED"
    NOT_COVERED = "NOT_COVERED"
    UNKNOWN = "UNKNOWN"
    WAIVED = "WAIVED"
    PAY_PER_JOB = "PAY_PER_JOB"

    @property
    def allows_finalising(self) -> bool:
        """Whether experts may be booked on it (docs/rules/money.md, Who pays)."""
        return self in (Coverage.COVERED, Coverage.WAIVED, Coverage.PAY_PER_JOB)


class TicketStatus(StrEnum):
    """Derived from facts, never set (docs/rules/states.md, Ticket)."""

    RECEIVED = "RECEIVED"
    REVIEW = "REVIEW"
    MATCHING = "MATCHING"
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Nothing follows."""
        return self in (TicketStatus.CLOSED, TicketStatus.CANCELLED)


class Attention(StrEnum):
    """What a person should look at; an unknown customer blocks, the rest does not. Missing proof,
    and that an expert was given away to somebody else, are no part of the ticket itself: whoever
    shows it looks for them."""

    CUSTOMER_UNKNOWN = "customer_unknown"
    MODEL_UNRESOLVED = "model_unresolved"
    SLOTS_MISSING = "slots_missing"
    LATE_REPORT = "late_report"
    START_CODE_WRONG = "start_code_wrong"
    PROOF_MISSING = "proof_missing"
    TIME_TAKEN = "time_taken"
    GAP_NOT_KEPT = "gap_not_kept"


class Missing(StrEnum):
    """What a ticket may lack when it is entered."""

    MODEL = "model"
    SLOTS = "slots"
    ADDRESS = "address"


class TimerName(StrEnum):
    """What a running clock waits for (docs/rules/timers.md, What a ticket waits for)."""

    AUTO_CLOSE = "auto_close"
    PENDING_TIMEOUT = "pending_timeout"
    MATCH_HOLD = "match_hold"
    ACK_TIMEOUT = "ack_timeout"
    LATE_START = "late_start"
    REPLACEMENT = "replacement"
    DOOR_WAIT = "door_wait"
    OVERRUN = "overrun"
    FIRST_REFUSAL = "first_refusal"
    CORRECTION_WINDOW = "correction_window"
    EVIDENCE_GRACE = "evidence_grace"
    PATIENCE = "patience"
    SLA_AT_RISK = "sla_at_risk"
    SLA_BREACHED = "sla_breached"


class Timer(Value):
    """A running clock of a ticket."""

    name: str
    due_at: datetime
    subject: str


class Filing(Value):
    """What a customer asked for, and what was found out about it when it came in. `awaited` is what
    was left out of a ticket that was entered in brief: no expert is told of it before that is
    there. `own_zone` is the zone of an address that the helpdesk gave for this ticket alone."""

    customer_id: CustomerId
    channel: Channel
    urgency: Urgency
    opened_at: datetime
    zone: Code | None = None
    category: Code | None = None
    model_id: str | None = None
    slots: tuple[Window, ...] = ()
    attention: tuple[Attention, ...] = ()
    model_text_given: bool = False
    awaited: tuple[Missing, ...] = ()
    own_zone: Code | None = None


class Promise(Value):
    """Who pays, and what is owed by when. `service` is what was promised; `clocks` hold us to it,
    three for each round. `coverage_as_of`, UTC: who pays is remembered, and was heard then."""

    plan_id: str | None = None
    coverage: Coverage = Coverage.UNKNOWN
    coverage_as_of: datetime | None = None
    service: ServiceLevel | None = None
    clocks: tuple[Clock, ...] = ()


class Matching(Value):
    """How visits are staffed: what is settled together, who proposed, which times were offered.
    `since` is when experts were first asked, UTC."""

    groups: tuple[VisitGroup, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    offers: tuple[SlotOffer, ...] = ()
    since: datetime | None = None


class Doubts(Value):
    """What needs a person. `patience` says what nobody is asked about before when;
    `undeliverable` names notifications that no channel could deliver."""

    questions: tuple[Question, ...] = ()
    patience: tuple[Patience, ...] = ()
    undeliverable: tuple[str, ...] = ()


class Ticket(Value):
    """One ticket, grouped by who is concerned with what. `policies` are the durations that govern
    it, as of the change that is `policies_version`. `unchecked` are the experts whose right to work
    has changed since somebody looked. `listens_until`: it was cancelled while somebody was booked,
    and takes their reports until then, UTC. `to_credit` are assignments whose work is to be paid
    though their visit was cancelled.

    `news` are the events that the database does not have yet; `seq` numbers the last of them, and
    `changed_at` is when it was taken.
    """

    id: TicketId
    filing: Filing
    policies: Policies = NORMAL
    policies_version: int = 0
    promise: Promise = Promise()
    matching: Matching = Matching()
    doubts: Doubts = Doubts()
    unchecked: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()
    round: int = 1
    admitted: bool = False
    review_open: bool = False
    completed_at: datetime | None = None
    closed: bool = False
    cancelled: bool = False
    billed_rounds: tuple[int, ...] = ()
    listens_until: datetime | None = None
    to_credit: tuple[str, ...] = ()
    seq: int = 0
    changed_at: datetime | None = None
    news: tuple[Event, ...] = ()

    def happened(
        self,
        facts: Facts,
        at: datetime,
        by: Cause,
        *,
        occurred_at: datetime | None = None,
    ) -> "Ticket":
        """The ticket after one more event. `at` is now; `occurred_at` when it really was."""
        seq = self.seq + 1
        event = event_of(facts, self.id, seq, at, by, occurred_at)
        return self.but(seq=seq, changed_at=at, news=(*self.news, event))

    @property
    def mark(self) -> str:
        """The name of this very state: two attempts at one step of a ticket take it at different
        times, so what one of them wrote is told from what the other would have."""
        return f"{self.seq}@{self.changed_at.isoformat()}" if self.changed_at else ""

    def visit(self, visit_id: str) -> Visit | None:
        """The visit of that id."""
        return next((v for v in self.visits if v.id == visit_id), None)

    def group_of(self, visit_id: str) -> VisitGroup | None:
        """The group that settles a visit."""
        return next((g for g in self.matching.groups if visit_id in g.visit_ids), None)

    def with_visit(self, visit: Visit) -> "Ticket":
        """The ticket with that visit in its newer form."""
        return self.but(visits=tuple(visit if v.id == visit.id else v for v in self.visits))

    def with_group(self, group: VisitGroup) -> "Ticket":
        """The ticket with that group in its newer form."""
        groups = tuple(group if g.id == group.id else g for g in self.matching.groups)
        return self.but(matching=self.matching.but(groups=groups))

    def with_proposal(self, proposal: Proposal) -> "Ticket":
        """The ticket with that proposal in its newer form."""
        proposals = tuple(proposal if p.id == proposal.id else p for p in self.matching.proposals)
        return self.but(matching=self.matching.but(proposals=proposals))

    def active_proposals(self, group: VisitGroup) -> tuple[Proposal, ...]:
        """The proposals that may still win in a group, in their order."""
        return tuple(
            p
            for p in self.matching.proposals
            if p.state is ProposalState.ACTIVE and p.visit_id in group.visit_ids
        )

    def with_attention(self, attention: Attention) -> "Ticket":
        """The ticket at which somebody should look for one thing more."""
        if attention in self.filing.attention:
            return self
        return self.but(filing=self.filing.but(attention=(*self.filing.attention, attention)))

    def slots_of(self, visit: Visit) -> tuple[Window, ...]:
        """When the customer is at home for a visit, and it can be made: its own slots, or else the
        ticket's."""
        slots = self.filing.slots if visit.slots is None else visit.slots
        return slots if visit.not_before is None else cut(slots, visit.not_before)

    def live_question(self, subject: str, reason: EscalationReason) -> Question | None:
        """The one question that may be open about a subject and a reason."""
        return next(
            (
                q
                for q in self.doubts.questions
                if q.is_live and (q.subject, q.reason) == (subject, reason)
            ),
            None,
        )
