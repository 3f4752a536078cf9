"""From where experts set out to their visits."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from models.base import Value
from models.db.matching.tables import FREED, AssignmentRow
from models.db.people.positions import PositionRepository
from models.db.people.tables import ExpertRow
from models.db.ticket.reads import TicketReads, spot
from models.db.visit.tables import VisitRow
from models.geography import Spot
from models.people.route import Sighting
from models.rules.people.daylight import day_at, day_of
from models.visit import AssignmentState

_NOT_MADE = (*FREED, AssignmentState.CANNOT_ARRIVE)


class Departure(Value):
    """An expert on the way to a visit: where it is, where they live, where the visit before it is
    on their day, if there is one, and where they were last seen, if they let us know."""

    place: Spot
    home: Spot
    previous: Spot | None
    seen: Sighting | None


def on_the_way_to(session: Session, visit_id: str) -> list[str]:
    """The experts who are on the way to a visit."""
    row = AssignmentRow
    found = select(col(row.expert_id)).where(
        col(row.visit_id) == visit_id, col(row.state) == AssignmentState.EN_ROUTE
    )
    return list(session.scalars(found.order_by(col(row.expert_id))))


def departure(session: Session, visit_id: str, expert_id: str) -> Departure | None:
    """How an expert comes to a visit; None, if it has no time, or nobody knows where it is."""
    visit, expert = session.get(VisitRow, visit_id), session.get(ExpertRow, expert_id)
    if visit is None or expert is None or visit.start_at is None:
        return None
    place = TicketReads(session).place(visit.ticket_id)
    if place is None:
        return None
    return Departure(
        place=place,
        home=Spot(lat=expert.lat, lng=expert.lng),
        previous=_previous(session, visit, visit.start_at, expert),
        seen=PositionRepository(session).last(expert_id),
    )


def _previous(session: Session, visit: VisitRow, start: datetime, expert: ExpertRow) -> Spot | None:
    """Where the visit before it is, on the day of the expert."""
    row, zone = AssignmentRow, ZoneInfo(expert.tz)
    day = day_of(day_at(start, zone), zone)
    before = session.scalar(
        select(row)
        .where(
            col(row.expert_id) == expert.id,
            col(row.visit_id) != visit.id,
            col(row.state).not_in(_NOT_MADE),
            col(row.start_at) >= day.start,
            col(row.start_at) < start,
        )
        .order_by(col(row.start_at).desc(), col(row.id).desc())
        .limit(1)
    )
    if before is None:
        return None
    return spot(before.ticket_id, before.lat, before.lng, before.precision)
