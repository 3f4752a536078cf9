"""A report that takes back another of its sender's: a mistaken tap
(docs/rules/states.md, Corrections)."""

from datetime import datetime

from models.errors import Conflict, NotFound
from models.events.visit import VisitReportWithdrawn
from models.field import ReportedFact
from models.messages.visit import ReportVisit, VisitReported
from models.rules.visit.counting import counted
from models.rules.visit.follow_up import followed_up
from models.rules.visit.standing import stood
from models.ticket import Ticket
from models.visit import Visit


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
    before, taken_back = visit, known.but(withdrawn=True)
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
    for end in _counts_again(visit, before):
        ticket = counted(ticket, visit, end, fact.by, now, late=False)
    return followed_up(ticket, before, fact.by, now), _answer(visit, fact)


def _counts_again(visit: Visit, before: Visit) -> list[ReportedFact]:
    """The ends of work that count now that another one does not."""
    ends = ((visit.ending_of(a), before.ending_of(a)) for a in visit.crew)
    return [now for now, then in ends if now is not None and now != then]


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
