"""Which reports cannot follow on each other, however late one of them came
(docs/rules/states.md, Reports from the field)."""

from models.errors import Invalid
from models.field import FactKind, ReportedFact
from models.rules.transitions import REACHED_BY, rank
from models.visit import Assignment, AssignmentState, Visit


def require_sequence(visit: Visit, assignment: Assignment, fact: ReportedFact) -> None:
    """Refuse what cannot have happened, given what else did.

    Raises:
        Invalid: `report-out-of-sequence`.
    """
    facts = visit.facts_of(assignment)
    before = [f for f in facts if f.occurred_at <= fact.occurred_at]
    match fact.kind:
        case FactKind.CANNOT_ARRIVE if _reached(before) >= rank(AssignmentState.ON_SITE):
            raise _out_of_sequence("Whoever is there has arrived.")
        case FactKind.CANNOT_ENTER if _reached(facts) < rank(AssignmentState.ON_SITE):
            raise _out_of_sequence("A closed door, cannot_enter, comes after on_site.")
        case FactKind.CANNOT_ENTER if _reached(before) >= rank(AssignmentState.WORKING):
            raise _out_of_sequence("Whoever works is inside.")
        case FactKind.NEED_MORE_TIME if _reached(facts) < rank(AssignmentState.ON_SITE):
            raise _out_of_sequence("Only who is on_site says need_more_time.")
        case _:
            return


def _reached(facts: list[ReportedFact] | tuple[ReportedFact, ...]) -> int:
    """How far an expert got by what they reported."""
    ranks = (rank(REACHED_BY[f.kind]) for f in facts if f.kind in REACHED_BY)
    return max(ranks, default=rank(AssignmentState.RESERVED))


def _out_of_sequence(why: str) -> Invalid:
    return Invalid("report-out-of-sequence", why, field="/type")
