"""What an expert sees of the market."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, func, or_, select, text, tuple_
from sqlmodel import Session, col

from models.base import Value
from models.calendar import Window, cut
from models.db.matching.tables import FREED, LIVE, AssignmentRow
from models.db.people.reads import great_circle
from models.db.ticket.reads import spot
from models.db.ticket.tables import TicketPrivateRow, TicketRow
from models.db.visit.tables import GroupRow, VisitRow
from models.geography import Spot
from models.people.diary import Diary
from models.people.expert import Expert
from models.recorded import Recorded
from models.rules.people.room import Room
from models.ticket import TicketStatus, Urgency
from models.visit import MatchState, Position, VisitState

LOOKED_AT = 500
"""Open visits that one reading looks at, the oldest first, however many of them fit. A page that
holds fewer than it might says where the next one goes on."""
_TIMES: TypeAdapter[tuple[Window, ...]] = TypeAdapter(tuple[Window, ...])


class OpenVisit(Value):
    """A visit that needs somebody for `positions`. `times` are the customer's, or the one that
    a hand fixed; none, and any may do."""

    id: str
    ticket_number: int
    city: str | None
    zone: str | None
    category: str | None
    urgency: Recorded[Urgency]
    minutes: int
    positions: tuple[Position, ...]
    times: tuple[Window, ...]
    place: Spot | None
    match_state: Recorded[MatchState]
    opened_at: datetime


class OpenPage(NamedTuple):
    """Some of the open list; `ended` is where it goes on, None at its end."""

    visits: list[OpenVisit]
    ended: tuple[datetime, str] | None


class OpenList:
    """The open list of one expert."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open_visit(self, expert: Expert, now: datetime, visit_id: str) -> OpenVisit | None:
        """A visit of the open list, whatever the expert's days hold."""
        asked = _open_to(expert, now).where(col(VisitRow.id) == visit_id)
        found = self._session.execute(asked).first()
        return None if found is None else _open(found)

    def open_visits(
        self, diary: Diary, now: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> OpenPage:
        """The visits whose ticket is being matched, with a position of the expert's skills, in the
        expert's zone or radius, that their days have room for: oldest ticket first, after a
        position. One statement, whatever is open. One that goes on with another is shown to those
        who made that first."""
        query = (
            _open_to(diary.expert, now)
            .order_by(col(TicketRow.opened_at), col(VisitRow.id))
            .limit(LOOKED_AT)
        )
        if after:
            query = query.where(tuple_(col(TicketRow.opened_at), col(VisitRow.id)) > after)
        rows, room = self._session.execute(query).all(), Room(diary)
        page: list[OpenVisit] = []
        for row in rows:
            if _may_fit(row, room, now):
                if len(page) == limit:
                    return OpenPage(page, (page[-1].opened_at, page[-1].id))
                page.append(_open(row))
        ended = (rows[-1].opened_at, rows[-1].id) if len(rows) == LOOKED_AT else None
        return OpenPage(page, ended)


def km_from(place: Spot) -> ColumnElement[float]:
    """The great-circle distance of a ticket's place from a point, in kilometres."""
    return great_circle(col(TicketPrivateRow.lat), col(TicketPrivateRow.lng), place.lat, place.lng)


_NEEDS_EXPERT = text(
    f"""exists (
        select 1
        from jsonb_array_elements(visits.positions) as needed
        join expert_skills as held
          on held.skill = needed ->> 'skill' and held.level >= (needed ->> 'min_level')::int
        where held.expert_id = :me and (held.expires_at is null or held.expires_at > :now)
        and not exists (
            select 1 from assignments as sent
            where sent.visit_id = visits.id and sent.{LIVE}
            and (sent.expert_id = :me or sent.position = (needed ->> 'idx')::int))
    )"""  # noqa: S608, our own words
)
"""Whoever was sent by hand holds a position, and has no other part in the visit."""
_TOLD = text(
    """(visits.first_until is null or visits.first_until <= :now or exists (
        select 1 from assignments as there
        where there.visit_id = visits.follows and there.expert_id = :me
        and there.state in ('ON_SITE', 'WORKING', 'DONE')))"""
)
"""Whoever was there before sees first what goes on with it."""
_HELD = (
    select(func.array_agg(col(AssignmentRow.position)))
    .where(col(AssignmentRow.visit_id) == col(VisitRow.id), col(AssignmentRow.state).not_in(FREED))
    .scalar_subquery()
)
"""The positions of a visit that somebody holds."""


def _open_to(expert: Expert, now: datetime) -> Select[Any]:
    """The open visits that need an expert, and of each no more than the list shows."""
    return (
        select(
            *(col(VisitRow.id), col(VisitRow.minutes), col(VisitRow.positions)),
            *(col(VisitRow.start_at), col(VisitRow.end_at), col(VisitRow.slots)),
            col(VisitRow.not_before),
            *(col(TicketRow.number), col(TicketRow.zone), col(TicketRow.category)),
            *(col(TicketRow.urgency), col(TicketRow.opened_at)),
            col(TicketRow.slots).label("ticket_slots"),
            *(col(TicketPrivateRow.city), col(TicketPrivateRow.lat), col(TicketPrivateRow.lng)),
            *(col(TicketPrivateRow.precision), col(TicketRow.id).label("ticket_id")),
            col(GroupRow.match_state),
            _HELD.label("held"),
        )
        .join(TicketRow, col(TicketRow.id) == col(VisitRow.ticket_id))
        .join(TicketPrivateRow, col(TicketPrivateRow.ticket_id) == col(TicketRow.id))
        .join(GroupRow, col(GroupRow.id) == col(VisitRow.group_id))
        .where(
            col(VisitRow.state) == VisitState.OPEN,
            col(TicketRow.status).in_((TicketStatus.MATCHING, TicketStatus.IN_PROGRESS)),
            _TOLD.bindparams(me=expert.id, now=now),
            _NEEDS_EXPERT.bindparams(me=expert.id, now=now),
            or_(col(TicketRow.zone) == expert.zone, km_from(expert.home) <= expert.radius_km),
        )
    )


def _times(row: Row[Any]) -> tuple[Window, ...]:
    fixed = [{"start": row.start_at, "end": row.end_at}] if row.start_at else None
    times = _TIMES.validate_python(fixed or row.slots or row.ticket_slots)
    return cut(times, row.not_before) if row.not_before else times


def _spot(row: Row[Any]) -> Spot | None:
    return spot(row.ticket_id, row.lat, row.lng, row.precision)


def _may_fit(row: Row[Any], room: Room, now: datetime) -> bool:
    """Whether the expert could come; where no time or place is known, they might."""
    times, place = _times(row), _spot(row)
    if not times or place is None:
        return True
    return room.is_there(place, times, timedelta(minutes=row.minutes), now)


def _open(row: Row[Any]) -> OpenVisit:
    shown = row._asdict()
    return OpenVisit.model_validate(
        {
            **{name: shown[name] for name in OpenVisit.model_fields.keys() & shown.keys()},
            "ticket_number": row.number,
            "positions": [p for p in row.positions if p["idx"] not in (row.held or ())],
            "times": _times(row),
            "place": _spot(row),
        }
    )
