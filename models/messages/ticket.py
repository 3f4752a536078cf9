"""What crosses Temporal between the ticket's workflow, its activities and the world."""

from datetime import datetime, timedelta

from models.base import Message
from models.calendar import UtcInstant, Window
from models.event import Cause
from models.matching.offer import OfferedTimes
from models.messages.money import OpenSurvey
from models.promise.policy import NORMAL, Policies
from models.promise.sla import ServiceLevel
from models.ticket import (
    Attention,
    Channel,
    Coverage,
    IdentityCheck,
    Ticket,
    TicketStatus,
    Timer,
    Urgency,
)
from models.visit import (
    AssignmentSource,
    Dependency,
    FactKind,
    Following,
    MatchState,
    Position,
    ProposalState,
    VisitState,
)


class OpenTicket(Message):
    """Opens a ticket. `sealed` holds everything personal, under this week's intake key; `resumed`
    is the whole state when the workflow continues as new; `identity_check`, of a call, how the
    helpdesk knew who it was."""

    ticket_id: str
    customer_id: str
    by: Cause
    channel: Channel
    urgency: Urgency
    opened_at: datetime
    slots: tuple[Window, ...]
    model_id: str | None
    category: str | None
    model_text_given: bool
    sealed: str
    fingerprint: str
    resumed: Ticket | None = None
    identity_check: IdentityCheck | None = None


class TicketOutcome(Message):
    """How a ticket ended."""

    status: TicketStatus
    rounds: int
    visits: int


class Admission(Message):
    """What the reference data and the customer's file say about a new ticket. Without a zone there
    is no such customer, and a person has to look."""

    zone: str | None
    category: str | None
    plan_id: str | None
    coverage: Coverage
    duration: timedelta
    positions: tuple[Position, ...]
    attention: tuple[Attention, ...] = ()
    policies: Policies = NORMAL
    service: ServiceLevel | None = None


class Propose(Message):
    """An expert offers to make a visit, with every time that works for them."""

    proposal_id: str
    visit_id: str
    expert_id: str
    windows: tuple[Window, ...]
    by: Cause


class Proposed(Message):
    """The place an accepted proposal has in the queue of its group."""

    proposal_id: str
    visit_id: str
    priority_seq: int
    state: ProposalState


class ReportVisit(Message):
    """A fact from the field. `report_id` names what the expert wrote; the words stay outside."""

    visit_id: str
    kind: FactKind
    expert_id: str
    occurred_at: UtcInstant
    client_event_id: str
    by: Cause
    report_id: str | None = None


class VisitReported(Message):
    """Where the visit stands after a report."""

    visit_id: str
    state: VisitState
    repeated: bool = False
    out_of_order: bool = False


class ChangeSlots(Message):
    """The customer's times, replaced as a whole."""

    slots: tuple[Window, ...]
    by: Cause
    note_id: str | None = None


class DecideCoverage(Message):
    """Helpdesk settles who pays."""

    coverage: Coverage
    by: Cause
    note_id: str | None = None


class AddVisit(Message):
    """Another visit of a ticket, perhaps one that must follow others."""

    duration: timedelta
    positions: tuple[Position, ...]
    by: Cause
    slots: tuple[Window, ...] | None = None
    after: tuple[Following, ...] = ()


class AddDependency(Message):
    """One visit must follow another."""

    dependency: Dependency
    by: Cause


class VisitAdded(Message):
    """A new visit and the group it belongs to."""

    visit_id: str
    group_id: str


class NarrowProposal(Message):
    """The windows of a proposal, less than before; it keeps its place."""

    proposal_id: str
    expert_id: str
    windows: tuple[Window, ...]
    by: Cause


class WithdrawProposal(Message):
    """An expert takes an offer back, and loses its place."""

    proposal_id: str
    expert_id: str
    by: Cause


class OfferSlots(Message):
    """Times that experts could come at, offered to the customer, who answers by a link."""

    offer_id: str
    options: tuple[OfferedTimes, ...]
    by: Cause


