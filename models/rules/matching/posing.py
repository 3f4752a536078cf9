"""The problem that a group of visits poses: what an evaluation looks at
(docs/rules/matching.md, What a solution is)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from models.calendar import merged
from models.geography import Spot
from models.matching.problem import BUDGET, Candidate, MatchingProblem
from models.people.diary import Diary
from models.rules.matching.budget import steps_after
from models.rules.matching.eligibility import refusal_of
from models.rules.matching.evaluation import positions_served
from models.ticket import Matching, Promise, Ticket
from models.visit import Proposal, Visit, VisitGroup, VisitState


def proposers(ticket: Ticket, group: VisitGroup) -> list[str]:
    """Whose calendars the problem of a group depends on."""
    return sorted({p.expert_id for p in ticket.active_proposals(group)})


def concerning(ticket: Ticket, group: VisitGroup) -> Ticket:
    """The ticket narrowed to what the problem of a group is made of: the group, its visits, the
    offers that may still win."""
    return Ticket(
        id=ticket.id,
        filing=ticket.filing,
        policies=ticket.policies,
        promise=Promise(coverage=ticket.promise.coverage),
        matching=Matching(
            groups=(group,),
            proposals=ticket.active_proposals(group),
        ),
        visits=tuple(v for v in ticket.visits if v.id in group.visit_ids),
    )


def around(ticket: Ticket, group: VisitGroup) -> Ticket:
    """The same with every offer that was ever made in the group: whom to send in somebody's place
    depends on those that were let go, too."""
    offers = tuple(p for p in ticket.matching.proposals if p.visit_id in group.visit_ids)
    narrow = concerning(ticket, group)
    return narrow.but(matching=narrow.matching.but(proposals=offers))


def problem_of(
    ticket: Ticket, group: VisitGroup, place: Spot, diaries: Sequence[Diary], now: datetime
) -> MatchingProblem:
    """The problem of a group at `now`: its open visits, around those that stand. `diaries` are
    those of the proposers."""
    waiting = [v for v in ticket.visits if v.id in group.visit_ids and v.state is VisitState.OPEN]
    standing = [v for v in ticket.visits if v not in waiting]
    open_visits = tuple(sorted(map(_to_be_staffed, waiting), key=lambda v: v.seq))
    assert ticket.filing.zone is not None, "a matched ticket has a zone"
    candidates = {d.expert.id: _candidate(d, ticket.filing.zone, place) for d in diaries}
    earliest = now + ticket.policies.min_lead
    proposals = tuple(
        p
        for p in _usable(ticket, group, open_visits)
        if not _is_provided_for(ticket, p, candidates.get(p.expert_id), earliest)
    )
    usable = {p.expert_id for p in proposals}
    # What a hand booked on an open visit holds its expert like any other visit.
    movable = {v.id for v in open_visits if not v.is_fixed}
    return MatchingProblem(
        visits=open_visits,
        dependencies=group.dependencies,
        ended={v.id: end for v in standing if (end := v.actual_end or v.end) is not None},
        begins={
            v.id: v.start
            for v in standing
            if v.start is not None and v.state is VisitState.SCHEDULED and v.id in group.visit_ids
        },
        slots={v.id: ticket.slots_of(v) for v in open_visits},
        proposals=proposals,
        candidates=tuple(
            _kept(candidates[d.expert.id], d, place, movable)
            for d in diaries
            if d.expert.id in usable
        ),
        earliest=earliest,
        budget=steps_after(group.undecided, BUDGET),
    )


def _candidate(diary: Diary, zone: str, place: Spot) -> Candidate:
    """An expert with what speaks for and against them, their times apart."""
    expert = diary.expert
    refusal = refusal_of(expert, zone, place)
    return Candidate(expert_id=expert.id, skills=expert.skills, refusal=refusal)


def _kept(candidate: Candidate, diary: Diary, place: Spot, movable: Collection[str]) -> Candidate:
    """The same with their times. Most have none, and a copy of each of two hundred is dear."""
    busy = merged(diary.busy(place, movable))
    if not busy:
        return candidate
    return candidate.but(busy=busy, travel_sources=diary.sources(place, movable))


def _is_provided_for(
    ticket: Ticket, proposal: Proposal, candidate: Candidate | None, earliest: datetime
) -> bool:
    """Whether a hand filled every position for which a proposal counts. It waits: the visit may be
    opened again."""
    visit = ticket.visit(proposal.visit_id)
    if visit is None or candidate is None or not visit.crew:
        return False
    served = positions_served(proposal, visit, candidate, earliest)
    return bool(served) and visit.taken.issuperset(served)


def _to_be_staffed(visit: Visit) -> Visit:
    """An open visit without the positions that a hand filled."""
    return visit.but(positions=tuple(p for p in visit.positions if p.idx not in visit.taken))


def _usable(
    ticket: Ticket, group: VisitGroup, open_visits: Sequence[Visit]
) -> tuple[Proposal, ...]:
    """The waiting proposals; beside a visit that stands and must have the same people, only those
    of its crew, and none if they are not as many as the positions. Whom a hand sent to a visit has
    no other part in it."""
    wanted = {v.id: v for v in open_visits}
    barred = {(v.id, a.expert_id) for v in open_visits for a in v.crew}
    proposals = ticket.active_proposals(group)
    for rule in group.dependencies:
        for here, there in (
            (rule.successor, rule.predecessor),
            (rule.predecessor, rule.successor),
        ):
            visit, other = ticket.visit(here), ticket.visit(there)
            if not rule.same_expert or here not in wanted or there in wanted:
                continue
            if visit is None or other is None:
                continue
            crew = {a.expert_id for a in other.crew}
            fits = len(crew) == len(visit.positions)
            barred |= {
                (here, p.expert_id) for p in proposals if not fits or p.expert_id not in crew
            }
    return tuple(
        p for p in proposals if p.visit_id in wanted and (p.visit_id, p.expert_id) not in barred
    )
