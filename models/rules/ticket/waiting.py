"""What a ticket waits for, and how long (docs/rules/timers.md, What a ticket waits for)."""

from datetime import datetime

from models.event import OURSELVES
from models.events.ticket import TicketClosed
from models.rules.escalation.asking import with_due_questions, without_questions
from models.rules.escalation.attendance import acknowledgement_due, late_due
from models.rules.escalation.overrun import overrun_due
from models.rules.promise.sla import clock_timers, clocked
from models.rules.ticket.listening import listens_until
from models.rules.ticket.resending import resend_due, resent
from models.rules.transitions import status_of
from models.rules.visit.absence import overdue_matched_anew
from models.rules.visit.door import waits_over
from models.rules.visit.follow_up import offered_to_all
from models.rules.visit.lateness import lateness_told
from models.rules.visit.missing import replaceable_until
from models.rules.visit.settled import completed_if_done, is_to_settle, settles_at
from models.rules.visit.shut_out import waits_until
from models.ticket import Ticket, TicketStatus, Timer, TimerName
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
        running.append(Timer(name=TimerName.AUTO_CLOSE, due_at=close_at, subject=ticket.id))
    if listens := listens_until(ticket):
        running.append(Timer(name=TimerName.EVIDENCE_GRACE, due_at=listens, subject=ticket.id))
    if is_to_settle(ticket) and (settles := settles_at(ticket, ticket.round)):
        running.append(Timer(name=TimerName.CORRECTION_WINDOW, due_at=settles, subject=ticket.id))
    for group in _waiting_groups(ticket):
        if ticket.matching.since:
            pending = ticket.matching.since + ticket.policies.pending_timeout
            running.append(Timer(name=TimerName.PENDING_TIMEOUT, due_at=pending, subject=group.id))
        if group.match_state is MatchState.FULL_HELD and group.hold_until:
            running.append(
                Timer(name=TimerName.MATCH_HOLD, due_at=group.hold_until, subject=group.id)
            )
    for visit in ticket.visits:
        silence = resend_due(ticket, visit), acknowledgement_due(ticket, visit)
        if due := min((at for at in silence if at and at > now), default=None):
            running.append(Timer(name=TimerName.ACK_TIMEOUT, due_at=due, subject=visit.id))
        if due := late_due(ticket, visit):
            running.append(Timer(name=TimerName.LATE_START, due_at=due, subject=visit.id))
        if due := replaceable_until(ticket, visit):
            running.append(Timer(name=TimerName.REPLACEMENT, due_at=due, subject=visit.id))
        if due := waits_until(ticket, visit):
            running.append(Timer(name=TimerName.DOOR_WAIT, due_at=due, subject=visit.id))
        if due := overrun_due(ticket, visit):
            running.append(Timer(name=TimerName.OVERRUN, due_at=due, subject=visit.id))
        if visit.first_until and not status_of(ticket).is_final:
            first = Timer(name=TimerName.FIRST_REFUSAL, due_at=visit.first_until, subject=visit.id)
            running.append(first)
    running += clock_timers(ticket)
    if not status_of(ticket).is_final:
        running += [
            Timer(name=TimerName.PATIENCE, due_at=p.until, subject=p.subject)
            for p in ticket.doubts.patience
        ]
    return tuple(sorted((t for t in running if t.due_at > now), key=lambda t: (t.due_at, t.name)))


def next_to_match(ticket: Ticket) -> VisitGroup | None:
    """A group that has to be evaluated, while no review keeps the ticket back."""
    if ticket.review_open:
        return None
    return next((g for g in ticket.matching.groups if g.is_live and g.needs_matching), None)


def caught_up(ticket: Ticket, due: datetime, now: datetime | None = None) -> Ticket:
    """The ticket after every clock that has run out by `due` did what it runs for. What that was is
    written down as of `now`, which is later if nobody was there to see to it."""
    now = now or due
    ticket = offered_to_all(completed_if_done(ticket, now, due), due, now)
    ticket = resent(ticket, due, now)
    ticket = waits_over(overdue_matched_anew(ticket, due, now), due, now)
    ticket = lateness_told(ticket, due, now)
    ticket = clocked(_with_holds_over(ticket, due), due, now)
    ticket = with_due_questions(ticket, due, now)
    return _closed_when_due(ticket, due, now)


def _with_holds_over(ticket: Ticket, due: datetime) -> Ticket:
    for group in ticket.matching.groups:
        held = (
            group.match_state is MatchState.FULL_HELD and ticket.promise.coverage.allows_finalising
        )
        if held and group.hold_until and group.hold_until <= due:
            ticket = ticket.with_group(group.but(needs_matching=True))
    return ticket


def _closed_when_due(ticket: Ticket, due: datetime, now: datetime) -> Ticket:
    close_at = auto_close_due(ticket)
    if close_at is None or due < close_at:
        return ticket
    ticket = ticket.but(closed=True).happened(TicketClosed(reason="auto_close"), now, OURSELVES)
    return without_questions(ticket, now)


def _waiting_groups(ticket: Ticket) -> tuple[VisitGroup, ...]:
    status = status_of(ticket)
    if status is TicketStatus.REVIEW or status.is_final:
        return ()
    return tuple(g for g in ticket.matching.groups if g.is_live)
