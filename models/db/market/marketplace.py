"""What an expert sees of the market and of their own days."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, text, tuple_
from sqlmodel import Session, col

from models.db.matching.tables import FREED, AssignmentRow
from models.db.people.people import great_circle
from models.db.people.tables import ExpertRow
from models.db.ticket.tables import TicketPrivateRow, TicketRow
from models.db.visit.tables import GroupRow, VisitRow
from models.ticket import TicketStatus
from models.visit import VisitState


class OpenVisit(NamedTuple):
    """A visit that still needs somebody, with its ticket and its place."""

    visit: VisitRow
    ticket: TicketRow
    place: TicketPrivateRow
    match_state: str


class WorkItem(NamedTuple):
    """One assignment with the visit and ticket it belongs to."""

    assignment: AssignmentRow
    visit: VisitRow
    ticket: TicketRow


class MarketplaceRepository:
    """The open list and the work list of one expert."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open_visits(
        self,
        expert: ExpertRow,
        now: datetime,
        *,
        after: tuple[datetime, str] | None = None,
        only: str | None = None,
        limit: int = 100,
    ) -> list[OpenVisit]:
        """The visits whose ticket is being matched, with a position of the expert's skills, in the
        expert's zone or radius: oldest ticket first, after a position, or only the one named."""
        query = (
            select(VisitRow, TicketRow, TicketPrivateRow, col(GroupRow.match_state))
            .join(TicketRow, col(TicketRow.id) == col(VisitRow.ticket_id))
            .join(TicketPrivateRow, col(TicketPrivateRow.ticket_id) == col(TicketRow.id))
            .join(GroupRow, col(GroupRow.id) == col(VisitRow.group_id))
            .where(
                col(VisitRow.state) == VisitState.OPEN,
                col(TicketRow.status) == TicketStatus.MATCHING,
                _NEEDS_EXPERT.bindparams(me=expert.id, now=now),
                or_(
                    col(TicketRow.zone) == expert.zone,
                    km_from(expert.lat, expert.lng) <= expert.radius_km,
                ),
            )
            .order_by(col(TicketRow.opened_at), col(VisitRow.id))
            .limit(limit)
        )
        if only:
            query = query.where(col(VisitRow.id) == only)
        if after:
            query = query.where(tuple_(col(TicketRow.opened_at), col(VisitRow.id)) > after)
        return [OpenVisit(*row) for row in self._session.execute(query)]

    def work(self, expert_id: str, since: datetime) -> list[WorkItem]:
        """The live assignments of an expert that end after an instant, soonest first."""
        rows = self._session.execute(
            select(AssignmentRow, VisitRow, TicketRow)
            .join(VisitRow, col(VisitRow.id) == col(AssignmentRow.visit_id))
            .join(TicketRow, col(TicketRow.id) == col(AssignmentRow.ticket_id))
            .where(
                col(AssignmentRow.expert_id) == expert_id,
                col(AssignmentRow.state).not_in(FREED),
                col(AssignmentRow.end_at) > since,
            )
            .order_by(col(AssignmentRow.start_at), col(AssignmentRow.id))
        )
        return [WorkItem(*row) for row in rows]


def km_from(lat: float, lng: float) -> ColumnElement[float]:
    """The great-circle distance of a ticket's place from a point, in kilometres."""
    return great_circle(col(TicketPrivateRow.lat), col(TicketPrivateRow.lng), lat, lng)


_NEEDS_EXPERT = text(
    """exists (
        select 1
        from jsonb_array_elements(visits.positions) as needed
        join expert_skills as held
          on held.skill = needed ->> 'skill' and held.level >= (needed ->> 'min_level')::int
        where held.expert_id = :me and (held.expires_at is null or held.expires_at > :now)
    )"""
)
