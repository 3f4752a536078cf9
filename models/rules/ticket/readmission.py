"""A ticket that is looked up again, once its customer's file or its model was mended."""

from datetime import datetime

from models.event import Facts
from models.events.ticket import ModelLeftOpen, TicketReadmitted
from models.messages.escalation import LeaveModelOpen, NotificationSettled, Readmit
from models.messages.ticket import Admission
from models.rules.matching.settling import unsettled
from models.rules.message.undeliverable import notification_settled
from models.rules.promise.sla import promised_anew
from models.rules.ticket.reviewing import needs_review
from models.rules.transitions import illegal, status_of
from models.rules.visit.opening import visit_offered
from models.rules.visit.settled import completed_if_done
from models.ticket import Attention, Coverage, Ticket
from models.visit import VisitState


def readmitted(ticket: Ticket, again: Readmit, now: datetime) -> Ticket:
    """The ticket after its model or its customer's file was mended: zone, plan and what its open
    visits need are as if it were filed now. What a person decided, about payment, the model or a
    visit that they added, stays.

    Raises:
        Conflict: `illegal-transition` once the work is done.
    """
    require_under_way(ticket, "readmit")
    admission = again.admission
    if ticket.filing.zone is None and admission.zone is not None:
        for notification_id in ticket.doubts.undeliverable:
            # Whoever lets the ticket in again queues it once more.
            seen_to = NotificationSettled(notification_id=notification_id, by=again.by)
            ticket = notification_settled(ticket, seen_to, now)
    coverage = coverage_after(ticket, admission)
    mended = TicketReadmitted(
        zone=admission.zone,
        category=admission.category,
        coverage=coverage,
        model_id=again.model_id,
    )
    return looked_up_again(ticket, again, mended, now)


def require_under_way(ticket: Ticket, command: str) -> None:
    """Refuse to look a ticket up again whose work is done.

    Raises:
        Conflict: `illegal-transition`.
    """
    status = status_of(ticket)
    if status.is_final or ticket.completed_at is not None:
        raise illegal(command, status, [])


def coverage_after(ticket: Ticket, admission: Admission) -> Coverage:
    """Who pays, after it was looked up again: what a person decided stays."""
    return ticket.promise.coverage if _was_decided(ticket) else admission.coverage


def looked_up_again(ticket: Ticket, again: Readmit, mended: Facts, now: datetime) -> Ticket:
    """The ticket with what was looked up anew, and that it was `mended`; whoever can come now hears
    of it."""
    admission, was_kept_back = again.admission, ticket.review_open
    decided, coverage = _was_decided(ticket), coverage_after(ticket, admission)
    filing = ticket.filing.but(
        zone=admission.zone,
        category=admission.category,
        model_id=again.model_id or ticket.filing.model_id,
        attention=tuple(a for a in admission.attention if _still(ticket, a)),
    )
    refused = needs_review(filing, coverage)
    ticket = ticket.but(
        filing=filing,
        promise=ticket.promise.but(
            plan_id=ticket.promise.plan_id if decided else admission.plan_id,
            coverage=coverage,
            coverage_as_of=None if decided else admission.coverage_as_of,
        ),
        review_open=refused,
        matching=ticket.matching.but(
            since=now if was_kept_back and not refused else ticket.matching.since
        ),
    ).happened(mended, now, again.by)
    if admission.service is not None and not decided:
        ticket = promised_anew(ticket, admission.service, now)
    ticket = unsettled(_needing(ticket, again, now, was_kept_back=was_kept_back))
    # The last work may have been done while a review kept the ticket back.
    return completed_if_done(ticket, now)


def _was_decided(ticket: Ticket) -> bool:
    """Whether a person, and not a plan, settled who pays."""
    return ticket.promise.coverage in (Coverage.WAIVED, Coverage.PAY_PER_JOB) or (
        ticket.promise.coverage is Coverage.COVERED and ticket.promise.plan_id is None
    )


def _needing(ticket: Ticket, again: Readmit, now: datetime, *, was_kept_back: bool) -> Ticket:
    """The ticket whose open visits need what was looked up; whoever can do that is told."""
    admission, refused = again.admission, ticket.review_open
    filed_for = ticket.visits[0].positions if ticket.visits else ()
    for visit in ticket.visits:
        if visit.state is VisitState.OPEN and not visit.crew:
            is_as_filed = visit.positions == filed_for
            if is_as_filed:
                needs = visit.but(duration=admission.duration, positions=admission.positions)
                ticket = ticket.with_visit(needs)
            # Whoever can do what it needs now has not heard of it.
            newly = was_kept_back or (is_as_filed and admission.positions != filed_for)
            if newly and not refused:
                ticket = visit_offered(ticket, visit, again.by, now)
    return ticket


def without_model(ticket: Ticket, leave: LeaveModelOpen, now: datetime) -> Ticket:
    """The ticket whose model nobody looks for any more."""
    left = tuple(a for a in ticket.filing.attention if a is not Attention.MODEL_UNRESOLVED)
    return ticket.but(filing=ticket.filing.but(attention=left)).happened(
        ModelLeftOpen(), now, leave.by
    )


def _still(ticket: Ticket, attention: Attention) -> bool:
    match attention:
        case Attention.SLOTS_MISSING:
            return not ticket.filing.slots
        case Attention.MODEL_UNRESOLVED:
            return attention in ticket.filing.attention
        case _:
            return True
