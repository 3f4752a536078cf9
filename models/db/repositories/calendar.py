"""The experts' calendars: who is busy when, and booking without ever booking twice."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg.errors import ExclusionViolation
from psycopg.types.range import Range
from pydantic_core import to_json
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from models.base import Value
from models.calendar import Window
from models.db.tables.calendar import LIVE, AssignmentRow, TimeOffRow
from models.db.tables.people import ExpertRow
from models.rules.geography import SHORTEST_TRIP, Spot, travel_time
from models.visit import AssignmentSource, AssignmentState

_FREE = (AssignmentState.RELEASED, AssignmentState.CANNOT_ARRIVE)
_LOCKED = f"""with locked as materialized (
    select id, expert_no, calendar_version from experts
    where id = any(%(experts)s) order by id for update)
select b.booking, b.expert_id, l.expert_no, l.calendar_version as version,
    p.end_at as before_end, p.lat as before_lat, p.lng as before_lng,
    n.id as after_id, n.start_at as after_start, n.end_at as after_end,
    n.lat as after_lat, n.lng as after_lng
from jsonb_to_recordset(%(bookings)s) as b(
    booking text, expert_id text, starts timestamptz, ends timestamptz)
join locked l on l.id = b.expert_id
left join lateral (
    select end_at, lat, lng from assignments
    where expert_id = b.expert_id and {LIVE} and end_at <= b.starts
    order by end_at desc limit 1) p on true
