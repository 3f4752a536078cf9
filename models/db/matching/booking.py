# ruff: noqa: S608, names of tables and columns are ours; values travel as a parameter.
"""Booking experts, without ever booking one twice, in one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from psycopg.errors import ExclusionViolation, UniqueViolation
from pydantic_core import to_json

from models.base import Value
from models.db.engine import Database
from models.db.matching.decisions import StoredDecision
from models.db.matching.tables import ONE_A_POSITION
from models.geography import SHORTEST_TRIP, Spot
from models.people.diary import Diary, Held
from models.ticket import TicketStatus
from models.visit import AssignmentSource, AssignmentState

STILL = """locked as materialized (
    select id, calendar_version from experts where id = any(%(experts)s) order by id for update),
still as (
    select 1 where not exists (
        select from locked join jsonb_each_text(%(asked)s::jsonb -> 'versions') as seen
        on seen.key = locked.id where seen.value::bigint <> locked.calendar_version)
    and not exists (select from tickets where id = %(ticket_id)s and status = any(%(final)s))
    and not exists (select from visit_groups where id = %(group_id)s and round > %(round)s))"""
"""An attempt whose process was frozen books nothing for a ticket that went on without it: neither
the end of a ticket nor the round of a group is ever taken back."""
_RELIEVED = """relieved as (
    update assignments set relieved_by = %(relieved_by)s from still
    where id = %(instead_of)s returning id)"""
"""Who comes in another's place is booked beside them: those are let go when the new one was told,
so that at no moment nobody is to come."""
_APPROACHED = """approached as (
    update assignments a set blocked = tstzrange(n.since, a.end_at)
    from still, jsonb_to_recordset(%(asked)s::jsonb -> 'approached') as n(
        id text, since timestamptz)
    where a.id = n.id returning a.id)"""
_COUNTED = """counted as (
    update experts set calendar_version = calendar_version + 1 from still
    where id = any(%(experts)s))"""
_DECIDED = """decided as (
    insert into decisions (group_id, round, ticket_id, decided_at, problem, settlement)
    select d.group_id, d.round, d.ticket_id, d.decided_at, d.problem, d.settlement
    from still, jsonb_populate_record(null::decisions, %(asked)s::jsonb -> 'decision') as d)"""


FINAL = [s.value for s in TicketStatus if s.is_final]


class CalendarMoved(Exception):
    """Somebody else changed a calendar since it was read: read it again and decide again."""


class PositionTaken(Exception):
    """Somebody holds a position that its ticket believes is free."""


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


def book(
    database: Database,
    bookings: Sequence[Booking],
    diaries: Mapping[str, Diary],
    *,
    decision: StoredDecision | None = None,
    instead_of: str | None = None,
) -> None:
    """Book all of them, or none.

    Args:
        database: where to.
        bookings: whom, when and where.
        diaries: the calendars that this was decided from, by expert.
        decision: what it was decided from, kept with the bookings.
        instead_of: the assignment that is relieved by the first of them, and stays until its ticket
            lets it go.

    Raises:
        CalendarMoved: an expert was booked since their diary was read, the exclusion constraint
            refused, or the ticket has gone on meanwhile.
        PositionTaken: somebody is booked on one of the positions.
    """
    ways = _Ways(diaries)
    rows = [_columns(b, diaries[b.expert_id].number, ways.to(b)) for b in _in_order(bookings)]
    experts = sorted({b.expert_id for b in bookings})
    asked = {
        "versions": {expert: diaries[expert].version for expert in experts},
        "bookings": rows,
        "approached": [{"id": id_, "since": since} for id_, since in ways.onward.items()],
        "decision": decision,
    }
    statement = _statement(
        columns=tuple(rows[0]),
        approached=bool(ways.onward),
        decided=decision is not None,
        relieved=instead_of is not None,
    )
    values = {
        "ticket_id": bookings[0].ticket_id,
        "group_id": bookings[0].group_id,
        "round": bookings[0].round,
        "final": FINAL,
        "experts": experts,
        "asked": to_json(asked).decode(),
        "instead_of": instead_of,
        "relieved_by": bookings[0].assignment_id,
    }
    if not _done(database, statement, values):
        raise CalendarMoved


def _done(database: Database, statement: str, values: Mapping[str, Any]) -> bool:
    try:
        return bool(database.at_once(statement, values))
    except ExclusionViolation as refused:
        raise CalendarMoved from refused
    except UniqueViolation as refused:
        if refused.diag.constraint_name == ONE_A_POSITION:
            raise PositionTaken from refused
        # Another attempt at the same decision came first.
        raise CalendarMoved from refused


class _Ways:
    """The ways between visits: to those that are booked, and from them to what stands."""

    def __init__(self, diaries: Mapping[str, Diary]) -> None:
        self._diaries = diaries
        self._last: dict[str, Booking] = {}
        self.onward: dict[str, datetime] = {}
        """From when on an assignment now blocks its expert, who comes to it from a booking."""

    def to(self, booking: Booking) -> timedelta:
        """How long the expert travels to a booking; ask for them in the order of their starts."""
        diary, earlier = self._diaries[booking.expert_id], self._last.get(booking.expert_id)
        self._last[booking.expert_id] = booking
        after, before = diary.after(booking.end), diary.before(booking.start)
        if after is not None:
            trip = diary.way(booking.place, after.place)
            self.onward[after.assignment_id] = after.window.start - trip
        if earlier is not None and _is_last(earlier, before):
            return diary.way(earlier.place, booking.place)
        return diary.way(before.place, booking.place) if before else SHORTEST_TRIP


def _is_last(earlier: Booking, before: Held | None) -> bool:
    return before is None or before.window.end <= earlier.end


def _in_order(bookings: Sequence[Booking]) -> list[Booking]:
    return sorted(bookings, key=lambda b: b.start)


def _columns(booking: Booking, expert_no: int, trip: timedelta) -> dict[str, Any]:
    blocked_from = booking.start - trip
    return {
        **booking.model_dump(exclude={"assignment_id", "start", "end", "place"}),
        "id": booking.assignment_id,
        "expert_no": expert_no,
        "state": AssignmentState.RESERVED,
        "start_at": booking.start,
        "end_at": booking.end,
        "blocked": f"[{blocked_from.isoformat()},{booking.end.isoformat()})",
        "lat": booking.place.lat,
        "lng": booking.place.lng,
        "precision": booking.place.precision,
    }


@cache
def _statement(*, columns: tuple[str, ...], approached: bool, decided: bool, relieved: bool) -> str:
    """The booking comes after what makes room for it: it reads how much that was."""
    room = {"relieved": _RELIEVED} if relieved else {}
    room |= {"approached": _APPROACHED} if approached else {}
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f'n."{name}"' for name in columns)
    made = "".join(f", (select count(*) from {name}) as after_{name}" for name in room)
    booked = (
        f"booked as (insert into assignments ({names}) select {values} from still, "
        f"jsonb_populate_recordset(null::assignments, %(asked)s::jsonb -> 'bookings') as n{made})"
    )
    steps = [STILL, *room.values(), booked, _COUNTED, *([_DECIDED] if decided else [])]
    return f"with {', '.join(steps)} select count(*) from still"