class AcceptOffer(Message):
    """The customer takes one of the offered times; `option` counts from 0."""

    offer_id: str
    option: int
    by: Cause


class CalendarFreed(Message):
    """Experts who are waited for have time again, or may have."""

    expert_ids: tuple[str, ...]


class CancelTicket(Message):
    """Ends a ticket; `note_id` names the words that explain it."""

    by: Cause
    note_id: str | None = None


class ConfirmTicket(Message):
    """The customer says the work is done."""

    by: Cause


class ReopenTicket(Message):
    """The customer says the work is not done."""

    by: Cause
    slots: tuple[Window, ...] = ()
    note_id: str | None = None


class AssignExpert(Message):
    """The helpdesk sends an expert at a time of its own choosing. `request_id` names the request:
    asked again under it, it has one effect. `note_id` names the words that explain it;
    `instead_of` the expert whose place this one takes, if there is one."""

    request_id: str
    visit_id: str
    position: int
    expert_id: str
    start: UtcInstant
    by: Cause
    note_id: str | None = None
    customer_consent: bool = False
    instead_of: str | None = None


class BookByHand(Message):
    """What an expert sent by hand takes of their calendar."""

    ticket_id: str
    group_id: str
    round: int
    visit_id: str
    position: Position
    assignment_id: str
    expert_id: str
    proposal_id: str | None
    start: UtcInstant
    end: UtcInstant
    source: AssignmentSource = AssignmentSource.MANUAL
    instead_of: str | None = None


class ExpertAssigned(Message):
    """Where the visit, its group and the ticket stand after an expert was sent by hand."""

    assignment_id: str
    visit_id: str
    visit_state: VisitState
    group_id: str
    match_state: MatchState
    status: TicketStatus
    seq: int


class ReEvaluate(Message):
    """The helpdesk wants a group evaluated at once, from fresh calendars."""

    group_id: str
    by: Cause


class GroupStanding(Message):
    """How far a group is."""

    group_id: str
    round: int
    match_state: MatchState
    missing: tuple[str, ...]


class TicketStanding(Message):
    """Where a ticket stands after a command."""

    ticket_id: str
    status: TicketStatus
    round: int
    seq: int


class StaffedPosition(Message):
    """One expert chosen for one position."""

    assignment_id: str
    visit_id: str
    position: int
    expert_id: str
    proposal_id: str


class ScheduledVisit(Message):
    """The start chosen for one visit, UTC."""

    visit_id: str
    start: UtcInstant


class Settlement(Message):
    """What an evaluation of a group found, and booked where it could be (docs/rules/matching.md,
    When it is evaluated). `undone` is a booking of this round whose experts were set free since.
    `astray`: somebody holds a position that the ticket has free, so nothing was found out."""

    match_state: MatchState
    missing: tuple[str, ...] = ()
    ineligible: tuple[str, ...] = ()
    starts: tuple[ScheduledVisit, ...] = ()
    crew: tuple[StaffedPosition, ...] = ()
    undone: bool = False
    astray: bool = False


class SettleGroup(Message):
    """Evaluate a group at `now`, and book it if it is full and nothing holds it."""

    ticket: Ticket
    group_id: str
    now: datetime


class WakeWaiting(Message):
    """Wake every ticket but one whose groups wait for one of these experts."""

    ticket_id: str
    expert_ids: tuple[str, ...]


class RecordTicket(Message):
    """The ticket, narrowed to the parts that changed since it was last recorded; and the question
    that goes with them, if a round was completed. `before` marks the state that the projection is
    believed to have. `whole` is for one that has what never was: then these are all of the parts,
    and it is put right. `tentative` says that the history does not surely have yet what this rests
    on: whoever comes later asks the ticket whether it was so."""

    ticket: Ticket
    status: TicketStatus
    timers: tuple[Timer, ...]
    survey: OpenSurvey | None = None
    before: str = ""
    whole: bool = False
    tentative: bool = False


class ProjectionAstray(Message):
    """The projection was seen with a `mark` that the ticket did not give it."""

    mark: str
