"""The experts' calendars: who is where when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from models.calendar import Stretch, Window
from models.db.matching.tables import FREED, KEEPS_UNTIL, LIVE, AssignmentRow
from models.db.people.reads import EXPERT
from models.db.people.tables import AvailabilityRow, TimeOffRow
from models.db.people.ways import said_among, said_around
from models.geography import Precision, Spot, way_out
from models.people.diary import Booked, Diary, TimeOff

DIARY = f"""jsonb_build_object(
    'expert', {EXPERT}, 'number', e.expert_no, 'version', e.calendar_version,
    'visits', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'assignment_id', id, 'visit_id', visit_id,
            'window', jsonb_build_object('start', start_at, 'end', {KEEPS_UNTIL}),
            'place', jsonb_build_object(
                'lat', lat, 'lng', lng, 'precision', precision, 'site', ticket_id))
            order by start_at), '[]')
        from assignments
        where expert_id = e.id and {LIVE} and start_at < {KEEPS_UNTIL}
        and end_at > %(since)s::timestamptz - interval '1 day'),
    'time_off', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'start', start_at, 'end', end_at) order by start_at), '[]')
        from time_off where expert_id = e.id and end_at > %(since)s))"""  # noqa: S608, our own words
"""A row `e` of experts as a diary from a day before `since`: whoever travels from there counts."""
_DIARIES = f"select {DIARY} from experts e where e.id = any(%(experts)s) order by e.id"  # noqa: S608

LONGEST_WAY = timedelta(days=1)


class CalendarRepository:
    """Assignments, time off and the usual week."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def diaries(
        self, expert_ids: Sequence[str], since: datetime, place: Spot | None = None
    ) -> list[Diary]:
        """The calendars of experts, by the experts' ids; with what is known of the ways to and
        from a place, where one is asked about."""
        asked = {"experts": list(expert_ids), "since": since}
        rows = self._session.connection().exec_driver_sql(_DIARIES, asked)
        found = [Diary.model_validate(diary) for diary in rows.scalars()]
        if place is None:
            return found
        said = said_around(self._session, place)
        return [diary.but(said=said) for diary in found] if said else found

    def diaries_among(self, expert_ids: Sequence[str], since: datetime, place: Spot) -> list[Diary]:
        """The same with what is known of the ways between all places where they are then."""
        found = self.diaries(expert_ids, since)
        return [
            d.but(said=said_among(self._session, [place, *(held.place for held in d.visits)]))
            for d in found
        ]

    def week(self, expert_id: str) -> tuple[Stretch, ...]:
        """The shape of an expert's week."""
        rows = self._session.scalars(
            select(AvailabilityRow)
            .where(col(AvailabilityRow.expert_id) == expert_id)
            .order_by(col(AvailabilityRow.weekday), col(AvailabilityRow.from_minute))
        )
        return tuple(Stretch.model_validate(row, from_attributes=True) for row in rows)

    def time_off(self, expert_id: str, span: Window) -> list[TimeOff]:
        """Time off that touches a span."""
        row = TimeOffRow
        rows = self._session.scalars(
            select(row)
            .where(
                col(row.expert_id) == expert_id,
                col(row.start_at) < span.end,
                col(row.end_at) > span.start,
            )
            .order_by(col(row.start_at))
        )
        return [TimeOff(id=r.id, window=Window(start=r.start_at, end=r.end_at)) for r in rows]

    def booked(self, expert_id: str, span: Window) -> list[Booked]:
        """Live assignments that touch a span, until their expert was done, the ways to and from
        them included."""
        row, until = AssignmentRow, _keeps_until()
        rows = self._session.scalars(
            select(row)
            .where(
                col(row.expert_id) == expert_id,
                col(row.state).not_in(FREED),
                col(row.start_at) < span.end + LONGEST_WAY,
                col(row.start_at) < until,
                until > span.start - LONGEST_WAY,
            )
            .order_by(col(row.start_at))
        )
        found = map(_booked, rows)
        return [b for b in found if b.blocked_from < span.end and b.blocked_until > span.start]

    def is_known(self, assignment_id: str) -> bool:
        """Whether an assignment was booked, whatever became of it."""
        return self._session.get(AssignmentRow, assignment_id) is not None

    def is_taken(self, visit_id: str, position: int) -> bool:
        """Whether somebody is booked on a position."""
        holder = select(col(AssignmentRow.id)).where(
            col(AssignmentRow.visit_id) == visit_id,
            col(AssignmentRow.position) == position,
            col(AssignmentRow.state).not_in(FREED),
        )
        return self._session.scalar(holder) is not None


def _keeps_until() -> ColumnElement[datetime]:
    """Until when an assignment keeps its expert, as `KEEPS_UNTIL` says it."""
    return func.least(col(AssignmentRow.end_at), col(AssignmentRow.done_at))


def _booked(row: AssignmentRow) -> Booked:
    way = way_out(Spot(lat=row.lat, lng=row.lng, precision=Precision(row.precision)))
    end = min(row.end_at, row.done_at or row.end_at)
    return Booked(
        assignment_id=row.id,
        visit_id=row.visit_id,
        window=Window(start=row.start_at, end=end),
        blocked_from=min(row.blocked.lower, row.start_at - way),
        blocked_until=end + way,
    )
