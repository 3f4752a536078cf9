"""Which reports cannot follow on each other, whatever else is still to come
(docs/rules/states.md, Reports from the field)."""

from models.errors import Invalid
from models.field import FactKind, ReportedFact
from models.rules.transitions import REACHED_BY, rank
from models.visit import Assignment, AssignmentState, Visit


def require_sequence(visit: Visit, assignment: Assignment, fact: ReportedFact) -> None:
    """Refuse what cannot have happened after what is known to have happened before it. What is not
    known may come yet: a phone sends what it kept in any order. What came after the end of the work
    is not refused: it is kept.

    Raises:
        Invalid: `report-out-of-sequence`.
    """
    if visit.is_after_the_end(fact):
        return
    known = list(visit.facts_of(assignment))
    before = [f for f in known if f.order < fact.order]
    match fact.kind:
        case FactKind.CANNOT_ARRIVE if _reached(before) >= rank(AssignmentState.ON_SITE):
            raise _out_of_sequence("Whoever is there has arrived.")
        case FactKind.CANNOT_ENTER if _reached(known) < rank(AssignmentState.ON_SITE):
            raise _out_of_sequence("Whoever has not said that they are there cannot be locked out.")
        case FactKind.CANNOT_ENTER if _reached(before) >= rank(AssignmentState.WORKING):
            raise _out_of_sequence("Whoever works is inside.")
        case _:
            return


def _reached(facts: list[ReportedFact]) -> int:
    """How far an expert got by what they reported."""
    ranks = (rank(REACHED_BY[f.kind]) for f in facts if f.kind in REACHED_BY)
    return max(ranks, default=rank(AssignmentState.RESERVED))


def _out_of_sequence(why: str) -> Invalid:
    return Invalid("report-out-of-sequence", why, field="/type")
