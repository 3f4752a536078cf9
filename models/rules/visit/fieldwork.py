"""What a report from the field changes. Reports come late, twice and in the wrong order."""

from datetime import datetime
from typing import Any

from models.errors import Invalid, NotFound
from models.events.field import REPORTS
from models.field import ENDINGS, FactKind, ReportedFact
from models.messages.visit import ReportVisit, VisitReported
from models.rules.transitions import REACHED_BY, accepts_reports, rank
from models.rules.visit.clock import require_plausible_time
from models.rules.visit.correcting import withdrawn
from models.rules.visit.door import knocked
from models.rules.visit.evidence import is_evidence, kept
from models.rules.visit.extending import no_room
from models.rules.visit.follow_up import with_follow_up
from models.rules.visit.sequence import require_sequence
from models.rules.visit.settled import completed_if_done
from models.rules.visit.standing import Standing, standing_of, stood
from models.rules.visit.start_code import appointment_of, with_code_looked_at
from models.ticket import Ticket
from models.visit import Assignment, Visit, VisitState

_AGAIN = (FactKind.NEED_MORE_TIME, FactKind.CANNOT_ENTER)
"""What can happen again and again."""


def reported(
    ticket: Ticket, fact: ReportVisit, now: datetime, *, asked: bool = True
) -> tuple[Ticket, VisitReported]:
    """The ticket after a report, and the answer.

    A report made before, under this id or another, changes nothing; one that comes after a later
    one is stored, marked `out_of_order`, and moves nothing back. What can change nothing any more
    is kept. One that corrects another takes that back first. `asked`: whoever sent it waits for
    the answer.

    Raises:
        NotFound: `visit-unknown`, `assignment-unknown`, `report-unknown`.
        Conflict: `correction-too-late`; `next-visit-affected` of a need for more time for which
            there was no room.
        Forbidden: `start-code-wrong`.
        Invalid: `client-event-id-reused`, `report-out-of-sequence`, and whatever is wrong with its
            time.
    """
    visit = ticket.visit(fact.visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "This ticket has no such visit.")
    if (known := _known(ticket, fact)) is not None:
        if refusal := no_room(ticket, fact):
            raise refusal
        return ticket, _repeated(visit, known)
    if fact.corrects is None:
        return _told(ticket, visit, fact, now, asked=asked)
    ticket, answer = withdrawn(ticket, fact, now)
    visit = ticket.visit(fact.visit_id)
    assert visit is not None, "no visit is ever lost"
    return (ticket, answer) if fact.kind is None else _told(ticket, visit, fact, now, asked=asked)


def _told(
    ticket: Ticket, visit: Visit, fact: ReportVisit, now: datetime, *, asked: bool
) -> tuple[Ticket, VisitReported]:
    """The ticket after a report that is news."""
    own = [a for a in visit.assignments if a.expert_id == fact.expert_id]
    if not own:
        raise NotFound("assignment-unknown", "This expert is not assigned to the visit.")
    if is_evidence(own[-1], fact) or not accepts_reports(visit):
        return kept(ticket, visit, fact, now)
    assignment = own[-1]
    standing = standing_of(visit.facts_of(assignment))
    told = _as_fact(fact, assignment)
    if (known := _same_news(visit, assignment, standing, fact)) is not None:
        return _remembered(ticket, visit, known, told), _repeated(visit, known)
    require_sequence(visit, assignment, told)
    received_at = fact.received_at or now
    require_plausible_time(visit, assignment, told, received_at, ticket.policies.report_lead)
    ticket = with_code_looked_at(ticket, fact, received_at, asked=asked)
    late = _is_late(visit, assignment, standing, told)
    before = visit
    visit = stood(
        visit.but(
            facts=(*visit.facts, told),
            report_id=(told.kind in ENDINGS and told.report_id) or visit.report_id,
        )
    )
    ticket = _happened(ticket.with_visit(visit), visit, fact, late=late, now=now)
    ticket = knocked(ticket, before, now)
    if visit.state is VisitState.INCOMPLETE and told.particulars.follow_up and _goes_on(ticket):
        ticket = with_follow_up(ticket, visit, told.particulars, fact.by, now)
    answer = VisitReported(
        visit_id=visit.id, state=visit.state, out_of_order=late, received_at=fact.received_at
    )
    return completed_if_done(ticket, now), answer


def _goes_on(ticket: Ticket) -> bool:
    """Whether the round is not over: what is done is done, whatever is reported of it later."""
    return ticket.completed_at is None and not ticket.closed


