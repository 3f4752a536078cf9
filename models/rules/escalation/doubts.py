"""What of a ticket needs a person, and what somebody decided to wait for (domain §2 Escalation)."""

from collections.abc import Iterator
from datetime import datetime

from models.errors import Conflict
from models.escalation import Doubt, EscalationReason, Patience
from models.events.escalation import WaitExtended
from models.events.money import PaymentRequested
from models.messages.escalation import ExtendWait, RequestPayment
from models.rules.promise.paying import payment_reason
from models.rules.transitions import status_of
from models.ticket import Attention, Coverage, Ticket, TicketStatus
from models.visit import AssignmentState, MatchState, Visit, VisitGroup, VisitState

_EARLY = (
    TicketStatus.RECEIVED,
    TicketStatus.REVIEW,
    TicketStatus.MATCHING,
    TicketStatus.SCHEDULED,
)


def doubts_of(ticket: Ticket, now: datetime) -> list[Doubt]:
    """What a person has to decide at `now`, but for what somebody decided to wait for."""
    if not ticket.admitted or status_of(ticket).is_final:
        return []
    return [d for d in _doubts(ticket, now) if not _patient(ticket, d, now)]


def with_patience(ticket: Ticket, doubt: Doubt, until: datetime) -> Ticket:
    """The ticket that asks nobody about a doubt before `until`."""
    key = doubt.key
    others = tuple(p for p in ticket.patience if p.subject != key)
    return ticket.but(patience=(*others, Patience(subject=key, until=until)))


def group_doubt(ticket: Ticket, group: VisitGroup) -> Doubt:
    """The doubt about a group that waits."""
    first = min(v.seq for v in ticket.visits if v.id in group.visit_ids)
    several = sum(g.is_live for g in ticket.groups) > 1
    return Doubt(group.id, _why_waiting(group), first if several else None)


def waits_too_long(ticket: Ticket, group: VisitGroup, now: datetime) -> bool:
    """Whether a group has been waiting for longer than the pending timeout."""
    return (
        group.is_live
        and ticket.matching_since is not None
        and status_of(ticket) is not TicketStatus.REVIEW
        and now >= ticket.matching_since + ticket.policies.pending_timeout
    )


def offer_due(ticket: Ticket, now: datetime) -> VisitGroup | None:
    """A group whose customer is offered times before any person is asked, where the policy says
    so."""
    return next(
        (g for g in ticket.groups if waits_too_long(ticket, g, now) and _may_offer(ticket, g)), None
    )


def acknowledgement_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """By when the experts of a visit should have acknowledged it."""
    silent = [
        a.booked_at
        for a in visit.crew
        if a.state is AssignmentState.RESERVED and a.booked_at is not None
    ]
    if not silent or visit.state is not VisitState.SCHEDULED:
        return None
    return min(silent) + ticket.policies.ack_timeout


def late_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """When a visit that nobody has reached is late."""
    if visit.start is None or visit.state not in (VisitState.SCHEDULED, VisitState.EN_ROUTE):
        return None
    return visit.start + ticket.policies.late_start_after


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


def _may_offer(ticket: Ticket, group: VisitGroup) -> bool:
    return (
        ticket.policies.auto_offer_slots
        and group.match_state is MatchState.NO_COMMON_TIME
        and group.offered_round < group.round
    )


def _doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    if ticket.zone is None:
        yield Doubt(ticket.id, EscalationReason.DATA_MISSING)
    elif ticket.review_open:
        yield Doubt(ticket.id, EscalationReason.NOT_COVERED)
    elif ticket.coverage is Coverage.UNKNOWN:
        yield Doubt(ticket.id, EscalationReason.COVERAGE_UNKNOWN)
    unresolved = Attention.MODEL_UNRESOLVED in ticket.attention and ticket.model_text_given
    if unresolved and status_of(ticket) in _EARLY:
        yield Doubt(ticket.id, EscalationReason.MODEL_UNRESOLVED)
    for group in ticket.groups:
        held = group.match_state is MatchState.FULL_HELD
        if waits_too_long(ticket, group, now) and not held and not _may_offer(ticket, group):
            yield group_doubt(ticket, group)
    for visit in ticket.visits:
        if (due := late_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.LATE_START, visit.seq)
        elif (due := acknowledgement_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.NO_ACK, visit.seq)
    for notification in ticket.undeliverable[:1]:
        yield Doubt(ticket.id, EscalationReason.NOTIFICATION_UNDELIVERABLE, about=notification)


def _why_waiting(group: VisitGroup) -> EscalationReason:
    match group.match_state:
        case MatchState.PARTIAL:
            return EscalationReason.PARTIAL
        case MatchState.NO_COMMON_TIME:
            return EscalationReason.NO_COMMON_TIME
        case _:
            return EscalationReason.NO_PROPOSALS


def _patient(ticket: Ticket, doubt: Doubt, now: datetime) -> bool:
    key = doubt.key
    return any(p.subject == key and now < p.until for p in ticket.patience)
