"""Visits as last recorded, with who is on them and how far their groups are."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text, tuple_
from sqlmodel import Session, col

from models.base import Value
from models.db.matching.tables import HOLDS_ITS_POSITION, AssignmentRow
from models.db.message.expected import ExpectedArrival, expected_of
from models.db.visit.tables import GroupRow, VisitRow
from models.field import Shortfall
from models.recorded import Recorded
from models.visit import (
    AssignmentSource,
    AssignmentState,
    Dependency,
    MatchState,
    Position,
    VisitState,
)


class RecordedAssignment(Value):
    """One expert on one position, whatever became of them."""

    id: str
    position: int
    expert_id: str
    state: Recorded[AssignmentState]
    source: Recorded[AssignmentSource]


class RecordedVisit(Value):
    """A visit with everybody who is or was on it. `missing` is what its group still lacks,
    `eta` when the first of those who are on the way is there."""

    id: str
    group_id: str
    seq: int
    state: Recorded[VisitState]
    minutes: int
    positions: tuple[Position, ...]
    start: datetime | None
    end: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    shortfall: Recorded[Shortfall] | None
    follows: str | None
    assignments: tuple[RecordedAssignment, ...]
    match_state: Recorded[MatchState] | None
    missing: tuple[str, ...]
    eta: ExpectedArrival | None


class RecordedGroup(Value):
    """Visits that are settled together, and how far that is."""

    id: str
    round: int
    match_state: Recorded[MatchState]
    missing: tuple[str, ...]
    visit_ids: tuple[str, ...]
    dependencies: tuple[Dependency, ...]
    hold_until: datetime | None


class NeededVisit(Value):
    """A visit, on which ticket, where it stands, for how long, when, and who must come."""

    id: str
    ticket_id: str
    state: VisitState
    minutes: int
    positions: tuple[Position, ...]
    start_at: datetime | None = None
    end_at: datetime | None = None


class VisitReads:
    """The projection of visits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def visit(self, visit_id: str) -> NeededVisit | None:
        """A visit."""
        row = self._session.get(VisitRow, visit_id)
        return None if row is None else NeededVisit.model_validate(row, from_attributes=True)

    def holders(self, visit_id: str) -> list[str]:
        """The assignments that hold a position of a visit; of whoever is relieved, the other's."""
        rows = self._session.scalars(
            select(col(AssignmentRow.id)).where(
                col(AssignmentRow.visit_id) == visit_id, text(HOLDS_ITS_POSITION)
            )
        )
        return list(rows)

    def of_ticket(self, ticket_id: str) -> list[RecordedVisit]:
        """The visits of a ticket, in their order."""
        rows = self._session.execute(
            select(VisitRow, GroupRow)
            .outerjoin(GroupRow, col(GroupRow.id) == col(VisitRow.group_id))
            .where(col(VisitRow.ticket_id) == ticket_id)
            .order_by(col(VisitRow.seq))
        )
        visits = [(visit, group) for visit, group in rows]
        crews = self._crews([visit.id for visit, _ in visits])
        told = expected_of(self._session, ticket_id)
        return [
            _recorded(visit, group, crews[visit.id], told.get(visit.id, ()))
            for visit, group in visits
        ]

    def groups(
        self, ticket_id: str, after: tuple[int, str] | None, limit: int
    ) -> list[RecordedGroup]:
        """The groups of a ticket that hold visits, by round, after a round and id."""
        position = tuple_(col(GroupRow.round), col(GroupRow.id))
        query = (
            select(GroupRow)
            .where(
                col(GroupRow.ticket_id) == ticket_id,
                func.jsonb_array_length(col(GroupRow.visit_ids)) > 0,
            )
            .order_by(position)
            .limit(limit)
        )
        if after:
            query = query.where(position > after)
        rows = self._session.scalars(query)
        return [RecordedGroup.model_validate(row, from_attributes=True) for row in rows]

    def was_assigned(self, expert_id: str, visit_id: str) -> bool:
        """Whether an expert is, or was, assigned to a visit."""
        row = AssignmentRow
        found = self._session.scalar(
            select(col(row.id))
            .where(col(row.expert_id) == expert_id, col(row.visit_id) == visit_id)
            .limit(1)
        )
        return found is not None

    def _crews(self, visit_ids: Sequence[str]) -> dict[str, list[RecordedAssignment]]:
        crews: dict[str, list[RecordedAssignment]] = {visit_id: [] for visit_id in visit_ids}
        for row in self._session.scalars(
            select(AssignmentRow)
            .where(col(AssignmentRow.visit_id).in_(visit_ids))
            .order_by(col(AssignmentRow.visit_id), col(AssignmentRow.position))
        ):
            crews[row.visit_id].append(RecordedAssignment.model_validate(row, from_attributes=True))
        return crews


def _recorded(
    visit: VisitRow,
    group: GroupRow | None,
    crew: Sequence[RecordedAssignment],
    told: Sequence[ExpectedArrival],
) -> RecordedVisit:
    coming = {a.expert_id for a in crew if a.state is AssignmentState.EN_ROUTE}
    awaited = [arrival for arrival in told if arrival.expert_id in coming]
    return RecordedVisit.model_validate(
        {
            **visit.model_dump(),
            "start": visit.start_at,
            "end": visit.end_at,
            "assignments": crew,
            "match_state": group.match_state if group else None,
            "missing": group.missing if group else [],
            "eta": min(awaited, key=lambda arrival: arrival.at, default=None),
        }
    )