def _known(ticket: Ticket, fact: ReportVisit) -> ReportedFact | None:
    """The report that this expert made under the same id.

    Raises:
        Invalid: `client-event-id-reused`: it said something else.
    """
    for visit in ticket.visits:
        for known in (*visit.facts, *visit.evidence):
            if (known.expert_id, known.client_event_id) == (fact.expert_id, fact.client_event_id):
                if visit.id == fact.visit_id and _content(known) == _content(fact):
                    return known
                raise id_reused()
    return None


def id_reused() -> Invalid:
    """The refusal of an id under which the same expert reported something else."""
    return Invalid(
        "client-event-id-reused",
        "This client_event_id stands for another report.",
        field="/client_event_id",
    )


def _content(report: ReportVisit | ReportedFact) -> tuple[object, ...]:
    """What makes a report of a visit this one, and no other."""
    at = report.phone_time or report.occurred_at
    said = report.particulars.but(start_code=None)
    return report.kind, at, report.report_id, said


def _same_news(
    visit: Visit, assignment: Assignment, standing: Standing, fact: ReportVisit
) -> ReportedFact | None:
    """The same news of this assignment, under another id, where it cannot have happened twice."""
    if fact.kind in _AGAIN or (fact.kind is FactKind.ON_SITE and standing.is_shut_out):
        return None
    if fact.kind is FactKind.EN_ROUTE and standing.is_hindered:
        return None
    if fact.kind is FactKind.CANNOT_ARRIVE and not standing.is_hindered:
        return None
    same = (f for f in visit.facts_of(assignment) if f.kind is fact.kind)
    return max(same, key=lambda f: f.occurred_at, default=None)


def _remembered(ticket: Ticket, visit: Visit, known: ReportedFact, told: ReportedFact) -> Ticket:
    """The ticket with news that is none yet: what it may end, a closed door or that somebody cannot
    come, may be reported after it."""
    may_end = told.kind in (FactKind.EN_ROUTE, FactKind.ON_SITE)
    if not may_end or told.occurred_at <= known.occurred_at:
        return ticket
    return ticket.with_visit(visit.but(facts=(*visit.facts, told)))


def _is_late(visit: Visit, assignment: Assignment, standing: Standing, told: ReportedFact) -> bool:
    """Whether something that came after it is known already."""
    reached = REACHED_BY.get(told.kind)
    if reached is not None and told.kind not in (FactKind.CANNOT_ENTER, FactKind.ON_SITE):
        return rank(reached) <= rank(standing.reached) and not standing.is_hindered
    if told.kind is FactKind.ON_SITE and not standing.is_shut_out:
        return rank(standing.reached) >= rank(REACHED_BY[FactKind.ON_SITE])
    return any(f.occurred_at > told.occurred_at for f in visit.facts_of(assignment))


def _repeated(visit: Visit, known: ReportedFact) -> VisitReported:
    return VisitReported(
        visit_id=visit.id,
        state=visit.state,
        repeated=True,
        recorded_only=known in visit.evidence,
        received_at=known.received_at,
        end=visit.end if known.kind is FactKind.NEED_MORE_TIME else None,
    )


def _as_fact(fact: ReportVisit, assignment: Assignment) -> ReportedFact:
    same = fact.model_dump(exclude={"visit_id", "by", "corrects"})
    return ReportedFact(**same, assignment_id=assignment.id)


def _happened(
    ticket: Ticket, visit: Visit, fact: ReportVisit, *, late: bool, now: datetime
) -> Ticket:
    stated: dict[str, Any] = {"out_of_order": True} if late else {}
    if fact.phone_time is not None:
        stated["phone_time"] = fact.phone_time.isoformat()
    assert fact.kind is not None, "it says something"
    facts = REPORTS[fact.kind](
        visit_id=visit.id,
        expert_id=fact.expert_id,
        state=visit.state,
        client_event_id=fact.client_event_id,
        **stated,
        **_stated(ticket, visit, fact),
    )
    return ticket.happened(facts, now, fact.by, occurred_at=fact.occurred_at)


def _stated(ticket: Ticket, visit: Visit, fact: ReportVisit) -> dict[str, Any]:
    """What its event says of the particulars of a report."""
    said = fact.particulars
    match fact.kind:
        case FactKind.EN_ROUTE | FactKind.ON_SITE if ticket.policies.start_code:
            crew = (a.id for a in visit.crew)
            return {"start_code": True, "appointment": appointment_of(visit.id, crew)}
        case FactKind.CANNOT_ARRIVE:
            return {"hindrance": said.hindrance}
        case FactKind.CANNOT_ENTER:
            return {"attempts": len(said.attempts)}
        case FactKind.NEED_MORE_TIME:
            return {"minutes": said.minutes}
        case FactKind.INCOMPLETE:
            return {"shortfall": said.shortfall}
        case _:
            return {}