left join lateral (
    select id, start_at, end_at, lat, lng from assignments
    where expert_id = b.expert_id and {LIVE} and start_at >= b.ends
    order by start_at limit 1) n on true"""  # noqa: S608, our own words
_BOOKED = "update experts set calendar_version = calendar_version + 1 where id = any(%(experts)s)"
_INSERT = insert(AssignmentRow.__table__)  # type: ignore[attr-defined]


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
    source: AssignmentSource = AssignmentSource.AUTO


class BusyWith(StrEnum):
    """What keeps an expert."""

    ASSIGNMENT = "assignment"
    TIME_OFF = "time-off"


class Clash(Value):
    """Why an expert cannot be somewhere: what keeps him, and when, the way included."""

    kind: BusyWith
    window: Window


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
        for expert_id, kept in self._kept(expert_ids, place, since, except_visits):
            busy[expert_id].append(kept.window)
        return busy

    def clash(self, booking: Booking) -> Clash | None:
        """What keeps an expert from being booked, the earliest if there are several."""
        kept = self._kept([booking.expert_id], booking.place, booking.start, ())
        clashing = (k for _, k in kept if k.window.overlaps(booking.start, booking.end))
        return min(clashing, key=lambda k: k.window.start, default=None)

    def is_known(self, assignment_id: str) -> bool:
        """Whether an assignment was booked, whatever became of it."""
        return self._session.get(AssignmentRow, assignment_id) is not None

    def let_go(self, assignment_id: str) -> None:
        """Free an expert from an assignment."""
        self._session.execute(
            update(AssignmentRow)
            .where(col(AssignmentRow.id) == assignment_id)
            .values(state=AssignmentState.RELEASED)
            .execution_options(synchronize_session=False)
        )

    def is_taken(self, visit_id: str, position: int) -> bool:
        """Whether somebody is booked on a position."""
        holder = select(col(AssignmentRow.id)).where(
            col(AssignmentRow.visit_id) == visit_id,
            col(AssignmentRow.position) == position,
            col(AssignmentRow.state).not_in(_FREE),
        )
        return self._session.scalar(holder) is not None

    def book(self, bookings: Sequence[Booking], versions: dict[str, int]) -> None:
        """Book all of them, or none.

        Raises:
            CalendarMoved: a calendar changed since `versions` was read, or the exclusion
                constraint refused. The unit of work is lost.
        """
        locked = self._locked(bookings)
        if any(row["version"] != versions[row["expert_id"]] for row in locked):
            raise CalendarMoved
        beside = {row["booking"]: row for row in locked}
        self._approach(bookings, beside)
        try:
            self._insert(bookings, beside)
        except IntegrityError as refused:
            if not isinstance(refused.orig, ExclusionViolation):
                raise
            raise CalendarMoved from refused

    def _kept(
        self, expert_ids: Sequence[str], place: Spot, since: datetime, except_visits: Sequence[str]
    ) -> Iterator[tuple[str, Clash]]:
        for row in self._session.scalars(
            select(AssignmentRow).where(
                col(AssignmentRow.expert_id).in_(expert_ids),
                col(AssignmentRow.state).not_in(_FREE),
                col(AssignmentRow.end_at) > since - timedelta(days=1),
                col(AssignmentRow.visit_id).not_in(except_visits),
            )
        ):
            trip = travel_time(Spot(lat=row.lat, lng=row.lng), place)
            window = Window(start=row.start_at - trip, end=row.end_at + trip)
            yield row.expert_id, Clash(kind=BusyWith.ASSIGNMENT, window=window)
        for off in self._session.scalars(
            select(TimeOffRow).where(
                col(TimeOffRow.expert_id).in_(expert_ids), col(TimeOffRow.end_at) > since
            )
        ):
            window = Window(start=off.start_at, end=off.end_at)
            yield off.expert_id, Clash(kind=BusyWith.TIME_OFF, window=window)

    def _locked(self, bookings: Sequence[Booking]) -> list[dict[str, Any]]:
        """A row a booking: its expert, locked with the others in one order for everybody, and the
        assignments next to it in his calendar."""
        asked = [
            {"booking": b.assignment_id, "expert_id": b.expert_id, "starts": b.start, "ends": b.end}
            for b in bookings
        ]
        experts = sorted({b.expert_id for b in bookings})
        rows = self._session.connection().exec_driver_sql(
            _LOCKED, {"experts": experts, "bookings": to_json(asked).decode()}
        )
        return [dict(row) for row in rows.mappings()]

    def _approach(self, bookings: Sequence[Booking], beside: dict[str, dict[str, Any]]) -> None:
        """The visits after these are now approached from here."""
        for booking in bookings:
            after = beside[booking.assignment_id]
            if after["after_id"] is None:
                continue
            trip = travel_time(booking.place, Spot(lat=after["after_lat"], lng=after["after_lng"]))
            self._session.execute(
                update(AssignmentRow)
                .where(col(AssignmentRow.id) == after["after_id"])
                .values(blocked=Range(after["after_start"] - trip, after["after_end"]))
                .execution_options(synchronize_session=False)
            )

    def _insert(self, bookings: Sequence[Booking], beside: dict[str, dict[str, Any]]) -> None:
        last: dict[str, Booking] = {}
        rows = []
        for booking in sorted(bookings, key=lambda b: b.start):
            row, earlier = beside[booking.assignment_id], last.get(booking.expert_id)
            trip = SHORTEST_TRIP
            if row["before_end"] is not None:
                before = Spot(lat=row["before_lat"], lng=row["before_lng"])
                trip = travel_time(before, booking.place)
            if earlier is not None and (
                row["before_end"] is None or row["before_end"] <= earlier.end
            ):
                trip = travel_time(earlier.place, booking.place)
            last[booking.expert_id] = booking
            rows.append(
                {
                    **booking.model_dump(exclude={"assignment_id", "start", "end", "place"}),
                    "id": booking.assignment_id,
                    "expert_no": row["expert_no"],
                    "state": AssignmentState.RESERVED,
                    "start_at": booking.start,
                    "end_at": booking.end,
                    "blocked": Range(booking.start - trip, booking.end),
                    "lat": booking.place.lat,
                    "lng": booking.place.lng,
                }
            )
        connection = self._session.connection()
        connection.execute(_INSERT, rows)
        connection.exec_driver_sql(_BOOKED, {"experts": sorted(last)})
