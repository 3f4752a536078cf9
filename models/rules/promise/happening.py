"""Whether what a clock waits for has happened, and when (docs/rules/service-levels.md, Clocks; Late
evidence). Times are UTC."""

from collections.abc import Container, Iterator
from datetime import datetime

from models.field import ENDINGS, FactKind, ReportedFact
from models.promise.sla import Clock, ClockName, ClockState
from models.rules.money.plausibility import doubtful_visits, is_implausible
from models.rules.transitions import REACHED_BY, goes_on, rank
from models.ticket import Ticket
from models.visit import ENDED, Assignment, AssignmentState, Visit, VisitState

ARRIVED = frozenset(
    kind for kind, state in REACHED_BY.items() if rank(state) >= rank(AssignmentState.ON_SITE)
)
"""The reports by which somebody is there, or was."""


def is_in_doubt(clock: Clock, ticket: Ticket) -> bool:
    """Whether what would judge it is a report that cannot be right, until a person has looked."""
    waits_for_work = clock.name is not ClockName.SCHEDULE
    return waits_for_work and any(v.round == clock.round for v in doubtful_visits(ticket))


def happened_at(clock: Clock, ticket: Ticket, now: datetime) -> datetime | None:
    """When what a clock waits for happened; an expert's word counts from the time it names."""
    match clock.name:
        case ClockName.SCHEDULE:
            return _settled_at(clock, ticket, now)
        case ClockName.ONSITE:
            arrivals = _facts(clock, ticket, ARRIVED)
            return min((f.occurred_at for f in arrivals), default=None)
        case ClockName.RESOLVE:
            return _resolved_at(clock, ticket, now)


def shown_in_time(clock: Clock, ticket: Ticket, now: datetime) -> datetime | None:
    """When what a clock that ran out waits for happened in time after all, by reports that came
    before its verdict is final; None where none says so. A report of which nobody noted when it
    came has come now."""
    if clock.final_at is None or clock.due_at is None:
        return None
    at = _shown_by(clock, ticket, clock.final_at, now)
    return at if at is not None and at <= clock.due_at else None


def _shown_by(clock: Clock, ticket: Ticket, until: datetime, now: datetime) -> datetime | None:
    match clock.name:
        case ClockName.SCHEDULE:
            return None
        case ClockName.ONSITE:
            said = (*_facts(clock, ticket, ARRIVED), *_arrivals_kept(clock, ticket))
            heard = (f for f in said if _came(f, now) < until)
            return min((f.occurred_at for f in heard), default=None)
        case ClockName.RESOLVE:
            if _resolved_at(clock, ticket, now) is None:
                return None
            crews = ((v, a) for v in _visits(clock, ticket) for a in v.crew)
            ends = [
                _end_shown(ticket, v, a, end, until, now)
                for v, a in crews
                if (end := v.ending_of(a)) is not None
            ]
            known = [at for at in ends if at is not None]
            return max(known) if known and len(known) == len(ends) else None


def _arrivals_kept(clock: Clock, ticket: Ticket) -> Iterator[ReportedFact]:
    """What is kept of a visit that was given up: somebody was there, who had not heard of it. Who
    might not come any more counts for nothing."""
    for visit in ticket.visits:
        if visit.round != clock.round or visit.state is not VisitState.CANCELLED:
            continue
        allowed = {a.expert_id for a in visit.assignments if a.barred is None}
        known = (f for f in visit.evidence if f.kind in ARRIVED and not f.withdrawn)
        yield from (f for f in known if f.expert_id in allowed)


def _end_shown(
    ticket: Ticket,
    visit: Visit,
    assignment: Assignment,
    ending: ReportedFact,
    until: datetime,
    now: datetime,
) -> datetime | None:
    """When somebody's work ended, by what came before `until`; also by a report of the same end
    that came when the round was done, and was kept. One that cannot be right shows nothing."""
    kept = (
        f
        for f in visit.evidence
        if (f.assignment_id, f.kind, f.withdrawn) == (assignment.id, ending.kind, False)
        and not is_implausible(visit.but(facts=(*visit.facts, f)), assignment, ticket.policies)
    )
    return min((f.occurred_at for f in (ending, *kept) if _came(f, now) < until), default=None)


def is_taken_back(clock: Clock, ticket: Ticket, now: datetime) -> bool:
    """Whether what a clock rests on was a report that its sender took back, or an end of work that
    had ended otherwise before, of which we heard later."""
    rests_on = clock.judged_at if clock.verdict is ClockState.MET else clock.happened_at
    if clock.name is ClockName.SCHEDULE or rests_on is None:
        return False
    withdrawn = (
        f
        for v in ticket.visits
        if v.round == clock.round
        for f in (*v.facts, *v.evidence)
        if f.withdrawn and f.kind in ARRIVED
    )
    ends = _endings(clock, ticket)
    overtaken = (f for f in _facts(clock, ticket, ENDINGS) if f not in ends)
    said = any(f.occurred_at == rests_on for f in (*withdrawn, *overtaken))
    return said and happened_at(clock, ticket, now) != rests_on


def _settled_at(clock: Clock, ticket: Ticket, now: datetime) -> datetime | None:
    waiting = ticket.cancelled or any(g.is_live for g in ticket.matching.groups)
    return None if waiting or not _visits(clock, ticket) else now


def _resolved_at(clock: Clock, ticket: Ticket, now: datetime) -> datetime | None:
    visits = _visits(clock, ticket)
    open_ = any(v.state not in ENDED or goes_on(ticket, v) for v in visits)
    is_given_up = ticket.cancelled and clock.round == ticket.round
    if not visits or is_given_up or open_:
        return None
    return max(v.actual_end or now for v in visits)


def _visits(clock: Clock, ticket: Ticket) -> list[Visit]:
    return [
        v for v in ticket.visits if v.round == clock.round and v.state is not VisitState.CANCELLED
    ]


def _endings(clock: Clock, ticket: Ticket) -> list[ReportedFact]:
    """The reports that ended the work of the clock's round."""
    crews = ((v, a) for v in _visits(clock, ticket) for a in v.crew)
    return [end for v, a in crews if (end := v.ending_of(a)) is not None]


def _facts(clock: Clock, ticket: Ticket, kinds: Container[FactKind]) -> Iterator[ReportedFact]:
    """What was reported of the clock's round, and stands."""
    facts = (f for v in _visits(clock, ticket) for f in v.facts)
    return (f for f in facts if f.kind in kinds and not f.withdrawn)


def _came(fact: ReportedFact, now: datetime) -> datetime:
    return fact.received_at or now
