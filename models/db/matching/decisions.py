"""What bookings were decided from."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.base import Value
from models.db.matching.tables import FREED, AssignmentRow, DecisionRow
from models.db.tables import EventRow
from models.db.ticket.tables import NoteRow
from models.db.visit.tables import VisitRow
from models.matching.problem import MatchingProblem
from models.messages.ticket import Settlement
from models.visit import AssignmentSource


class StoredDecision(Value):
    """A booking with everything it was decided from."""

    ticket_id: str
    group_id: str
    round: int
    decided_at: datetime
    problem: MatchingProblem
    settlement: Settlement


class ChosenByHand(Value):
    """An expert whom somebody sent: to which position, when, who decided so and why."""

    visit_id: str
    position: int
    expert_id: str
    proposal_id: str | None
    round: int
    start: datetime
    decided_at: datetime
    actor_role: str
    actor_id: str
    reason: str | None


class DecisionRepository:
    """One decision a group and round."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stored(self, group_id: str) -> StoredDecision | None:
        """The last decision about a group."""
        row = self._session.scalar(
            select(DecisionRow)
            .where(col(DecisionRow.group_id) == group_id)
            .order_by(col(DecisionRow.round).desc())
            .limit(1)
        )
        return None if row is None else _stored(row)

    def by_hand(self, group_id: str) -> list[ChosenByHand]:
        """The experts who were sent to a group's visits by hand, and still are, the first one
        first."""
        rows = self._session.execute(
            select(AssignmentRow, EventRow, NoteRow)
            .join(VisitRow, col(VisitRow.id) == col(AssignmentRow.visit_id))
            .join(
                EventRow,
                (col(EventRow.aggregate) == col(AssignmentRow.ticket_id))
                & (col(EventRow.type) == "expert.assigned")
                & (col(EventRow.facts)["assignment_id"].astext == col(AssignmentRow.id)),
            )
            .outerjoin(NoteRow, col(NoteRow.id) == col(EventRow.facts)["note_id"].astext)
            .where(
                col(VisitRow.group_id) == group_id,
                col(AssignmentRow.source) == AssignmentSource.MANUAL,
                col(AssignmentRow.state).not_in(FREED),
            )
            .order_by(col(EventRow.seq))
        )
        return [_by_hand(assignment, event, note) for assignment, event, note in rows]

    def all(self) -> Iterator[StoredDecision]:
        """Every decision, oldest first, a few at a time."""
        query = select(DecisionRow).order_by(col(DecisionRow.decided_at))
        for row in self._session.scalars(query.execution_options(yield_per=50)):
            yield _stored(row)


def _by_hand(assignment: AssignmentRow, event: EventRow, note: NoteRow | None) -> ChosenByHand:
    return ChosenByHand(
        **assignment.model_dump(
            include={"visit_id", "position", "expert_id", "proposal_id", "round"}
        ),
        start=assignment.start_at,
        decided_at=event.recorded_at,
        actor_role=event.actor_role,
        actor_id=event.actor_id,
        reason=note.body if note else None,
    )


def _stored(row: DecisionRow) -> StoredDecision:
    return StoredDecision(
        ticket_id=row.ticket_id,
        group_id=row.group_id,
        round=row.round,
        decided_at=row.decided_at,
        problem=MatchingProblem.model_validate(row.problem),
        settlement=Settlement.model_validate(row.settlement),
    )
