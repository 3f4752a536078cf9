"""The problem that a group of visits poses: what an evaluation looks at
(docs/rules/matching.md, What a solution is)."""

from collections.abc import Sequence
from datetime import datetime

from models.calendar import merged
from models.geography import Spot
from models.matching.problem import Candidate, MatchingProblem
from models.people.diary import Diary
from models.rules.matching.eligibility import refusal_of
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


def problem_of(
    ticket: Ticket, group: VisitGroup, place: Spot, diaries: Sequence[Diary], now: datetime
) -> MatchingProblem:
    """The problem of a group at `now`: its open visits, around those that stand. `diaries` are
    those of the proposers."""
    waiting = [v for v in ticket.visits if v.id in group.visit_ids and v.state is VisitState.OPEN]
    standing = [v for v in ticket.visits if v not in waiting]
    open_visits = tuple(sorted(map(_to_be_staffed, waiting), key=lambda v: v.seq))
    proposals = _usable(ticket, group, open_visits)
    usable = {p.expert_id for p in proposals}
    # What a hand booked on an open visit holds its expert like any other visit.
    movable = {v.id for v in open_visits if not v.is_fixed}
    assert ticket.filing.zone is not None, "a matched ticket has a zone"
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
            Candidate(
                expert_id=diary.expert.id,
                skills=diary.expert.skills,
                busy=merged(diary.busy(place, movable)),
                refusal=refusal_of(diary.expert, ticket.filing.zone, place),
            )
            for diary in diaries
            if diary.expert.id in usable
        ),
        earliest=now + ticket.policies.min_lead,
    )


def _to_be_staffed(visit: Visit) -> Visit:
    """An open visit without the positions that a hand filled."""
    taken = {a.position for a in visit.crew}
    return visit.but(positions=tuple(p for p in visit.positions if p.idx not in taken))


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
