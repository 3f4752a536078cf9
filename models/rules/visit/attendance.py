"""What a person decides about a visit whose experts do not answer, or are not there."""

from datetime import datetime

from models.errors import NotFound
from models.escalation import EscalationReason
from models.events.matching import ProposalPassedOver
from models.events.visit import AssignmentReminded
from models.messages.escalation import RemindExpert, RescheduleVisit
from models.rules.escalation.doubts import require_doubt, with_patience
from models.rules.matching.proposing import proposal_reconsidered
from models.rules.matching.rescheduling import visits_released
from models.rules.transitions import illegal
from models.ticket import Ticket
from models.visit import AssignmentState, ProposalState, Visit, VisitState


def reminded(ticket: Ticket, remind: RemindExpert, now: datetime) -> Ticket:
    """The ticket whose silent experts are told once more, by another channel.

    Raises:
        Conflict: `doubt-gone`.
    """
    visit = _visit(ticket, remind.visit_id)
    doubt = require_doubt(ticket, visit.id, remind.reason, now)
    late = remind.reason is EscalationReason.LATE_START
    wait = ticket.policies.late_start_after if late else ticket.policies.ack_timeout
    ticket = with_patience(ticket, doubt, now + wait)
    for assignment in visit.crew:
        if late or assignment.state is AssignmentState.RESERVED:
            ticket = ticket.happened(
                AssignmentReminded(
                    assignment_id=assignment.id,
                    visit_id=visit.id,
                    expert_id=assignment.expert_id,
                    start=visit.start.isoformat() if visit.start else None,
                ),
                now,
                remind.by,
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
    for proposal in ticket.matching.proposals:
        if proposal.visit_id == visit.id and proposal.expert_id in silent:
            passed_over = proposal.but(state=ProposalState.WITHDRAWN)
            ticket = proposal_reconsidered(ticket, passed_over).happened(
                ProposalPassedOver(
                    proposal_id=proposal.id, visit_id=visit.id, expert_id=proposal.expert_id
                ),
                now,
                change.by,
            )
    return visits_released(ticket, [visit.id], change.by, now)


def _visit(ticket: Ticket, visit_id: str) -> Visit:
    visit = ticket.visit(visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "The ticket has no such visit.")
    return visit
