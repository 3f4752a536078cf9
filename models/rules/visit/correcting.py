"""A report that takes back another of its sender's: a mistaken tap
(docs/rules/states.md, Corrections)."""

from datetime import datetime

from models.errors import Conflict, NotFound
from models.events.visit import VisitReportWithdrawn
from models.field import ReportedFact
from models.messages.visit import ReportVisit, VisitReported
from models.rules.transitions import require_visit
from models.rules.visit.counting import counted
from models.rules.visit.door import knocked
from models.rules.visit.evidence import is_only_kept
from models.rules.visit.follow_up import followed_up
from models.rules.visit.standing import stood
from models.ticket import Ticket
from models.visit import Visit


def is_known(visit: Visit, fact: ReportVisit) -> bool:
    """Whether there is the report that another one takes back."""
    return _known_as(visit, fact.expert_id, fact.corrects) is not None


def is_corrected(visit: Visit, told: ReportedFact) -> bool:
    """Whether a report was taken back before it came: another stands in its place."""
    return any(
        (f.expert_id, f.corrects) == (told.expert_id, told.client_event_id) and not f.withdrawn
        for f in visit.facts
    )


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
            "A report is taken back soon after it came. Tell the helpdesk, who report what is so.",
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
    for again in _counts_again(visit, before):
        ticket = counted(ticket, visit, again, fact.by, now)
    ticket = followed_up(knocked(ticket, before, now), before, fact.by, now)
    return ticket, _answer(visit, fact)


def _counts_again(visit: Visit, before: Visit) -> list[ReportedFact]:
    """What counts now that an end of work does not: another end, and what was done after the one
    that was none."""
    ends = [now for a in visit.crew if (now := visit.ending_of(a)) != before.ending_of(a) and now]
    known = (f for a in visit.crew for f in visit.facts_of(a))
    kept = (f for f in known if is_only_kept(before, f) and not is_only_kept(visit, f))
    return sorted({f.client_event_id: f for f in (*ends, *kept)}.values(), key=lambda f: f.order)


def _corrected(ticket: Ticket, fact: ReportVisit) -> tuple[Visit, ReportedFact]:
    visit = require_visit(ticket, fact.visit_id)
    known = _known_as(visit, fact.expert_id, fact.corrects)
    if known is None:
        raise NotFound(
            "report-unknown", "You made no such report of this visit.", field="/corrects"
        )
    return visit, known


def _known_as(visit: Visit, expert_id: str, name: str | None) -> ReportedFact | None:
    known = (f for f in (*visit.facts, *visit.evidence) if f.expert_id == expert_id)
    return next((f for f in known if f.client_event_id == name), None)


def _answer(visit: Visit, fact: ReportVisit, *, repeated: bool = False) -> VisitReported:
    return VisitReported(
        visit_id=visit.id, state=visit.state, repeated=repeated, received_at=fact.received_at
    )
