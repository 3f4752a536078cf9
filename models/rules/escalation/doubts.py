"""What of a ticket needs a person, and what somebody decided to wait for
(docs/rules/escalations.md, When a person is asked)."""

from datetime import datetime

from models.errors import Conflict
from models.escalation import Doubt, EscalationReason, Patience
from models.events.escalation import WaitExtended
from models.events.money import PaymentRequested
from models.messages.escalation import ExtendWait, RequestPayment
from models.rules.escalation.patience import is_waited_for
from models.rules.escalation.registry import KINDS, doubts_at
from models.rules.promise.paying import payment_reason
from models.rules.transitions import status_of
from models.ticket import Ticket


def doubts_of(ticket: Ticket, now: datetime) -> list[Doubt]:
    """What a person has to decide at `now`, but for what somebody decided to wait for."""
    if not ticket.admitted:
        return []
    ended = status_of(ticket).is_final
    found = (d for d in doubts_at(ticket, now) if not ended or KINDS[d.reason].outlives)
    return [d for d in found if not is_waited_for(ticket, d, now)]


def with_patience(ticket: Ticket, doubt: Doubt, until: datetime, level: int = 1) -> Ticket:
    """The ticket that asks nobody about a doubt before `until`, and those of a level then."""
    key = doubt.key
    others = tuple(p for p in ticket.doubts.patience if p.subject != key)
    return ticket.but(
        doubts=ticket.doubts.but(
            patience=(*others, Patience(subject=key, until=until, level=level))
        )
    )


def without_patience(ticket: Ticket, doubt: Doubt) -> Ticket:
    """The ticket that waits no more before it asks about a doubt: it is about something new."""
    others = tuple(p for p in ticket.doubts.patience if p.subject != doubt.key)
    return ticket.but(doubts=ticket.doubts.but(patience=others))


def level_of(ticket: Ticket, doubt: Doubt) -> int:
    """Whose turn it is first to be asked about a doubt."""
    known = (p.level for p in ticket.doubts.patience if p.subject == doubt.key)
    return next(known, 1)


def wait_extended(ticket: Ticket, wait: ExtendWait, now: datetime) -> Ticket:
    """The ticket that asks nobody about a doubt for longer.

    Raises:
        Conflict: `doubt-gone`.
    """
    doubt = require_doubt(ticket, wait.subject, wait.reason, now)
    until = wait.until or now + ticket.policies.pending_timeout
    return with_patience(ticket, doubt, until).happened(
        WaitExtended(subject=wait.subject, until=until.isoformat()), now, wait.by
    )


def payment_requested(ticket: Ticket, request: RequestPayment, now: datetime) -> Ticket:
    """The ticket whose customer is asked to pay; helpdesk hears of it again if nobody pays.

    Raises:
        Conflict: `doubt-gone`.
    """
    doubt = require_doubt(ticket, ticket.id, payment_reason(ticket), now)
    until = now + ticket.policies.payment_wait
    return with_patience(ticket, doubt, until).happened(
        PaymentRequested(expires_at=until.isoformat()), now, request.by
    )


def require_doubt(ticket: Ticket, subject: str, reason: EscalationReason, now: datetime) -> Doubt:
    """The doubt about a subject, whatever it has become meanwhile."""
    for doubt in doubts_of(ticket, now):
        if doubt.subject == subject and (doubt.reason is reason or subject.startswith("grp_")):
            return doubt
    raise Conflict("doubt-gone", "There is nothing left to decide about it.")
