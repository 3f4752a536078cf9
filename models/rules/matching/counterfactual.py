"""What would have been chosen, had something been otherwise."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from models.calendar import Window
from models.errors import NotFound
from models.matching.problem import Evaluation, Fullness, MatchingProblem
from models.rules.matching.evaluation import evaluate


def without_proposal(problem: MatchingProblem, proposal_id: str) -> Evaluation:
    """The evaluation without one proposal.

    Raises:
        NotFound: `proposal-not-considered`, the decision knew none of that name.
    """
    if proposal_id not in {p.id for p in problem.proposals}:
        raise NotFound(
            "proposal-not-considered",
            f"{proposal_id} was not among the proposals that were considered.",
            considered=[p.id for p in problem.proposals],
        )
    kept = tuple(p for p in problem.proposals if p.id != proposal_id)
    return evaluate(problem.but(proposals=kept))


def with_other_slots(problem: MatchingProblem, slots: tuple[Window, ...]) -> Evaluation:
    """The evaluation with other times of the customer, for every visit."""
    return evaluate(problem.but(slots={v.id: slots for v in problem.visits}))


def with_other_hold(
    problem: MatchingProblem, posted_at: Mapping[str, datetime], hold: timedelta, lead: timedelta
) -> Evaluation:
    """The evaluation had a full group been held for `hold` from the moment it was first full.

    Only proposals that are in the problem are known, so a longer hold than the one that ran sees
    the same ones, later.

    Args:
        problem: the problem that was decided.
        posted_at: when each proposal arrived, by id.
        hold: how long a full group waits for more.
        lead: how long after the decision the first visit may start.
    """
    arrived = sorted(problem.proposals, key=lambda p: p.seq)
    for count in range(1, len(arrived) + 1):
        full_at = posted_at[arrived[count - 1].id]
        earlier = problem.but(proposals=tuple(arrived[:count]), earliest=full_at + lead)
        if evaluate(earlier).fullness is Fullness.FULL:
            decided_at = full_at + hold
            known = tuple(p for p in arrived if posted_at[p.id] <= decided_at)
            return evaluate(problem.but(proposals=known, earliest=decided_at + lead))
    return evaluate(problem)
