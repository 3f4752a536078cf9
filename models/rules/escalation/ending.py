"""What ended a question without a person, where that is more than that the world moved on
(docs/rules/service-levels.md, Late evidence)."""

from models.escalation import EscalationReason, Question
from models.promise.sla import LATE_EVIDENCE
from models.rules.promise.happening import ARRIVED
from models.rules.promise.sla import clock_of
from models.ticket import Ticket


def ended_by(ticket: Ticket, question: Question) -> str | None:
    """`late_evidence`, where a report that came late tells of what had happened in time."""
    match question.reason:
        case EscalationReason.SLA_AT_RISK | EscalationReason.SLA_BREACHED:
            clock = clock_of(ticket, question.subject)
            shown = clock is not None and clock.restated
        case EscalationReason.LATE_START:
            shown = _was_there_in_time(ticket, question.subject)
        case _:
            shown = False
    return LATE_EVIDENCE if shown else None


def _was_there_in_time(ticket: Ticket, visit_id: str) -> bool:
    visit = ticket.visit(visit_id)
    if visit is None or visit.start is None:
        return False
    late = visit.start + ticket.policies.late_start_after
    return all(
        any(f.kind in ARRIVED and f.occurred_at <= late for f in visit.facts_of(a))
        for a in visit.crew
    )
