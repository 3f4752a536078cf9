"""What the decisions of escalations change on a ticket."""

from datetime import datetime

from models.errors import Conflict, NotFound
from models.escalation import EscalationReason
from models.event import OURSELVES
from models.messages.escalation import (
    ExtendWait,
    LeaveModelOpen,
    NotificationFailed,
    NotificationSettled,
    Readmit,
    RemindExpert,
    RequestPayment,
    RescheduleVisit,
)
from models.rules.escalation.asking import Doubt, doubts_of, payment_reason, with_patience
from models.rules.matching.proposing import reconsidered
from models.rules.matching.rescheduling import released
from models.rules.promise.sla import promised_anew
from models.rules.ticket.intake import offered, unsettled
from models.rules.transitions import illegal, status_of
from models.ticket import Attention, Coverage, Ticket
from models.visit import AssignmentState, ProposalState, Visit, VisitState


def wait_extended(ticket: Ticket, wait: ExtendWait, now: datetime) -> Ticket:
    """The ticket that asks nobody about a doubt for longer.

    Raises:
        Conflict: `doubt-gone`.
    """
    doubt = _require_doubt(ticket, wait.subject, wait.reason, now)
    until = wait.until or now + ticket.policies.pending_timeout
    return with_patience(ticket, doubt, until).happened(
        "wait.extended", now, wait.by, subject=wait.subject, until=until.isoformat()
    )


def payment_requested(ticket: Ticket, request: RequestPayment, now: datetime) -> Ticket:
    """The ticket whose customer is asked to pay; helpdesk hears of it again if nobody pays.

    Raises:
        Conflict: `doubt-gone`.
    """
    doubt = _require_doubt(ticket, ticket.id, payment_reason(ticket), now)
    until = now + ticket.policies.payment_wait
    return with_patience(ticket, doubt, until).happened(
        "payment.requested", now, request.by, expires_at=until.isoformat()
    )


def readmitted(ticket: Ticket, again: Readmit, now: datetime) -> Ticket:
    """The ticket after its model or its customer's file was mended: zone, plan and what its open
    visits need are as if it were filed now. What a person decided, about payment, the model or a
    visit that they added, stays.

    Raises:
        Conflict: `illegal-transition` once the work is done.
    """
    status = status_of(ticket)
    if status.is_final or ticket.completed_at is not None:
        raise illegal("readmit", status, [])
    admission, was_kept_back = again.admission, ticket.review_open
    decided = ticket.coverage in (Coverage.WAIVED, Coverage.PAY_PER_JOB) or (
        ticket.coverage is Coverage.COVERED and ticket.plan_id is None
    )
    coverage = ticket.coverage if decided else admission.coverage
    refused = coverage is Coverage.NOT_COVERED or admission.zone is None
    ticket = ticket.but(
        zone=admission.zone,
        category=admission.category,
        model_id=again.model_id or ticket.model_id,
        plan_id=ticket.plan_id if decided else admission.plan_id,
        coverage=coverage,
        attention=tuple(a for a in admission.attention if _still(ticket, a)),
        review_open=refused,
        matching_since=now if was_kept_back and not refused else ticket.matching_since,
    ).happened(
        "ticket.readmitted",
        now,
        again.by,
        zone=admission.zone,
        category=admission.category,
        coverage=coverage,
        model_id=again.model_id,
    )
    if admission.service is not None and not decided:
        ticket = promised_anew(ticket, admission.service, now)
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
                ticket = offered(ticket, visit, again.by, now)
    return unsettled(ticket)


def without_model(ticket: Ticket, leave: LeaveModelOpen, now: datetime) -> Ticket:
    """The ticket whose model nobody looks for any more."""
    left = tuple(a for a in ticket.attention if a is not Attention.MODEL_UNRESOLVED)
    return ticket.but(attention=left).happened("model.left_open", now, leave.by)


def notification_failed(ticket: Ticket, failed: NotificationFailed, now: datetime) -> Ticket:
    """The ticket about which somebody could not be told something."""
    if failed.notification_id in ticket.undeliverable:
        return ticket
    return ticket.but(undeliverable=(*ticket.undeliverable, failed.notification_id)).happened(
        "notification.undeliverable", now, OURSELVES, notification_id=failed.notification_id
    )


def notification_settled(ticket: Ticket, settled: NotificationSettled, now: datetime) -> Ticket:
    """The ticket after a person saw to such a notification; seen to twice, it is as seen to
    once."""
    if settled.notification_id not in ticket.undeliverable:
        return ticket
    left = tuple(n for n in ticket.undeliverable if n != settled.notification_id)
    return ticket.but(undeliverable=left).happened(
        "notification.settled", now, settled.by, notification_id=settled.notification_id
    )


def reminded(ticket: Ticket, remind: RemindExpert, now: datetime) -> Ticket:
    """The ticket whose silent experts are told once more, by another channel.

    Raises:
        Conflict: `doubt-gone`.
    """
    visit = _visit(ticket, remind.visit_id)
    doubt = _require_doubt(ticket, visit.id, remind.reason, now)
    late = remind.reason is EscalationReason.LATE_START
    wait = ticket.policies.late_start_after if late else ticket.policies.ack_timeout
    ticket = with_patience(ticket, doubt, now + wait)
    for assignment in visit.crew:
        if late or assignment.state is AssignmentState.RESERVED:
            ticket = ticket.happened(
                "assignment.reminded",
                now,
                remind.by,
                assignment_id=assignment.id,
                visit_id=visit.id,
                expert_id=assignment.expert_id,
                start=visit.start.isoformat() if visit.start else None,
            )
    return ticket


def rescheduled(ticket: Ticket, change: RescheduleVisit, now: datetime) -> Ticket:
    """The ticket whose visit is matched anew, without the experts who did not answer or come.

    Raises:
        Conflict: `illegal-transition` once work has begun.
    """
    visit = _visit(ticket, change.visit_id)
    if visit.state not in (VisitState.SCHEDULED, VisitState.EN_ROUTE):
        raise illegal("reschedule", visit.state, [])
    unanswered = [a for a in visit.crew if a.state is AssignmentState.RESERVED]
    silent = {a.expert_id for a in unanswered or visit.crew}
    for proposal in ticket.proposals:
        if proposal.visit_id == visit.id and proposal.expert_id in silent:
            passed_over = proposal.but(state=ProposalState.WITHDRAWN)
            ticket = reconsidered(ticket, passed_over).happened(
                "proposal.passed_over",
                now,
                change.by,
                proposal_id=proposal.id,
                visit_id=visit.id,
                expert_id=proposal.expert_id,
            )
    return released(ticket, [visit.id], change.by, now)


def _still(ticket: Ticket, attention: Attention) -> bool:
    match attention:
        case Attention.SLOTS_MISSING:
            return not ticket.slots
        case Attention.MODEL_UNRESOLVED:
            return attention in ticket.attention
        case _:
            return True


def _visit(ticket: Ticket, visit_id: str) -> Visit:
    visit = ticket.visit(visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "The ticket has no such visit.")
    return visit


def _require_doubt(ticket: Ticket, subject: str, reason: EscalationReason, now: datetime) -> Doubt:
    """The doubt about a subject, whatever it has become meanwhile."""
    for doubt in doubts_of(ticket, now):
        if doubt.subject == subject and (doubt.reason is reason or subject.startswith("grp_")):
            return doubt
    raise Conflict("doubt-gone", "There is nothing left to decide about it.")
