"""The experts' calendars: who is busy when, and booking without ever booking twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg.errors import ExclusionViolation
from psycopg.types.range import Range
from sqlalchemy import Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from models.base import Value
from models.calendar import Window
from models.db.tables.calendar import AssignmentRow, TimeOffRow
from models.db.tables.people import ExpertRow
from models.rules.geography import SHORTEST_TRIP, Spot, travel_time
from models.visit import AssignmentSource, AssignmentState

_FREE = (AssignmentState.RELEASED, AssignmentState.CANNOT_ARRIVE)


class CalendarMoved(Exception):
    """Somebody else changed a calendar since it was read: read it again and decide again."""


class Booking(Value):
    """One expert to be booked; `start` and `end` are the visit's, UTC."""

    assignment_id: str
    ticket_id: str
    group_id: str
    round: int
    visit_id: str
    position: int
    expert_id: str
    proposal_id: str | None
    start: datetime
    end: datetime
    place: Spot


class CalendarRepository:
    """Assignments and time off."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def versions(self, expert_ids: Sequence[str]) -> dict[str, int]:
        """How often each calendar was booked so far. Read it before the calendar itself."""
        rows = self._session.execute(
            select(col(ExpertRow.id), col(ExpertRow.calendar_version)).where(
                col(ExpertRow.id).in_(expert_ids)
            )
        )
        return {row[0]: row[1] for row in rows}

    def busy(
        self, expert_ids: Sequence[str], place: Spot, since: datetime, except_visits: Sequence[str]
    ) -> dict[str, list[Window]]:
        """When each expert cannot be at a place: his live assignments after `since`, widened by
        the travel from there and back, and his time off. `except_visits` do not count."""
        busy: dict[str, list[Window]] = {expert_id: [] for expert_id in expert_ids}
        for row in self._session.scalars(
            select(AssignmentRow).where(
                col(AssignmentRow.expert_id).in_(expert_ids),
                col(AssignmentRow.state).not_in(_FREE),
                col(AssignmentRow.end_at) > since - timedelta(days=1),
                col(AssignmentRow.visit_id).not_in(except_visits),
            )
        ):
            trip = travel_time(Spot(lat=row.lat, lng=row.lng), place)
            busy[row.expert_id].append(Window(start=row.start_at - trip, end=row.end_at + trip))
        for off in self._session.scalars(
            select(TimeOffRow).where(
                col(TimeOffRow.expert_id).in_(expert_ids), col(TimeOffRow.end_at) > since
            )
        ):
            busy[off.expert_id].append(Window(start=off.start_at, end=off.end_at))
        return busy

    def book(self, bookings: Sequence[Booking], versions: dict[str, int]) -> None:
        """Book all of them, or none.

        Raises:
            CalendarMoved: a calendar changed since `versions` was read, or the exclusion
                constraint refused. The unit of work is lost.
        """
        experts = {
            row.id: row
            for row in self._session.scalars(
                select(ExpertRow)
                .where(col(ExpertRow.id).in_({b.expert_id for b in bookings}))
                .order_by(col(ExpertRow.id))
                .with_for_update()
                .execution_options(populate_existing=True)
            )
        }
        if any(row.calendar_version != versions[row.id] for row in experts.values()):
            raise CalendarMoved
        try:
            for booking in sorted(bookings, key=lambda b: b.start):
                self._insert(booking, experts[booking.expert_id])
            self._session.flush()
        except IntegrityError as refused:
            if not isinstance(refused.orig, ExclusionViolation):
                raise
            raise CalendarMoved from refused

    def _insert(self, booking: Booking, expert: ExpertRow) -> None:
        self._approach_from(booking)
        self._session.execute(
            insert(AssignmentRow).values(
                **booking.model_dump(exclude={"assignment_id", "start", "end", "place"}),
                id=booking.assignment_id,
                expert_no=expert.expert_no,
                source=AssignmentSource.AUTO,
                state=AssignmentState.RESERVED,
                start_at=booking.start,
                end_at=booking.end,
                blocked=Range(booking.start - self._trip_before(booking), booking.end),
                lat=booking.place.lat,
                lng=booking.place.lng,
            )
        )
        expert.calendar_version += 1

    def _trip_before(self, booking: Booking) -> timedelta:
        """How long the expert travels to the visit from the one before it."""
        before = self._session.scalar(
            _live_of(booking)
            .where(col(AssignmentRow.end_at) <= booking.start)
            .order_by(col(AssignmentRow.end_at).desc())
            .limit(1)
        )
        if before is None:
            return SHORTEST_TRIP
        return travel_time(Spot(lat=before.lat, lng=before.lng), booking.place)

    def _approach_from(self, booking: Booking) -> None:
        """The visit after this one is now approached from here."""
        after = self._session.scalar(
            _live_of(booking)
            .where(col(AssignmentRow.start_at) >= booking.end)
            .order_by(col(AssignmentRow.start_at))
            .limit(1)
        )
        if after is not None:
            trip = travel_time(booking.place, Spot(lat=after.lat, lng=after.lng))
            self._session.execute(
                update(AssignmentRow)
                .where(col(AssignmentRow.id) == after.id)
                .values(blocked=Range(after.start_at - trip, after.end_at))
                .execution_options(synchronize_session=False)
            )


def _live_of(booking: Booking) -> Select[AssignmentRow]:
    return select(AssignmentRow).where(
        col(AssignmentRow.expert_id) == booking.expert_id,
        col(AssignmentRow.state).not_in(_FREE),
    )
