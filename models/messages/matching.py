"""What crosses Temporal about staffing visits: who proposes, who is sent, what is settled."""

from datetime import datetime

from models.base import Message
from models.calendar import UtcInstant, Window
from models.escalation import EscalationReason
from models.event import Cause
from models.matching.offer import OfferedTimes
from models.ticket import Ticket, TicketStatus
from models.visit import (
    AssignmentSource,
    MatchState,
    Position,
    ProposalState,
    VisitState,
)


class Propose(Message):
    """An expert offers to make a visit, with every time that works for them. `able` are the
    positions that their skills fill, where somebody looked."""

    proposal_id: str
    visit_id: str
    expert_id: str
    windows: tuple[Window, ...]
    by: Cause
    able: tuple[int, ...] | None = None


class Proposed(Message):
    """The place an accepted proposal has in the queue of its group."""

    proposal_id: str
    visit_id: str
    priority_seq: int
    state: ProposalState


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


class DeclineOffer(Message):
    """None of the offered times suits the customer."""

    offer_id: str
    by: Cause


class CalendarFreed(Message):
    """Experts who are waited for have time again, or may have."""

    expert_ids: tuple[str, ...]


class AssignExpert(Message):
    """The helpdesk sends an expert at a time of its own choosing. `request_id` names the request:
    asked again under it, it has one effect. `note_id` names the words that explain it;
    `instead_of` the expert whose place this one takes, if there is one, and `reason` the question
    that it answers then."""

    request_id: str
    visit_id: str
    position: int
    expert_id: str
    start: UtcInstant
    by: Cause
    note_id: str | None = None
    customer_consent: bool = False
    instead_of: str | None = None
    reason: EscalationReason | None = None


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
    `astray`: somebody holds a position that the ticket has free, so nothing was found out.
    `booked_at`: when that was, UTC, the same in every replay; None of an earlier release."""

    match_state: MatchState
    missing: tuple[str, ...] = ()
    ineligible: tuple[str, ...] = ()
    starts: tuple[ScheduledVisit, ...] = ()
    crew: tuple[StaffedPosition, ...] = ()
    undone: bool = False
    astray: bool = False
    booked_at: UtcInstant | None = None


class SettleGroup(Message):
    """Evaluate a group at `now`, and book it if it is full and nothing holds it. Of the ticket,
    there is what concerns the group."""

    ticket: Ticket
    group_id: str
    now: datetime


class WakeWaiting(Message):
    """Wake every ticket but one whose groups wait for one of these experts."""

    ticket_id: str
    expert_ids: tuple[str, ...]
