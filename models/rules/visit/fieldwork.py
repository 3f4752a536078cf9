"""What a report from the field changes. Reports come late, twice and in the wrong order."""

from datetime import datetime

from models.errors import DomainError, Invalid, NotFound
from models.field import FactKind, ReportedFact
from models.messages.visit import ReportVisit, VisitReported
from models.rules.transitions import require_visit
from models.rules.visit.clock import require_plausible_time
from models.rules.visit.correcting import is_corrected, is_known, withdrawn
from models.rules.visit.counting import counted, is_late
from models.rules.visit.door import knocked
from models.rules.visit.evidence import is_evidence, is_only_kept, is_too_late, kept
from models.rules.visit.extending import no_room
from models.rules.visit.follow_up import followed_up
from models.rules.visit.gaps import with_gaps_looked_at
from models.rules.visit.sequence import require_sequence
from models.rules.visit.settled import completed_if_done
from models.rules.visit.standing import standing_of, stood
from models.rules.visit.start_code import with_code_looked_at
from models.ticket import Ticket
from models.visit import Assignment, Visit

_AGAIN = (FactKind.NEED_MORE_TIME, FactKind.CANNOT_ENTER)
"""What can happen again and again."""
_REMEMBERED = 20
"""Of what cannot, as often as it is kept all the same: no phone that says it all day fills a
ticket."""


def reported(
    ticket: Ticket, fact: ReportVisit, now: datetime, *, asked: bool = True
) -> tuple[Ticket, VisitReported]:
    """The ticket after a report, and the answer.

    A report made before, under this id or another, changes nothing; one that comes after a later
    one is marked `out_of_order`. What can change nothing any more is kept. One that corrects
    another takes that back first; where there is none, because it was refused or comes yet, it
    stands by itself. `asked`: whoever sent it waits for the answer.

    Raises:
        NotFound: `visit-unknown`, `assignment-unknown`, `report-unknown`.
        Conflict: `correction-too-late`; `next-visit-affected` of a need for more time for which
            there was no room.
        Forbidden: `start-code-wrong`.
        Invalid: `client-event-id-reused`, `report-out-of-sequence`, and whatever is wrong with its
            time.
    """
    visit = require_visit(ticket, fact.visit_id)
    if (known := _known(ticket, fact)) is not None:
        if refusal := no_room(ticket, fact):
            raise refusal
        return ticket, _repeated(visit, known)
    ticket, answer = _taken(ticket, visit, fact, now, asked=asked)
    return with_gaps_looked_at(ticket), answer


def _taken(
    ticket: Ticket, visit: Visit, fact: ReportVisit, now: datetime, *, asked: bool
) -> tuple[Ticket, VisitReported]:
    """The ticket after a report that it does not know, without what that takes back."""
    if fact.corrects is None or (fact.kind is not None and not is_known(visit, fact)):
        return _told(ticket, visit, fact, now, asked=asked)
    ticket, answer = withdrawn(ticket, fact, now)
    visit = require_visit(ticket, fact.visit_id)
    return (ticket, answer) if fact.kind is None else _told(ticket, visit, fact, now, asked=asked)


def _told(
    ticket: Ticket, visit: Visit, fact: ReportVisit, now: datetime, *, asked: bool
) -> tuple[Ticket, VisitReported]:
    """The ticket after a report under an id of its own: it counts or is kept, is news or is known,
    and has what follows from it."""
    assignment = _last_assignment(visit, fact)
    told = _as_fact(fact, assignment)
    if is_evidence(visit, assignment, fact) or is_corrected(visit, told):
        return kept(ticket, _with_evidence(visit, told), fact, now)
    received_at = fact.received_at or now
    require_plausible_time(
        visit, assignment, told, received_at, ticket.policies.report_lead, fact.behind
    )
    if (known := _same_news(visit, assignment, told)) is not None:
        require_sequence(visit, assignment, told)
        return _remembered(ticket, visit, told, fact, received_at), _repeated(visit, known)
    if is_too_late(ticket, visit, assignment, told):
        return kept(ticket, _with_evidence(visit, told), fact, now)
    require_sequence(visit, assignment, told)
    ticket = with_code_looked_at(ticket, fact, received_at, asked=asked)
    return _let_in(ticket, visit, told, fact, now)


def _last_assignment(visit: Visit, fact: ReportVisit) -> Assignment:
    own = [a for a in visit.assignments if a.expert_id == fact.expert_id]
    if not own:
        raise NotFound("assignment-unknown", "This expert is not assigned to the visit.")
    return own[-1]


def _with_evidence(visit: Visit, told: ReportedFact) -> Visit:
    return visit.but(evidence=(*visit.evidence, told))


def _let_in(
    ticket: Ticket, visit: Visit, told: ReportedFact, fact: ReportVisit, now: datetime
) -> tuple[Ticket, VisitReported]:
    """The ticket with a report among what its visit stands by, and what follows from that."""
    after = stood(visit.but(facts=(*visit.facts, told)))
    if is_only_kept(after, told):
        return kept(ticket, after, fact, now)
    ticket = counted(ticket.with_visit(after), after, told, fact.by, now)
    ticket = followed_up(knocked(ticket, visit, now), visit, fact.by, now)
    answer = VisitReported(
        visit_id=after.id,
        state=after.state,
        out_of_order=is_late(visit, told),
        received_at=fact.received_at,
    )
    return completed_if_done(ticket, now), answer


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


def _same_news(visit: Visit, assignment: Assignment, told: ReportedFact) -> ReportedFact | None:
    """The same news of this assignment, under another id, where it cannot have happened twice and
    nothing follows from when it did."""
    facts = visit.facts_of(assignment)
    same = [f for f in facts if f.kind is told.kind]
    if told.kind in _AGAIN or standing_of((*facts, told)) != standing_of(facts):
        return None
    return max(same, key=lambda f: f.order, default=None)


def _remembered(
    ticket: Ticket, visit: Visit, told: ReportedFact, fact: ReportVisit, received_at: datetime
) -> Ticket:
    """The ticket with news that is none yet: it is, once the first is taken back, or something is
    reported that lies between. With a code that is wrong it is evidence: it begins nothing."""
    same = (told.kind, told.assignment_id)
    said = [f for f in (*visit.facts, *visit.evidence) if (f.kind, f.assignment_id) == same]
    if len(said) >= _REMEMBERED:
        return ticket
    try:
        ticket = with_code_looked_at(ticket, fact, received_at, asked=True)
    except DomainError:
        return ticket.with_visit(_with_evidence(visit, told))
    return ticket.with_visit(visit.but(facts=(*visit.facts, told)))


def _repeated(visit: Visit, known: ReportedFact) -> VisitReported:
    return VisitReported(
        visit_id=visit.id,
        state=visit.state,
        repeated=True,
        recorded_only=is_only_kept(visit, known),
        received_at=known.received_at,
        end=visit.end if known.kind is FactKind.NEED_MORE_TIME else None,
    )


def _as_fact(fact: ReportVisit, assignment: Assignment) -> ReportedFact:
    same = fact.model_dump(exclude={"visit_id", "by", "behind"})
    return ReportedFact(**same, assignment_id=assignment.id)
