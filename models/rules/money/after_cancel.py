"""Work that was done though its visit was cancelled: its expert had no coverage, and did not know
(docs/rules/money.md, Work after a cancellation)."""

from collections.abc import Iterator

from models.field import ENDINGS, FactKind
from models.ticket import Ticket
from models.visit import Assignment, Visit, VisitState

WORK = (FactKind.STARTED, FactKind.START_PARTIAL, *ENDINGS)
"""The reports that say that somebody was at work."""


def worked_all_the_same(visit: Visit) -> tuple[Assignment, ...]:
    """The parts of a cancelled visit on which somebody says that they worked, until a person has
    decided whether they are paid for it."""
    if visit.state is not VisitState.CANCELLED:
        return ()
    said = {f.expert_id for f in visit.evidence if f.kind in WORK and not f.withdrawn}
    last = {a.expert_id: a for a in visit.assignments if a.expert_id in said}
    return tuple(a for a in last.values() if a.work is None)


def cancelled_visits_with_work(ticket: Ticket) -> Iterator[Visit]:
    """The visits about whose pay a person has to decide."""
    return (v for v in ticket.visits if worked_all_the_same(v))


def as_reported(visit: Visit, assignment: Assignment) -> Visit:
    """The visit as if what somebody reported too late had counted."""
    own = (f for f in visit.evidence if f.expert_id == assignment.expert_id)
    late = tuple(f.but(assignment_id=assignment.id) for f in own)
    return visit.but(facts=(*visit.facts, *late))
