"""What crosses Temporal about visits: that there is one more, and what is reported of them."""

from datetime import datetime, timedelta

from models.base import Message
from models.calendar import UtcInstant, Window
from models.escalation import EscalationReason
from models.event import Cause
from models.field import FactKind, Particulars, ShiftedVisit
from models.matching.offer import OfferedTimes
from models.messages.matching import ScheduledVisit
from models.ticket import Ticket
from models.visit import Dependency, Following, Position, VisitState


class ReportVisit(Message):
    """A fact from the field. `report_id` names what the expert wrote; the words stay outside.

    `client_event_id` is derived from what the expert's phone calls it, which may say anything and
    stays outside. `occurred_at` is corrected already; `phone_time` is what the phone said, where
    that differs, and `received_at` when we had it. `corrects` is the report of theirs that it takes
    back; without a `kind` that is all it does. `behind` are the seconds by which the phone's clock
    was seen to be behind ours and which are not in `occurred_at`; None of what an earlier release
    sent.
    """

    visit_id: str
    kind: FactKind | None
    expert_id: str
    occurred_at: UtcInstant
    client_event_id: str
    by: Cause
    report_id: str | None = None
    phone_time: UtcInstant | None = None
    received_at: UtcInstant | None = None
    particulars: Particulars = Particulars()
    corrects: str | None = None
    behind: float | None = None


class VisitReported(Message):
    """Where the visit stands after a report. `received_at` is when that report first came;
    `recorded_only`: it was kept, and changes nothing. `end` is until when the visit lasts, where
    more time was asked for."""

    visit_id: str
    state: VisitState
    repeated: bool = False
    out_of_order: bool = False
    recorded_only: bool = False
    received_at: UtcInstant | None = None
    end: UtcInstant | None = None


class SettleWork(Message):
    """Say what is billed of a visit whose report cannot be right: so many minutes, nothing for 0,
    what was reported for None."""

    visit_id: str
    by: Cause
    minutes: int | None = None


class MoveVisit(Message):
    """A visit is wanted at other times; at another of those that stand, without any. `note_id`
    names the words that explain it."""

    visit_id: str
    by: Cause
    slots: tuple[Window, ...] | None = None
    note_id: str | None = None


class AskCustomer(Message):
    """Ask the customer which other times suit them, before anything is decided about a visit: one
    of `options`, where somebody else could come at them. `reason` is the question that it answers,
    `level` whose turn it was, and `offer_id` what the offer is known by."""

    visit_id: str
    reason: EscalationReason
    by: Cause
    level: int = 1
    offer_id: str | None = None
    options: tuple[OfferedTimes, ...] = ()


class CancelVisit(Message):
    """Call one visit off; its ticket goes on. `reason` is the question that it answers, if one was
    asked, and `note_id` names the words that explain it."""

    visit_id: str
    by: Cause
    reason: EscalationReason | None = None
    note_id: str | None = None


class WaitAtDoor(Message):
    """Have an expert wait at a closed door for so many minutes from now; for as long as the policy
    says, without them."""

    visit_id: str
    by: Cause
    minutes: int | None = None


class CustomerComing(Message):
    """The customer says that they come to the door, or the helpdesk says so of them."""

    visit_id: str
    by: Cause


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


class ExtendVisit(Message):
    """Let a visit last until `end`, if the calendars of everybody concerned have room at `now`. Of
    the ticket, there is what concerns its group."""

    ticket: Ticket
    visit_id: str
    end: UtcInstant
    now: datetime


class VisitExtension(Message):
    """Whether it lasts until `end`, and the visits that begin later for it. If it does not: by when
    it has to be over, and from when what is next needs somebody, as far as one can say."""

    end: UtcInstant
    granted: bool
    moved: tuple[ScheduledVisit, ...] = ()
    finish_by: UtcInstant | None = None
    next_at: UtcInstant | None = None


class GiveTimeBack(Message):
    """Let a visit end at `end` again, and what moved begin when it was to, as far as calendars
    allow at `now`: a need for more time, `client_event_id`, was taken back. Of the ticket, there is
    what concerns its group."""

    ticket: Ticket
    visit_id: str
    client_event_id: str
    end: UtcInstant
    moved: tuple[ShiftedVisit, ...]
    now: datetime


class TimeBack(Message):
    """Until when it lasts now, and the visits that begin earlier."""

    end: UtcInstant
    moved: tuple[ScheduledVisit, ...] = ()


class ConcludeVisit(Message):
    """Report the end of a visit for all who are there: that it is done, or that it is not, for want
    of time."""

    visit_id: str
    kind: FactKind
    by: Cause


class PlanFollowUp(Message):
    """Plan another visit, of so many minutes, that goes on with one whose work is not done."""

    visit_id: str
    minutes: int
    by: Cause


class CloseAsItIs(Message):
    """Nothing follows a visit whose work is not done. What was to come after it is called off with
    `without_rest`, else it waits for nothing any more."""

    visit_id: str
    by: Cause
    without_rest: bool = False
