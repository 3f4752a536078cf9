"""What experts do on a day that is no visit."""

from datetime import date, datetime

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.calendar import Window
from models.db.people.tables import ErrandRow
from models.geography import Spot
from models.people.route import Errand


class ErrandRepository:
    """An expert's errands."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(
        self, expert_id: str, day: date, after: tuple[datetime, str] | None = None, limit: int = 100
    ) -> list[tuple[datetime, Errand]]:
        """The errands of a day, with when they were added, in that order; after a position."""
        row = ErrandRow
        asked = (
            select(row)
            .where(col(row.expert_id) == expert_id, col(row.day) == day)
            .order_by(col(row.added_at), col(row.id))
            .limit(limit)
        )
        if after:
            asked = asked.where(tuple_(col(row.added_at), col(row.id)) > after)

        return [(r.added_at, _errand(r)) for r in self._session.scalars(asked)]

    def count(self, expert_id: str, day: date) -> int:
        """How many an expert has on a day."""
        row = ErrandRow
        counted = select(func.count()).where(col(row.expert_id) == expert_id, col(row.day) == day)
        return self._session.scalar(counted) or 0

    def is_known(self, errand_id: str) -> bool:
        """Whether there is an errand of that id."""
        return self._session.get(ErrandRow, errand_id) is not None

    def add(self, expert_id: str, errand: Errand, at: datetime) -> bool:
        """Keep an errand; the same id once. False, if it is there already."""
        window = errand.window
        added = self._session.scalar(
            upsert(ErrandRow)
            .values(
                **errand.model_dump(include={"id", "day", "title", "minutes"}),
                expert_id=expert_id,
                lat=errand.place.lat,
                lng=errand.place.lng,
                start_at=window.start if window else None,
                end_at=window.end if window else None,
                added_at=at,
            )
            .on_conflict_do_nothing()
            .returning(col(ErrandRow.id))
        )
        return added is not None

    def drop(self, expert_id: str, errand_id: str) -> bool:
        """Forget an errand; False if there was none."""
        row = ErrandRow
        dropped = self._session.scalar(
            delete(row)
            .where(col(row.id) == errand_id, col(row.expert_id) == expert_id)
            .returning(col(row.id))
        )
        return dropped is not None


def _errand(row: ErrandRow) -> Errand:
    window = None
    if row.start_at is not None and row.end_at is not None:
        window = Window(start=row.start_at, end=row.end_at)
    return Errand(
        id=row.id,
        day=row.day,
        title=row.title,
        minutes=row.minutes,
        place=Spot(lat=row.lat, lng=row.lng),
        window=window,
    )
