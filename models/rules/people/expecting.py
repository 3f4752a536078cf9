"""What is expected of an expert next (docs/rules/routes.md, The day)."""

from collections.abc import Mapping

from models.field import FactKind
from models.visit import AssignmentState

_NEXT: Mapping[str, FactKind] = {
    AssignmentState.RESERVED: FactKind.ACKNOWLEDGED,
    AssignmentState.ACKNOWLEDGED: FactKind.EN_ROUTE,
    AssignmentState.EN_ROUTE: FactKind.ON_SITE,
    AssignmentState.ON_SITE: FactKind.STARTED,
    AssignmentState.WORKING: FactKind.COMPLETED,
}


def next_report(state: str) -> FactKind | None:
    """The report that comes next if all goes well; None, once nothing does, and in a state that a
    later release wrote."""
    return _NEXT.get(state)
