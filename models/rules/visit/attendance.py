"""What a person decides about a visit whose experts do not answer, or are not there."""

from datetime import datetime

from models.errors import Conflict
from models.escalation import EscalationReason
from models.events.visit import AssignmentReminded
from models.messages.escalation import RemindExpert, RescheduleVisit
from models.rules.escalation.doubts import require_doubt, with_patience
from models.rules.matching.passing_over import passed_over
from models.rules.matching.rescheduling import visits_released
from models.rules.transitions import illegal, require_visit
from models.rules.visit import absence, door
from models.rules.visit.missing import absent
from models.rules.visit.presence import to_come
from models.rules.visit.shut_out import is_shut_out
from models.ticket import Ticket
from models.visit import AssignmentState, VisitState


def reminded(ticket: Ticket, remind: RemindExpert, now: datetime) -> Ticket:
    """The ticket whose silent experts are told once more, by another channel.

    Raises:
        Conflict: `doubt-gone`.
    """
    visit = require_visit(ticket, remind.visit_id)
    doubt = require_doubt(ticket, visit.id, remind.reason, now)
    late = remind.reason is EscalationReason.LATE_START
    wait = ticket.policies.late_start_after if late else ticket.policies.ack_timeout
    ticket = with_patience(ticket, doubt, now + wait)
    for assignment in to_come(visit):
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
    """The ticket whose visit is matched anew, without the experts who did not answer, come, or may
    come no more; before a closed door, with everybody.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `illegal-transition` once work has begun; `doubt-gone` where those whom it is
            about have answered, or come after all, or the door was opened.
    """
    visit = require_visit(ticket, change.visit_id)
    if change.reason is EscalationReason.CANNOT_ENTER:
        return door.rescheduled(ticket, visit, change.by, now)
    missing = absent(visit)
    blocked = visit.state is VisitState.BLOCKED and not is_shut_out(visit)
    awaited = to_come(visit)
    waits = visit.state is VisitState.ON_SITE and bool(missing or awaited)
    appointed = visit.state in (VisitState.SCHEDULED, VisitState.EN_ROUTE) or visit.is_fixed
    if not (appointed or blocked or waits):
        raise illegal("reschedule", visit.state, [])
    unanswered = [a for a in visit.crew if a.state is AssignmentState.RESERVED]
    about = {EscalationReason.CANNOT_ARRIVE: missing, EscalationReason.NO_ACK: unanswered}
    if change.reason in about and not about[change.reason]:
        raise Conflict("doubt-gone", "Who was in doubt has answered, or comes after all.")
    if missing:
        return absence.matched_anew(ticket, visit, change.by, now)
    silent = {a.expert_id for a in unanswered or awaited}
    ticket = passed_over(ticket, visit, silent, change.by, now)
    return visits_released(ticket, [visit.id], change.by, now)
