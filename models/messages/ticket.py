"""What crosses Temporal between the ticket's workflow, its activities and the world."""

from datetime import datetime, timedelta

from models.base import Message
from models.calendar import Window
from models.event import Cause, Event
from models.identity import Code, CustomerId, TicketId
from models.messages.money import OpenSurvey
from models.promise.policy import NORMAL, Policies
from models.promise.sla import ServiceLevel
from models.ticket import (
    Attention,
    Channel,
    Coverage,
    Filing,
    IdentityCheck,
    Missing,
    Promise,
    Ticket,
    TicketStatus,
    Timer,
    Urgency,
)
from models.visit import (
    Position,
    Proposal,
    Visit,
    VisitGroup,
)


class OpenTicket(Message):
    """Opens a ticket. `sealed` holds everything personal, under this week's intake key; `resumed`
    is the whole state when the workflow continues as new; `identity_check`, of a call, how the
    helpdesk knew who it was; `awaited` what was left out of a ticket that was entered in brief."""

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
    awaited: tuple[Missing, ...] = ()


class TicketOutcome(Message):
    """How a ticket ended."""

    status: TicketStatus
    rounds: int
    visits: int


class Admission(Message):
    """What the reference data and the customer's file say about a new ticket. Without a zone there
    is no such customer, and a person has to look. `coverage_as_of`, UTC: who pays was
    remembered, and heard then."""

    zone: str | None
    category: str | None
    plan_id: str | None
    coverage: Coverage
    duration: timedelta
    positions: tuple[Position, ...]
    attention: tuple[Attention, ...] = ()
    policies: Policies = NORMAL
    policies_version: int = 0
    service: ServiceLevel | None = None
    coverage_as_of: datetime | None = None


class CoverageHeard(Message):
    """Who pays was heard of a ticket of which nobody knew; `coverage_as_of` as of an admission."""

    coverage: Coverage
    plan_id: str | None = None
    service: ServiceLevel | None = None
    coverage_as_of: datetime | None = None


class PoliciesChanged(Message):
    """What governs a ticket from now on, as of a change of that `version`; looked up for its zone
    and the plan that pays."""

    version: int
    policies: Policies
    zone: str | None = None
    plan_id: str | None = None


class ChangeSlots(Message):
    """The customer's times, replaced as a whole."""

    slots: tuple[Window, ...]
    by: Cause
    note_id: str | None = None


class EnrichTicket(Message):
    """What somebody adds to a ticket. `sealed` holds what is personal of it, the model in words and
    the address, under this week's intake key; `zone` is that of the address, and `without` what is
    not waited for any more."""

    by: Cause
    model_id: str | None = None
    category: str | None = None
    model_text_given: bool = False
    slots: tuple[Window, ...] = ()
    zone: Code | None = None
    sealed: str | None = None
    without: tuple[Missing, ...] = ()
    note_id: str | None = None


class FileAddition(Message):
    """Move what is personal of an addition to the ticket's papers, and look up anew what the ticket
    needs with it."""

    filing: Filing
    ticket_id: TicketId
    sealed: str | None = None


class DecideCoverage(Message):
    """Helpdesk settles who pays."""

    coverage: Coverage
    by: Cause
    note_id: str | None = None


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


class TicketStanding(Message):
    """Where a ticket stands after a command."""

    ticket_id: str
    status: TicketStatus
    round: int
    seq: int


class RecordTicket(Message):
    """What changed on a ticket since it was last recorded, and nothing else: no `filing` and no
    `promise` where they are as they were; and the question that goes with it, if a round was
    completed. `mark` is that of the ticket's state, `before` that of the state that the projection
    is believed to have. `whole` is for one that has what never was: then these are all of the
    parts, and it is put right. `tentative` says that the history does not surely have yet what this
    rests on: whoever comes later asks the ticket whether it was so."""

    ticket_id: TicketId
    customer_id: CustomerId
    zone: Code | None
    seq: int
    mark: str
    round: int
    status: TicketStatus
    timers: tuple[Timer, ...]
    completed_at: datetime | None = None
    filing: Filing | None = None
    promise: Promise | None = None
    visits: tuple[Visit, ...] = ()
    groups: tuple[VisitGroup, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    news: tuple[Event, ...] = ()
    survey: OpenSurvey | None = None
    before: str = ""
    whole: bool = False
    tentative: bool = False


class ProjectionAstray(Message):
    """The projection was seen with a `mark` that the ticket did not give it."""

    mark: str
