"""The routes that experts were given."""

import json
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.people.tables import RouteRow
from models.people.route import RouteStatus
from models.recorded import Recorded


class RecordedStop(NamedTuple):
    """A stop as it was in a route: nothing of where it is, or what it is called."""

    id: str
    is_visit: bool
    due: datetime | None
    eta: datetime | None
    travel_minutes: int | None


class RecordedRoute(NamedTuple):
    """A route as an expert was given it. `due_at` is when its first stop begins."""

    seq: int
    due_at: datetime
    status: Recorded[RouteStatus]
    stops: tuple[RecordedStop, ...]
    updated_at: datetime


class RouteRepository:
    """The history of routes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(
        self,
        expert_id: str,
        day: date,
        due_at: datetime,
        status: RouteStatus,
        stops: tuple[RecordedStop, ...],
        at: datetime,
    ) -> bool:
        """Keep a route, if it is another than the last one of that day: other stops, in another
        order or for other times, or another status. False, if it is the same. Recorded twice at
        once, it is kept once."""
        row, made_of = RouteRow, _made_of(status, stops)
        last = self._session.execute(
            select(col(row.seq), col(row.made_of))
            .where(col(row.expert_id) == expert_id, col(row.day) == day)
            .order_by(col(row.seq).desc())
            .limit(1)
        ).first()
        if last is not None and last.made_of == made_of:
            return False
        kept = self._session.scalar(
            upsert(row)
            .values(
                expert_id=expert_id,
                day=day,
                seq=1 if last is None else last.seq + 1,
                due_at=due_at,
                status=status,
                made_of=made_of,
                route=[_plain(stop) for stop in stops],
                updated_at=at,
            )
            .on_conflict_do_nothing()
            .returning(col(row.seq))
        )
        return kept is not None

    def is_known(self, expert_id: str, day: date) -> bool:
        """Whether a day ever had a route."""
        return bool(self.of(expert_id, day, limit=1))

    def of(
        self, expert_id: str, day: date, after: int = 0, limit: int = 100
    ) -> list[RecordedRoute]:
        """The routes of a day, the oldest first, after a number."""
        row = RouteRow
        found = self._session.scalars(
            select(row)
            .where(col(row.expert_id) == expert_id, col(row.day) == day, col(row.seq) > after)
            .order_by(col(row.seq))
            .limit(limit)
        )
        return [
            RecordedRoute(
                seq=r.seq,
                due_at=r.due_at,
                status=r.status,
                stops=tuple(map(_stop, r.route)),
                updated_at=r.updated_at,
            )
            for r in found
        ]


def _made_of(status: RouteStatus, stops: tuple[RecordedStop, ...]) -> str:
    plain = [status, *([s.id, s.due and s.due.isoformat()] for s in stops)]
    return sha256(json.dumps(plain).encode()).hexdigest()


def _plain(stop: RecordedStop) -> dict[str, Any]:
    return {
        **stop._asdict(),
        "due": stop.due and stop.due.isoformat(),
        "eta": stop.eta and stop.eta.isoformat(),
    }


def _stop(plain: dict[str, Any]) -> RecordedStop:
    moments = {
        name: datetime.fromisoformat(plain[name]) if plain[name] else None
        for name in ("due", "eta")
    }
    return RecordedStop(**{**plain, **moments})
