"""What crosses Temporal between a finished ticket and its billing."""

from datetime import datetime, timedelta

from models.base import Message
from models.event import Cause
from models.money.amount import Money
from models.ticket import Coverage, Urgency


class WorkDone(Message):
    """One expert's work on one visit."""

    visit_id: str
    assignment_id: str
    expert_id: str
    worked: timedelta


class BillTicket(Message):
    """Bills one round of a ticket: what was done, and who pays for it."""

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
