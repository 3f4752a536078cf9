"""What a ticket waits for, how long, and whom it asks when that takes too long (domain §4)."""

from datetime import datetime

from models.escalation import Escalation, EscalationReason, EscalationState
from models.event import OURSELVES
from models.identity import derived_id
from models.rules.transitions import status_of
from models.ticket import Coverage, Ticket, TicketStatus, Timer
from models.visit import MatchState, VisitGroup


def auto_close_due(ticket: Ticket) -> datetime | None:
    """When a completed ticket closes by itself."""
    if ticket.completed_at is None or ticket.closed or ticket.cancelled:
        return None
    return ticket.completed_at + ticket.policies.auto_close_after


def timers(ticket: Ticket, now: datetime) -> tuple[Timer, ...]:
    """The clocks that run at `now`, soonest first."""
    running = []
    if close_at := auto_close_due(ticket):
        running.append(Timer(name="auto_close", due_at=close_at, subject=ticket.id))
    for group in _waiting_groups(ticket):
        if ticket.matching_since:
            pending = ticket.matching_since + ticket.policies.pending_timeout
            running.append(Timer(name="pending_timeout", due_at=pending, subject=group.id))
        if group.match_state is MatchState.FULL_HELD and group.hold_until:
            running.append(Timer(name="match_hold", due_at=group.hold_until, subject=group.id))
    return tuple(sorted((t for t in running if t.due_at > now), key=lambda t: (t.due_at, t.name)))


def next_to_match(ticket: Ticket) -> VisitGroup | None:
    """A group that has to be evaluated, while no review keeps the ticket back."""
    if ticket.review_open:
        return None
    return next((g for g in ticket.groups if g.is_live and g.needs_matching), None)


def caught_up(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket after every clock that has run out by `now` did what it runs for."""
    return _closed_when_due(with_due_questions(_with_holds_over(ticket, now), now), now)


def with_due_questions(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with a live escalation for everything that has waited too long, and none for
    anything that no longer does (invariant I12)."""
    wanted = dict(_questions(ticket, now))
    for escalation in ticket.escalations:
        if escalation.is_live and wanted.get(escalation.subject) is not escalation.reason:
            ticket = _answered(ticket, escalation, now)
    for subject, reason in wanted.items():
        if ticket.live_escalation(subject, reason) is None:
            ticket = _asked(ticket, subject, reason, now)
    return ticket


def without_questions(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with every live escalation resolved by the ticket's own end."""
    for escalation in ticket.escalations:
        if escalation.is_live:
            ticket = _answered(ticket, escalation, now)
    return ticket


def _with_holds_over(ticket: Ticket, now: datetime) -> Ticket:
    for group in ticket.groups:
        held = group.match_state is MatchState.FULL_HELD and ticket.coverage.allows_finalising
        if held and group.hold_until and group.hold_until <= now:
            ticket = ticket.with_group(group.but(needs_matching=True))
    return ticket


def _closed_when_due(ticket: Ticket, now: datetime) -> Ticket:
    due = auto_close_due(ticket)
    if due is None or now < due:
        return ticket
    return ticket.but(closed=True).happened("ticket.closed", now, OURSELVES, reason="auto_close")


def _waiting_groups(ticket: Ticket) -> tuple[VisitGroup, ...]:
    status = status_of(ticket)
    if status is TicketStatus.REVIEW or status.is_final:
        return ()
    return tuple(g for g in ticket.groups if g.is_live)


def _questions(ticket: Ticket, now: datetime) -> list[tuple[str, EscalationReason]]:
    if status_of(ticket) is TicketStatus.REVIEW:
        refused = ticket.coverage is Coverage.NOT_COVERED
        reason = EscalationReason.NOT_COVERED if refused else EscalationReason.DATA_MISSING
        return [(ticket.id, reason)]
    if ticket.matching_since is None:
        return []
    if now < ticket.matching_since + ticket.policies.pending_timeout:
        return []
    return [(g.id, _why_waiting(g)) for g in _waiting_groups(ticket)]


def _why_waiting(group: VisitGroup) -> EscalationReason:
    match group.match_state:
        case MatchState.PARTIAL:
            return EscalationReason.PARTIAL
        case MatchState.NO_COMMON_TIME:
            return EscalationReason.NO_COMMON_TIME
        case MatchState.FULL_HELD:
            return EscalationReason.COVERAGE_UNKNOWN
        case _:
            return EscalationReason.NO_PROPOSALS


def _asked(ticket: Ticket, subject: str, reason: EscalationReason, now: datetime) -> Ticket:
    escalation = Escalation(
        id=derived_id("esc", ticket.id, str(ticket.seq + 1)),
        subject=subject,
        reason=reason,
        opened_at=now,
    )
    return ticket.but(escalations=(*ticket.escalations, escalation)).happened(
        "escalation.opened",
        now,
        OURSELVES,
        escalation_id=escalation.id,
        subject=subject,
        reason=reason,
        level=escalation.level,
    )


def _answered(ticket: Ticket, escalation: Escalation, now: datetime) -> Ticket:
    closed = escalation.but(state=EscalationState.AUTO_RESOLVED, closed_at=now)
    return ticket.but(
        escalations=tuple(closed if e.id == closed.id else e for e in ticket.escalations)
    ).happened(
        "escalation.auto_resolved",
        now,
        OURSELVES,
        escalation_id=closed.id,
        subject=closed.subject,
        reason=closed.reason,
    )
