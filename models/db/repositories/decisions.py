"""What bookings were decided from."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.db.tables.ticket import DecisionRow
from models.matching import MatchingProblem
from models.messages.ticket import Settlement


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

    def latest(self, group_id: str) -> DecisionRow | None:
        """The last decision about a group."""
        return self._session.scalar(
            select(DecisionRow)
            .where(col(DecisionRow.group_id) == group_id)
            .order_by(col(DecisionRow.round).desc())
            .limit(1)
        )
