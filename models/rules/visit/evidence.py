"""Reports that change nothing any more: of somebody who was let go, of a visit that was given up,
of work that is over. They are kept, because what happened has happened
(docs/rules/states.md, Reports from the field)."""

from datetime import datetime

from models.events.visit import VisitReportKept
from models.field import ENDINGS, FactKind, ReportedFact
from models.messages.visit import ReportVisit, VisitReported
from models.rules.matching.rights import AHEAD
from models.rules.transitions import accepts_reports
from models.rules.visit.settled import is_round_over
from models.rules.visit.standing import stood
from models.ticket import Attention, Ticket
from models.visit import Assignment, Visit


def is_evidence(visit: Visit, last: Assignment, fact: ReportVisit) -> bool:
    """Whether a report counts for nothing: nobody is to come to the visit, or its expert, whose
    `last` assignment on the visit it is, was let go, or lost the right to come before they were
    there. What the helpdesk says of them, it answers for itself."""
    if not accepts_reports(visit) or not last.is_live:
        return True
    return not fact.by.actor.role.is_staff and last.barred is not None and last.state in AHEAD


def is_too_late(ticket: Ticket, visit: Visit, assignment: Assignment, told: ReportedFact) -> bool:
    """Whether a report would change what is over: more time for work that has ended, or, in a round
    that is done, how its work ended, or whether it did."""
    ending = visit.ending_of(assignment)
    if told.kind is FactKind.NEED_MORE_TIME:
        return ending is not None or not visit.is_live
    if not is_round_over(ticket, visit):
        return False
    ends_again = told.kind in ENDINGS and ending is not None
    return ends_again or stood(visit.but(facts=(*visit.facts, told))).state is not visit.state


def is_only_kept(visit: Visit, known: ReportedFact) -> bool:
    """Whether a report that is known changed nothing: it is evidence, or its expert had ended their
    work before. The same end again is that end."""
    return known in visit.evidence or (
        visit.is_after_the_end(known) and not _is_that_end(visit, known)
    )


def _is_that_end(visit: Visit, known: ReportedFact) -> bool:
    ends = (visit.ending_of(a) for a in visit.crew if a.id == known.assignment_id)
    return any(end is not None and end.kind is known.kind for end in ends)


def kept(
    ticket: Ticket, visit: Visit, fact: ReportVisit, now: datetime
) -> tuple[Ticket, VisitReported]:
    """The ticket with a report on record that moves nothing and tells nobody; `visit` has it. A
    person should look at it some time."""
    answer = VisitReported(
        visit_id=visit.id,
        state=visit.state,
        recorded_only=True,
        received_at=fact.received_at,
    )
    assert fact.kind is not None, "it says something"
    ticket = ticket.with_visit(visit).happened(
        VisitReportKept(
            visit_id=visit.id,
            expert_id=fact.expert_id,
            reported=fact.kind,
            client_event_id=fact.client_event_id,
            report_id=fact.report_id,
        ),
        now,
        fact.by,
        occurred_at=fact.occurred_at,
    )
    return ticket.with_attention(Attention.LATE_REPORT), answer
