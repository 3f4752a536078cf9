"""The experts' calendars: who is where when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.db.matching.tables import FREED, LIVE, AssignmentRow
from models.db.people.people import EXPERT
from models.people.diary import Diary

DIARY = f"""jsonb_build_object(
    'expert', {EXPERT}, 'number', e.expert_no, 'version', e.calendar_version,
    'visits', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'assignment_id', id, 'visit_id', visit_id,
            'window', jsonb_build_object('start', start_at, 'end', end_at),
            'place', jsonb_build_object('lat', lat, 'lng', lng)) order by start_at), '[]')
        from assignments
        where expert_id = e.id and {LIVE} and end_at > %(since)s::timestamptz - interval '1 day'),
    'time_off', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'start', start_at, 'end', end_at) order by start_at), '[]')
        from time_off where expert_id = e.id and end_at > %(since)s))"""  # noqa: S608, our own words
"""A row `e` of experts as a diary from a day before `since`: whoever travels from there counts."""
_DIARIES = f"select {DIARY} from experts e where e.id = any(%(experts)s) order by e.id"  # noqa: S608


class CalendarRepository:
    """Assignments and time off."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def diaries(self, expert_ids: Sequence[str], since: datetime) -> list[Diary]:
        """The calendars of experts, by the experts' ids."""
        asked = {"experts": list(expert_ids), "since": since}
        found = self._session.connection().exec_driver_sql(_DIARIES, asked)
        return [Diary.model_validate(diary) for diary in found.scalars()]

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
