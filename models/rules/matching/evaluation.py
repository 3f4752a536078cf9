"""The matching rule: who comes when, for all visits of a group, all or none
(docs/rules/matching.md, The rule).

    eligible proposals ── none ─────────────────────────────── EMPTY
         │ cover every position, ignoring times? ── no ─────── PARTIAL, missing positions named
         │ starts and people that make a solution? ── none ─── NO_COMMON_TIME
         └ the least of them by (K1, K2, K3, K4) ───────────── FULL

The starts are settled first (K1, K2: `starts`), then, at those starts, the people (K3, K4: `crew`);
both look at one board (`board`). No clock and no chance: the same
problem has the same answer on every machine, the budget included.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from models.calendar import bounds_of
from models.matching.problem import (
    Candidate,
    ChosenExpert,
    Evaluation,
    Fullness,
    MatchingProblem,
    Solution,
)
from models.rules.matching.board import Board
from models.rules.matching.budget import Budget, BudgetSpentError
from models.rules.matching.crew import Crew, seating
from models.rules.matching.grid import ALWAYS, NEVER, first_start, last_start
from models.rules.matching.starts import least_starts
from models.visit import Proposal, Visit

Keys = tuple[tuple[datetime, ...], tuple[datetime, ...], tuple[int, ...], tuple[int, ...]]
"""(K1, K2, K3, K4) of a solution."""


def evaluate(problem: MatchingProblem) -> Evaluation:
    """How far a group is from being staffed, and the least solution where it can be.

    `ineligible` are the proposals that no longer count, whatever else was found. UNDECIDED says
    that the problem's `budget` of steps was not enough: the answer is unknown, and nothing is
    guessed.
    """
    problem = _in_order(problem)
    served = _served(problem)
    ineligible = tuple(p.id for p in problem.proposals if served.get(p.id) == ())
    proposals = [p for p in problem.proposals if served.get(p.id)]
    if problem.visits and not proposals:
        return Evaluation(fullness=Fullness.EMPTY, ineligible=ineligible)
    if missing := _missing(problem.visits, proposals, served):
        return Evaluation(fullness=Fullness.PARTIAL, missing=missing, ineligible=ineligible)
    try:
        solution = _least(problem, proposals, Budget(problem.budget))
    except BudgetSpentError:
        return Evaluation(fullness=Fullness.UNDECIDED, ineligible=ineligible)
    fullness = Fullness.NO_COMMON_TIME if solution is None else Fullness.FULL
    return Evaluation(fullness=fullness, ineligible=ineligible, solution=solution)


def counted(problem: MatchingProblem) -> MatchingProblem:
    """The problem as the search sees it: in order, with those proposals alone that count."""
    problem = _in_order(problem)
    served = _served(problem)
    return problem.but(proposals=tuple(p for p in problem.proposals if served.get(p.id)))


def keys(problem: MatchingProblem, solution: Solution) -> Keys:
    """What a solution is compared by, in order of weight (docs/rules/matching.md, Order of choice).

    K1 starts ascending; K2 starts by visit sequence; K3 seqs of the used proposals ascending; K4
    seqs by visit sequence and position.
    """
    visits = sorted(problem.visits, key=lambda v: v.seq)
    place = {visit.id: v for v, visit in enumerate(visits)}
    crew = sorted(solution.crew, key=lambda c: (place[c.visit_id], c.position))
    k2 = tuple(solution.starts[visit.id] for visit in visits)
    k4 = tuple(chosen.seq for chosen in crew)
    return tuple(sorted(k2)), k2, tuple(sorted(k4)), k4


def positions_served(
    proposal: Proposal, visit: Visit, candidate: Candidate, earliest: datetime
) -> tuple[int, ...]:
    """The positions of a visit for which a proposal counts; none makes it INELIGIBLE
    (docs/rules/matching.md, Who counts).

    The expert is not refused and holds the position's skill, at the level, for a visit at the
    first time that they offer, so at one of their times at least.
    """
    if candidate.refusal is not None:
        return ()
    lasting = {p.idx: last_start(candidate, p, visit.duration) for p in visit.positions}
    if any(NEVER < last < ALWAYS for last in lasting.values()):
        first = first_start(bounds_of(proposal.times), visit.duration, earliest)
        return tuple(idx for idx, last in lasting.items() if first <= last)
    # The first start is dear to find among many times, and few skills expire.
    return tuple(idx for idx, last in lasting.items() if last == ALWAYS)


def _in_order(problem: MatchingProblem) -> MatchingProblem:
    """The same problem with visits, positions and proposals in the order in which they count."""
    visits = (
        visit.but(positions=tuple(sorted(visit.positions, key=lambda p: p.idx)))
        for visit in problem.visits
    )
    return problem.but(
        visits=tuple(sorted(visits, key=lambda v: v.seq)),
        proposals=tuple(sorted(problem.proposals, key=lambda p: p.seq)),
    )


def _served(problem: MatchingProblem) -> dict[str, tuple[int, ...]]:
    """Per proposal on a visit of the group, the positions for which it counts."""
    visits = {visit.id: visit for visit in problem.visits}
    candidates = {candidate.expert_id: candidate for candidate in problem.candidates}
    served: dict[str, tuple[int, ...]] = {}
    for proposal in problem.proposals:
        candidate = candidates.get(proposal.expert_id)
        if visit := visits.get(proposal.visit_id):
            served[proposal.id] = (
                positions_served(proposal, visit, candidate, problem.earliest) if candidate else ()
            )
    return served


def _missing(
    visits: Iterable[Visit], proposals: Iterable[Proposal], served: Mapping[str, tuple[int, ...]]
) -> tuple[str, ...]:
    """The positions that no distinct proposer is left for, filling them in their order."""
    number: dict[str, int] = {}
    able: dict[tuple[str, int], int] = {}
    for proposal in proposals:
        expert = 1 << number.setdefault(proposal.expert_id, len(number))
        for idx in served[proposal.id]:
            place = proposal.visit_id, idx
            able[place] = able.get(place, 0) | expert
    return tuple(
        visit.name_of(position)
        for visit in visits
        for position, seat in zip(
            visit.positions,
            seating([able.get((visit.id, p.idx), 0) for p in visit.positions]),
            strict=True,
        )
        if seat is None
    )


def _least(problem: MatchingProblem, proposals: list[Proposal], budget: Budget) -> Solution | None:
    board = Board(problem, proposals)
    starts = least_starts(board, budget)
    if starts is None:
        return None
    crew = []
    for v, p, expert in Crew(board, dict(enumerate(starts)), budget).least():
        offer = board.offer(v, expert, starts[v])
        crew.append(
            ChosenExpert(
                visit_id=problem.visits[v].id,
                position=problem.visits[v].positions[p].idx,
                expert_id=board.experts[expert],
                proposal_id=offer.proposal_id,
                seq=offer.seq,
            )
        )
    return Solution(
        starts={
            visit.id: board.instant(start)
            for visit, start in zip(problem.visits, starts, strict=True)
        },
        crew=tuple(crew),
    )
