"""What a report from the field changes. Reports come late, twice and in the wrong order."""

from datetime import datetime, timedelta

from models.errors import Invalid, NotFound
from models.event import OURSELVES
from models.events.ticket import TicketCompleted
from models.events.visit import REPORTS
from models.messages.visit import ReportVisit, VisitReported
from models.rules.transitions import (
    REACHED_BY,
    accepts_reports,
    illegal,
    rank,
    status_of,
    visit_state,
)
from models.ticket import Ticket, TicketStatus
from models.visit import Assignment, FactKind, ReportedFact, Visit

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead the clock of an expert's phone may be."""


def reported(ticket: Ticket, fact: ReportVisit, now: datetime) -> tuple[Ticket, VisitReported]:
    """The ticket after a report, and the answer.

    A report made before, under this id or another, changes nothing; one that comes after a later
    one is stored, marked `out_of_order`, and moves nothing back.

    Raises:
        NotFound: `visit-unknown`, `assignment-unknown`.
        Conflict: `illegal-transition` on a visit nobody is assigned to, or that was given up.
        Invalid: `occurred-in-the-future`.
    """
    visit = ticket.visit(fact.visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "This ticket has no such visit.")
    if not accepts_reports(visit):
        raise illegal(fact.kind, visit.state, [])
    assignment = visit.assignment_of(fact.expert_id)
    if assignment is None:
        raise NotFound("assignment-unknown", "This expert is not assigned to the visit.")
    if _is_repeated(visit, fact):
        return ticket, VisitReported(visit_id=visit.id, state=visit.state, repeated=True)
    if fact.occurred_at > now + CLOCK_TOLERANCE:
        raise Invalid(
            "occurred-in-the-future", "A report tells what has happened.", field="/occurred_at"
        )
    late = rank(REACHED_BY[fact.kind]) <= rank(assignment.state)
    if not late:
        assignment = assignment.but(state=REACHED_BY[fact.kind])
    visit = _told(visit, assignment, fact)
    ticket = ticket.with_visit(visit).happened(
        REPORTS[fact.kind](
            visit_id=visit.id,
            expert_id=fact.expert_id,
            state=visit.state,
            client_event_id=fact.client_event_id,
            **({"out_of_order": True} if late else {}),
        ),
        now,
        fact.by,
        occurred_at=fact.occurred_at,
    )
    answer = VisitReported(visit_id=visit.id, state=visit.state, out_of_order=late)
    return _completed(ticket, now), answer


def _told(visit: Visit, assignment: Assignment, fact: ReportVisit) -> Visit:
    """The visit after a report, with the assignment in the state that it has now."""
    reported_fact = ReportedFact(
        client_event_id=fact.client_event_id,
        kind=fact.kind,
        expert_id=fact.expert_id,
        occurred_at=fact.occurred_at,
    )
    visit = visit.but(
        assignments=tuple(assignment if a.id == assignment.id else a for a in visit.assignments),
        facts=(*visit.facts, reported_fact),
        report_id=fact.report_id or visit.report_id,
    )
    return _timed(visit, fact).but(state=visit_state(visit.crew))


def _is_repeated(visit: Visit, fact: ReportVisit) -> bool:
    """Whether this expert made this report already: by its id, or by its kind."""
    return any(
        f.expert_id == fact.expert_id
        and (f.client_event_id == fact.client_event_id or f.kind is fact.kind)
        for f in visit.facts
    )


def _timed(visit: Visit, fact: ReportVisit) -> Visit:
    """The visit with the work's actual times: the first start, the last end."""
    if fact.kind is FactKind.STARTED:
        start = visit.actual_start
        return visit.but(actual_start=min(start or fact.occurred_at, fact.occurred_at))
    if fact.kind is FactKind.COMPLETED:
        end = visit.actual_end
        return visit.but(actual_end=max(end or fact.occurred_at, fact.occurred_at))
    return visit


def _completed(ticket: Ticket, now: datetime) -> Ticket:
    if ticket.completed_at or status_of(ticket) is not TicketStatus.COMPLETED:
        return ticket
    return ticket.but(completed_at=now).happened(
        TicketCompleted(round=ticket.round), now, OURSELVES
    )
