"""Reports that change nothing any more, of somebody who was let go or a visit that was given up:
kept, because what happened has happened (docs/rules/states.md, Reports from the field)."""

from datetime import datetime

from models.events.visit import VisitReportKept
from models.field import ReportedFact
from models.messages.visit import ReportVisit, VisitReported
from models.rules.matching.rights import AHEAD
from models.ticket import Attention, Ticket
from models.visit import Assignment, Visit


def is_evidence(last: Assignment, fact: ReportVisit) -> bool:
    """Whether a report counts for nothing: its expert, whose `last` assignment on the visit it is,
    was let go, or lost the right to come before they were there. What the helpdesk says of them, it
    answers for itself."""
    if not last.is_live:
        return True
    return not fact.by.actor.role.is_staff and last.barred is not None and last.state in AHEAD


def kept(
    ticket: Ticket, visit: Visit, fact: ReportVisit, now: datetime
) -> tuple[Ticket, VisitReported]:
    """The ticket with a report on record that moves nothing and tells nobody; a person should look
    at it some time."""
    reported = ReportedFact(**fact.model_dump(exclude={"visit_id", "by", "corrects"}))
    answer = VisitReported(
        visit_id=visit.id,
        state=visit.state,
        recorded_only=True,
        received_at=fact.received_at,
    )
    ticket = ticket.with_visit(visit.but(evidence=(*visit.evidence, reported))).happened(
        VisitReportKept(
            visit_id=visit.id,
            expert_id=fact.expert_id,
            reported=reported.kind,
            client_event_id=fact.client_event_id,
            report_id=fact.report_id,
        ),
        now,
        fact.by,
        occurred_at=fact.occurred_at,
    )
    return ticket.with_attention(Attention.LATE_REPORT), answer
