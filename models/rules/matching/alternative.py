"""The best crew that some proposal could have been part of, at the starts that were chosen."""

from models.matching.problem import MatchingProblem, Solution
from models.rules.matching.board import Board
from models.rules.matching.budget import Budget, BudgetSpentError
from models.rules.matching.crew import Crew
from models.rules.matching.evaluation import counted
from models.visit import Proposal


def first_preferred(problem: MatchingProblem, solution: Solution, proposal: Proposal) -> int | None:
    """The place by which the crew of a solution is better than the best one with a proposal that
    lost; None if no crew with that proposal could be there at these starts.

    Another proposal of the same expert for the same visit, with a better place, is left out of
    that crew: it would count in its stead.
    """
    problem = counted(problem)
    others = [p for p in problem.proposals if not _stands_in_for(p, proposal)]
    board = Board(problem, others)
    visits = {visit.id: v for v, visit in enumerate(problem.visits)}
    starts = {visits[v]: board.start_of(at) for v, at in solution.starts.items()}
    expert = board.experts.index(proposal.expert_id)
    try:
        crew = Crew(board, starts, Budget(problem.budget))
        with_them = crew.least_with(visits[proposal.visit_id], expert)
    except BudgetSpentError:
        return None
    if with_them is None or proposal.seq not in with_them:
        return None
    booked = sorted(member.seq for member in solution.crew)
    return next(
        (mine for mine, theirs in zip(booked, with_them, strict=True) if mine < theirs), None
    )


def _stands_in_for(other: Proposal, proposal: Proposal) -> bool:
    return (other.visit_id, other.expert_id) == (
        proposal.visit_id,
        proposal.expert_id,
    ) and other.seq < proposal.seq
