# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""Giving a visit more time, or taking it back: it and what moves for it, in every calendar, in one
transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg.errors import ExclusionViolation
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from models.base import Value
from models.calendar import Window
from models.db.engine import Database
from models.db.matching.booking import FINAL, STILL, CalendarMoved
from models.db.matching.tables import CUT_SHORT, KEEPS_UNTIL, LIVE, AssignmentRow
from models.geography import SHORTEST_TRIP, Spot
from models.people.diary import Diary

_MOVED = "jsonb_to_recordset(%(moved)s::jsonb) as n(id text)"
_CLEARED = f"""with {STILL},
    cleared as (update assignments a set blocked = 'empty' from still, {_MOVED} where a.id = n.id)
    select count(*) from still"""
"""What moves makes room first: it may move to where another of the same expert's has just been, and
so does what stands after the visit that lasts longer."""
_GROWN = f"""update assignments a set end_at = n.until,
    blocked = case when least(n.until, a.done_at) <= a.start_at then 'empty'
        when {CUT_SHORT} then a.blocked * tstzrange(null, least(n.until, a.done_at))
        else tstzrange(coalesce(lower(a.blocked), a.start_at), least(n.until, a.done_at)) end
    from jsonb_to_recordset(%(grown)s::jsonb) as n(id text, until timestamptz)
    where a.id = n.id and a.{LIVE}"""
_PLACED = f"""update assignments a set start_at = n.start_at, end_at = n.end_at,
    blocked = tstzrange(n.since, n.end_at)
    from jsonb_to_recordset(%(moved)s::jsonb) as n(
        id text, start_at timestamptz, end_at timestamptz, since timestamptz)
    where a.id = n.id and a.{LIVE}"""
_APPROACHED = f"""update assignments a set blocked = tstzrange(n.since, {KEEPS_UNTIL})
    from jsonb_to_recordset(%(approached)s::jsonb) as n(id text, since timestamptz)
    where a.id = n.id and a.{LIVE} and a.start_at < {KEEPS_UNTIL}"""
_COUNTED = """update experts set calendar_version = calendar_version + 1
    where id = any(%(experts)s)"""


class Stay(Value):
    """An assignment and when its visit is to be, UTC."""

    assignment_id: str
    expert_id: str
    start: datetime
    end: datetime


class Extending(NamedTuple):
    """What is written: the visit that ends at another time, by everybody on it, and what moves for
    it."""

    ticket_id: str
    group_id: str
    round: int
    place: Spot
    grown: Sequence[Stay]
    moved: Sequence[Stay]


def extend(database: Database, change: Extending, diaries: Mapping[str, Diary]) -> None:
    """Write all of it, or nothing.

    Args:
        database: where to.
        change: who stays until when, and who comes when.
        diaries: the calendars that this was decided from, by expert.

    Raises:
        CalendarMoved: an expert was booked since their diary was read, the exclusion constraint
            refused, or the ticket has gone on meanwhile.
    """
    experts = sorted({s.expert_id for s in (*change.grown, *change.moved)})
    ways = [way for who in experts for way in _ways(change, diaries[who])]
    since = dict(ways)
    ours = {s.assignment_id for s in change.moved}
    values: dict[str, Any] = {
        "ticket_id": change.ticket_id,
        "group_id": change.group_id,
        "round": change.round,
        "final": FINAL,
        "experts": experts,
        "asked": _json({"versions": {who: diaries[who].version for who in experts}}),
        "grown": _json([{"id": s.assignment_id, "until": s.end} for s in change.grown]),
        "moved": _json(
            [
                {
                    "id": s.assignment_id,
                    "start_at": s.start,
                    "end_at": s.end,
                    "since": since[s.assignment_id],
                }
                for s in change.moved
            ]
        ),
        "approached": _json([{"id": id_, "since": at} for id_, at in ways if id_ not in ours]),
    }
    try:
        with database.unit_of_work() as session:
            _write(session, values)
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            raise CalendarMoved from refused
        raise


def stays(session: Session, assignment_ids: Sequence[str]) -> dict[str, Window]:
    """When assignments are to be, as the calendars have it."""
    row = AssignmentRow
    rows = session.scalars(select(row).where(col(row.id).in_(assignment_ids)))
    return {r.id: Window(start=r.start_at, end=r.end_at) for r in rows}


def _write(session: Session, values: Mapping[str, Any]) -> None:
    connection = session.connection()
    if not connection.exec_driver_sql(_CLEARED, dict(values)).scalar():
        raise CalendarMoved
    for step in (_APPROACHED, _GROWN, _PLACED, _COUNTED):
        connection.exec_driver_sql(step, dict(values))


class _Stop(NamedTuple):
    """Where an expert is, from when to when."""

    assignment_id: str
    start: datetime
    end: datetime
    place: Spot


def _ways(change: Extending, diary: Diary) -> list[tuple[str, datetime]]:
    """From when on assignments block their expert anew: those that move, those to which the expert
    comes from elsewhere than before, and what comes after the visit that lasts longer. Of that way
    a map may know better by now than when it was booked, and the room was found by what it knows.
    """
    before = [_Stop(h.assignment_id, h.window.start, h.window.end, h.place) for h in diary.visits]
    mine = {s.assignment_id: s for s in change.moved if s.expert_id == diary.expert.id}
    ours = [_Stop(s.assignment_id, s.start, s.end, change.place) for s in mine.values()]
    after = sorted(
        (*(s for s in before if s.assignment_id not in mine), *ours), key=lambda s: s.start
    )
    came_from = _previous(before)
    comes_from = _previous(after)
    ends = {h.assignment_id: h.window.end for h in diary.visits}
    grown = {s.assignment_id for s in change.grown if s.end > ends.get(s.assignment_id, s.end)}
    return [
        (stop.assignment_id, stop.start - _way(diary, comes_from[stop.assignment_id], stop))
        for stop in after
        if stop.assignment_id in mine
        or _name(comes_from[stop.assignment_id]) in grown
        or _name(comes_from[stop.assignment_id]) != _name(came_from[stop.assignment_id])
    ]


def _previous(stops: Sequence[_Stop]) -> dict[str, _Stop | None]:
    return dict(zip((s.assignment_id for s in stops), (None, *stops), strict=False))


def _way(diary: Diary, before: _Stop | None, stop: _Stop) -> timedelta:
    return diary.way(before.place, stop.place) if before else SHORTEST_TRIP


def _name(stop: _Stop | None) -> str | None:
    return stop.assignment_id if stop else None


def _json(value: Any) -> str:
    return to_json(value).decode()
