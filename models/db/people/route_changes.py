"""Days whose route is to be written down anew.

Whoever changes what an expert has on a day marks it in that very step: the database does it itself
(`migrations/versions/0023_travel.py`), so no way of changing it is forgotten. The mark stays until
the route is written down; whoever dies over it leaves it to the next.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlmodel import Session

_MARKED = """select expert_id, day, array_agg(id order by id) from (
    select id, expert_id, day from route_changes order by id limit %(most)s) marks
group by expert_id, day order by min(id)"""
_TAKEN_UP = "delete from route_changes where id = any(%(ids)s)"


class ChangedDay(NamedTuple):
    """A day of an expert's, and every mark that says so."""

    expert_id: str
    day: date
    marks: Sequence[int]


def changed_days(session: Session, most: int) -> list[ChangedDay]:
    """Days that something has changed on, the oldest mark first, by so many marks."""
    found = session.connection().exec_driver_sql(_MARKED, {"most": most})
    return [ChangedDay(*row) for row in found]


def taken_up(session: Session, changed: ChangedDay) -> None:
    """Take the marks away that were seen; one that was set since stays."""
    session.connection().exec_driver_sql(_TAKEN_UP, {"ids": list(changed.marks)})
