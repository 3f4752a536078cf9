"""What bookings were decided from."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.base import Value
from models.db.tables.ticket import DecisionRow
from models.matching import MatchingProblem
from models.messages.ticket import Settlement


class StoredDecision(Value):
    """A booking with everything it was decided from."""

    ticket_id: str
    group_id: str
    round: int
    decided_at: datetime
    problem: MatchingProblem
    settlement: Settlement


class DecisionRepository:
    """One decision a group and round."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def settlement(self, group_id: str, round_: int) -> Settlement | None:
        """How a group was booked in a round."""
        row = self._session.get(DecisionRow, (group_id, round_))
        return None if row is None else Settlement.model_validate(row.settlement)

    def add(
        self,
        ticket_id: str,
        group_id: str,
        round_: int,
        problem: MatchingProblem,
        settlement: Settlement,
        now: datetime,
    ) -> None:
        """Keep a decision with everything it depended on."""
        self._session.add(
            DecisionRow(
                group_id=group_id,
                round=round_,
                ticket_id=ticket_id,
                decided_at=now,
                problem=problem.model_dump(mode="json"),
                settlement=settlement.model_dump(mode="json"),
            )
        )
        self._session.flush()

    def stored(self, group_id: str) -> StoredDecision | None:
        """The last decision about a group."""
        row = self._session.scalar(
            select(DecisionRow)
            .where(col(DecisionRow.group_id) == group_id)
            .order_by(col(DecisionRow.round).desc())
            .limit(1)
        )
        return None if row is None else _stored(row)

    def all(self) -> Iterator[StoredDecision]:
        """Every decision, oldest first, a few at a time."""
        query = select(DecisionRow).order_by(col(DecisionRow.decided_at))
        for row in self._session.scalars(query.execution_options(yield_per=50)):
            yield _stored(row)


def _stored(row: DecisionRow) -> StoredDecision:
    return StoredDecision(
        ticket_id=row.ticket_id,
        group_id=row.group_id,
        round=row.round,
        decided_at=row.decided_at,
        problem=MatchingProblem.model_validate(row.problem),
        settlement=Settlement.model_validate(row.settlement),
    )
