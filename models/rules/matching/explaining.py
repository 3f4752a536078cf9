"""Why each proposal won or lost, told from the problem and its solution alone.

What a verdict names stood in the way, and would have to be gone for the proposal to count: each can
be found out again by putting the problem without it (docs/rules/matching.md, Read a decision).
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from models.calendar import grid_starts, merged
from models.matching.decision import ProposalVerdict, Verdict
from models.matching.problem import Candidate, MatchingProblem, Solution
from models.rules.matching.alternative import first_preferred
from models.rules.matching.eligibility import holds_until
from models.rules.matching.evaluation import positions_served
from models.visit import Proposal, ProposalState, Visit


def verdicts(problem: MatchingProblem, solution: Solution) -> list[ProposalVerdict]:
    """What became of every proposal of a problem, in the order of their places."""
    return [
        _verdict(problem, solution, proposal)
        for proposal in sorted(problem.proposals, key=lambda p: p.seq)
    ]


def out_of_the_running(proposal: Proposal, by_hand: Collection[str] = ()) -> ProposalVerdict | None:
    """What became of a proposal that did not count when its group was decided; `by_hand` are the
    visits to which somebody was sent."""
    states = {
        ProposalState.INELIGIBLE: Verdict.INELIGIBLE,
        ProposalState.WITHDRAWN: Verdict.WITHDRAWN,
    }
    if proposal.visit_id in by_hand:
        states |= {ProposalState.SELECTED: Verdict.WON, ProposalState.RELEASED: Verdict.BY_HAND}
    if proposal.state not in states:
        return None
    return ProposalVerdict(
        proposal_id=proposal.id,
        visit_id=proposal.visit_id,
        expert_id=proposal.expert_id,
        seq=proposal.seq,
        verdict=states[proposal.state],
    )


def _verdict(problem: MatchingProblem, solution: Solution, proposal: Proposal) -> ProposalVerdict:
    visit = next(v for v in problem.visits if v.id == proposal.visit_id)
    person = next((c for c in problem.candidates if c.expert_id == proposal.expert_id), None)
    first, beaten_by = None, None
    if any(m.proposal_id == proposal.id for m in solution.crew):
        verdict = Verdict.WON
        first = solution.starts[visit.id]
    elif person is None or person.refusal is not None:
        verdict = Verdict.INELIGIBLE
    elif not positions_served(proposal, visit, person, problem.earliest):
        verdict = Verdict.SKILL_MISSING
    else:
        verdict, first, beaten_by = _out_of_time(problem, solution, proposal, visit, person)
    return ProposalVerdict(
        proposal_id=proposal.id,
        visit_id=visit.id,
        expert_id=proposal.expert_id,
        seq=proposal.seq,
        verdict=verdict,
        first_start=first,
        beaten_by=beaten_by,
        travel_sources=person.travel_sources if person else (),
    )


def _out_of_time(
    problem: MatchingProblem,
    solution: Solution,
    proposal: Proposal,
    visit: Visit,
    person: Candidate,
) -> tuple[Verdict, datetime | None, int | None]:
    """What stood in the way of an expert who may work there: first their own times, then others."""
    offered = list(_starts(problem, proposal, visit))
    if not offered:
        return Verdict.NO_WINDOW, None, None
    wanted = [s for s in offered if _suits(problem, visit, s)]
    if not wanted:
        return Verdict.OUTSIDE_SLOTS, None, None
    able = [s for s in wanted if _is_able(person, visit, s)]
    if not able:
        return Verdict.SKILL_MISSING, None, None
    free = [s for s in able if not _is_busy(person, visit, s)]
    if not free:
        return Verdict.BUSY, None, None
    chosen = solution.starts[visit.id]
    if free[0] > chosen:
        return Verdict.LATER, free[0], None
    beaten_by = first_preferred(problem, solution, proposal) if chosen in free else None
    if beaten_by is None:
        return Verdict.NO_CREW, free[0], None
    return Verdict.PRIORITY, free[0], beaten_by


def _starts(problem: MatchingProblem, proposal: Proposal, visit: Visit) -> Iterator[datetime]:
    """The starts that the proposal's windows allow, from the earliest on, soonest first."""
    for window in merged(proposal.windows):
        yield from grid_starts(window, visit.duration, problem.earliest)


def _suits(problem: MatchingProblem, visit: Visit, start: datetime) -> bool:
    """Whether the customer is at home then; where a hand fixed a time, that is when they are."""
    if visit.start is not None:
        return start == visit.start
    slots = merged(problem.slots.get(visit.id, ()))
    return any(s.holds(start, start + visit.duration) for s in slots)


def _is_able(person: Candidate, visit: Visit, start: datetime) -> bool:
    end = start + visit.duration
    return any(holds_until(person.skills, position, end) for position in visit.positions)


def _is_busy(person: Candidate, visit: Visit, start: datetime) -> bool:
    return any(b.overlaps(start, start + visit.duration) for b in person.busy)
