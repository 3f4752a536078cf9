"""What crosses Temporal between a finished ticket and its billing."""

from datetime import datetime, timedelta

from models.base import Message
from models.event import Cause
from models.money.amount import Money
from models.ticket import Coverage, Urgency


class WorkDone(Message):
    """One expert's work on one visit: for how long by their reports, and how many minutes of it a
    person decided to bill, if one did; none at all for 0."""

    visit_id: str
    assignment_id: str
    expert_id: str
    worked: timedelta
    minutes: int | None = None


class BillTicket(Message):
    """Bills one round of a ticket: what was done, and who pays for it. `no_shows` names a visit as
    often as nobody opened for it, at `no_show_fee` each, minor units."""

    ticket_id: str
    round: int
    customer_id: str
    zone: str
    coverage: Coverage
    urgency: Urgency
    plan_id: str | None
    work: tuple[WorkDone, ...]
    completed_at: datetime
    by: Cause
    no_shows: tuple[str, ...] = ()
    no_show_fee: int = 0


class CreditWork(Message):
    """Pays experts for work that nobody is billed for, as their reports say."""

    ticket_id: str
    zone: str
    work: tuple[WorkDone, ...]
    earned_at: datetime


class IssueInvoice(Message):
    """Issues the invoice of a bill at an instant."""

    bill: BillTicket
    issued_at: datetime


class Billed(Message):
    """The invoice of a round."""

    invoice_id: str
    number: int
    total: Money


class OpenSurvey(Message):
    """Asks the customer how the round went; answers are taken for `ttl`."""

    ticket_id: str
    round: int
    opened_at: datetime
    ttl: timedelta
