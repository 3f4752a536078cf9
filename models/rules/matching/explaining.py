"""Why each proposal won or lost, told from the problem and its solution alone."""

from collections.abc import Collection, Iterator
from datetime import datetime

from models.calendar import grid_starts, merged
from models.matching.decision import ProposalVerdict, Verdict
from models.matching.problem import Candidate, MatchingProblem, Solution
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
    )


def _out_of_time(
    problem: MatchingProblem,
    solution: Solution,
    proposal: Proposal,
    visit: Visit,
    person: Candidate,
) -> tuple[Verdict, datetime | None, int | None]:
    chosen = solution.starts[visit.id]
    wanted = next(_starts(problem, proposal, visit), None)
    if wanted is None:
        return Verdict.OUTSIDE_SLOTS, None, None
    free = [s for s in _starts(problem, proposal, visit) if not _is_busy(person, visit, s)]
    if not free:
        return Verdict.BUSY, None, None
    if chosen in free:
        rivals = [m.seq for m in solution.crew if m.visit_id == visit.id]
        return Verdict.PRIORITY, chosen, max((s for s in rivals if s < proposal.seq), default=None)
    if free[0] > chosen:
        return Verdict.LATER, free[0], None
    return Verdict.NO_CREW, free[0], None


def _starts(problem: MatchingProblem, proposal: Proposal, visit: Visit) -> Iterator[datetime]:
    """The starts that the customer's slots and the proposal's windows allow, soonest first."""
    slots = problem.slots[visit.id]
    for window in merged(proposal.windows):
        for start in grid_starts(window, visit.duration, problem.earliest):
            if visit.start not in (None, start):
                continue
            if any(s.holds(start, start + visit.duration) for s in slots):
                yield start


def _is_busy(person: Candidate, visit: Visit, start: datetime) -> bool:
    return any(b.overlaps(start, start + visit.duration) for b in person.busy)
