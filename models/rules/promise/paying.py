"""What a customer is asked to pay for, and until when."""

from datetime import datetime

from models.escalation import Doubt, EscalationReason
from models.ticket import Coverage, Ticket


def payment_reason(ticket: Ticket) -> EscalationReason:
    """Why a customer is asked to pay."""
    unknown = ticket.promise.coverage is Coverage.UNKNOWN
    return EscalationReason.COVERAGE_UNKNOWN if unknown else EscalationReason.NOT_COVERED


def waits_for_payment_until(ticket: Ticket) -> datetime | None:
    """Until when the customer has to pay as asked, while nobody settled who does."""
    if ticket.promise.coverage.allows_finalising:
        return None
    key = Doubt(ticket.id, payment_reason(ticket)).key
    return next((p.until for p in ticket.doubts.patience if p.subject == key), None)
