"""No verdict gives a false reason: what it names is put away, and the group looked at again, by the
literal reading of the text."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from models.calendar import Window, packed
from models.matching.decision import ProposalVerdict, Verdict
from models.matching.problem import Candidate, HeldSkill, MatchingProblem, Solution
from models.rules.matching.evaluation import evaluate
from models.rules.matching.explaining import verdicts
from models.visit import Proposal, Visit
from tests.models.rules.matching.drawn import seeded, seeded_by_hand
from tests.models.rules.matching.literal import Choice, choices, counted, counts_for, solutions

DAY = timedelta(days=1)


@pytest.mark.parametrize("first", range(0, 400, 200))
def test_every_verdict_is_found_again_without_what_it_names(first: int) -> None:
    told = Counter[Verdict]()
    for seed in range(first, first + 200):
        for problem in (seeded(seed), seeded_by_hand(seed)):
            solution = evaluate(problem).solution
            if solution is None:
                continue
            for verdict in verdicts(problem, solution):
                told[verdict.verdict] += 1
                assert holds(problem, solution, verdict), f"seed {seed}: {verdict}"
    assert set(told) == set(Verdict) - {Verdict.WITHDRAWN, Verdict.BY_HAND}


def holds(problem: MatchingProblem, solution: Solution, told: ProposalVerdict) -> bool:
    """Whether the named obstacle stands in the way, and nothing that is asked before it."""
    proposal = next(p for p in problem.proposals if p.id == told.proposal_id)
    visit = next(v for v in problem.visits if v.id == told.visit_id)
    person = next(c for c in problem.candidates if c.expert_id == told.expert_id)
    own = alone(problem, visit, proposal)
    chosen = solution.starts[visit.id]
    could = [c.start for c in own_choices(own)]
    assert (told.beaten_by is not None) is (told.verdict is Verdict.PRIORITY)
    if told.verdict is Verdict.WON:
        return any(m.proposal_id == proposal.id for m in solution.crew)
    if told.verdict not in (Verdict.LATER, Verdict.NO_CREW, Verdict.PRIORITY):
        assert not could
        return bool(list(own_choices(without(own, told.verdict, visit, person))))
    assert told.first_start == min(could)
    match told.verdict:
        case Verdict.LATER:
            sooner = proposal.but(times=packed([Window(start=chosen, end=chosen + visit.duration)]))
            in_time = own_choices(without_busy(own.but(proposals=(sooner,))))
            return min(could) > chosen and any(c.start == chosen for c in in_time)
        case Verdict.NO_CREW:
            return min(could) <= chosen and best_with(problem, solution, proposal) is None
        case _:
            best = best_with(problem, solution, proposal)
            booked = sorted(m.seq for m in solution.crew)
            assert best is not None
            assert told.beaten_by == next(a for a, b in zip(booked, best, strict=True) if a < b)
            # Without those who were preferred it would have been these people, then.
            among = tuple(p for p in problem.proposals if p.seq in best)
            instead = evaluate(problem.but(proposals=among)).solution
            assert instead is not None
            return instead.starts == solution.starts and proposal.seq in [
                m.seq for m in instead.crew
            ]


def alone(problem: MatchingProblem, visit: Visit, proposal: Proposal) -> MatchingProblem:
    """The visit without the others, and nobody but this expert."""
    return problem.but(visits=(visit,), dependencies=(), proposals=(proposal,))


def own_choices(problem: MatchingProblem) -> Iterator[Choice]:
    """When the expert could fill some position of the visit."""
    [visit] = problem.visits
    counting = counted(problem)
    if not counting[problem.proposals[0].id]:
        return
    for position in visit.positions:
        yield from choices(problem, visit.but(positions=(position,)), counting)


def without(
    problem: MatchingProblem, obstacle: Verdict, visit: Visit, person: Candidate
) -> MatchingProblem:
    """The problem without what a verdict names, and without what is asked after that."""
    every = tuple(HeldSkill(code=p.skill, level=5) for p in visit.positions)
    free = person.but(busy=(), skills=every)
    later = {**always(problem, visit), "earliest": problem.earliest}
    wide = problem.proposals[0].but(times=packed(later["slots"][visit.id]))
    counts = bool(counts_for(problem, problem.proposals[0]))
    match obstacle:
        case Verdict.INELIGIBLE:
            assert person.refusal is not None
            allowed = free.but(refusal=None)
            return problem.but(candidates=(allowed,), proposals=(wide,), **later)
        case Verdict.SKILL_MISSING if counts:
            return problem.but(candidates=(free,))
        case Verdict.SKILL_MISSING | Verdict.NO_WINDOW:
            return problem.but(candidates=(free,), proposals=(wide,), **later)
        case Verdict.OUTSIDE_SLOTS:
            return problem.but(candidates=(free,), **later)
        case _:
            assert obstacle is Verdict.BUSY
            return without_busy(problem)


def without_busy(problem: MatchingProblem) -> MatchingProblem:
    free = tuple(c.but(busy=()) for c in problem.candidates)
    return problem.but(candidates=free)


def always(problem: MatchingProblem, visit: Visit) -> dict[str, Any]:
    """A customer who is at home at all times, from long before."""
    begin = min([problem.earliest, *(w.start for p in problem.proposals for w in p.windows)])
    window = Window(start=begin - DAY, end=problem.earliest + DAY)
    return {
        "visits": (visit.but(start=None),),
        "slots": {visit.id: (window,)},
        "earliest": begin,
    }


def best_with(problem: MatchingProblem, solution: Solution, proposal: Proposal) -> list[int] | None:
    """The least places of a crew with a proposal at the chosen starts, by going through all."""
    same = (proposal.visit_id, proposal.expert_id)
    others = tuple(
        p for p in problem.proposals if (p.visit_id, p.expert_id) != same or p.seq >= proposal.seq
    )
    fixed = tuple(v.but(start=solution.starts[v.id]) for v in problem.visits)
    there = problem.but(proposals=others, visits=fixed)
    crews = (
        sorted(seq for choice in found for seq in choice.seqs)
        for found in solutions(there, counted(there))
    )
    return min((crew for crew in crews if proposal.seq in crew), default=None)
