"""A report that takes back another of its sender's: a mistaken tap
(docs/rules/states.md, Corrections)."""

from datetime import datetime

from models.errors import Conflict, NotFound
from models.events.visit import VisitReportWithdrawn
from models.field import FactKind, ReportedFact
from models.messages.visit import ReportVisit, VisitReported
from models.rules.visit.follow_up import without_follow_up
from models.rules.visit.standing import stood
from models.ticket import Ticket
from models.visit import Visit, VisitState


def withdrawn(ticket: Ticket, fact: ReportVisit, now: datetime) -> tuple[Ticket, VisitReported]:
    """The ticket without what a report takes back, as if that had not been said; both stay on
    record. Taken back before, it changes nothing.

    Raises:
        NotFound: `report-unknown`, of no report of theirs on that visit.
        Conflict: `correction-too-late`.
    """
    visit, known = _corrected(ticket, fact)
    if known.withdrawn:
        return ticket, _answer(visit, fact, repeated=True)
    came = known.received_at or known.occurred_at
    last = came + ticket.policies.correction_window
    is_billed = visit.round in ticket.billed_rounds
    if is_billed or (fact.received_at or now) > last:
        raise Conflict(
            "correction-too-late",
            "A report is taken back soon after it came; the helpdesk may still put it right.",
            field="/corrects",
            until=last.isoformat(),
        )
    taken_back = known.but(withdrawn=True)
    visit = visit.but(
        facts=tuple(taken_back if f == known else f for f in visit.facts),
        evidence=tuple(taken_back if f == known else f for f in visit.evidence),
    )
    if any(a.id == known.assignment_id for a in visit.crew):
        visit = stood(visit)
    ticket = ticket.with_visit(visit).happened(
        VisitReportWithdrawn(
            visit_id=visit.id,
            expert_id=known.expert_id,
            reported=known.kind,
            client_event_id=known.client_event_id,
            state=visit.state,
        ),
        now,
        fact.by,
        occurred_at=fact.occurred_at,
    )
    if known.kind is FactKind.INCOMPLETE and visit.state is not VisitState.INCOMPLETE:
        ticket = without_follow_up(ticket, visit, fact.by, now)
    return ticket, _answer(visit, fact)


def _corrected(ticket: Ticket, fact: ReportVisit) -> tuple[Visit, ReportedFact]:
    for visit in ticket.visits:
        for known in (*visit.facts, *visit.evidence):
            same = (known.expert_id, known.client_event_id) == (fact.expert_id, fact.corrects)
            if same and visit.id == fact.visit_id:
                return visit, known
    raise NotFound("report-unknown", "You made no such report of this visit.", field="/corrects")


def _answer(visit: Visit, fact: ReportVisit, *, repeated: bool = False) -> VisitReported:
    return VisitReported(
        visit_id=visit.id, state=visit.state, repeated=repeated, received_at=fact.received_at
    )
