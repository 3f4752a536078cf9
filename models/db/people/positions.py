"""Where experts are who let us know. It is kept here alone: the last place, and no other; it is in
no event, history or log, and gone when they let us know no more."""

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.people.tables import PositionRow
from models.geography import Spot
from models.people.route import Sighting


class PositionRepository:
    """Experts' positions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def is_shared(self, expert_id: str) -> bool:
        """Whether an expert lets us know where they are."""
        shared = select(col(PositionRow.expert_id)).where(col(PositionRow.expert_id) == expert_id)
        return self._session.scalar(shared) is not None

    def last(self, expert_id: str) -> Sighting | None:
        """Where an expert last was, and when; None, if they do not let us know, or did not yet."""
        row = self._session.get(PositionRow, expert_id)
        if row is None or row.lat is None or row.lng is None or row.seen_at is None:
            return None
        return Sighting(place=Spot(lat=row.lat, lng=row.lng), at=row.seen_at)

    def share(self, expert_id: str) -> bool:
        """An expert lets us know from now on; False, if they do already."""
        begun = self._session.scalar(
            upsert(PositionRow)
            .values(expert_id=expert_id)
            .on_conflict_do_nothing()
            .returning(col(PositionRow.expert_id))
        )
        return begun is not None

    def withdraw(self, expert_id: str) -> bool:
        """An expert lets us know no more, and what was known is gone. False, if they did not."""
        row = PositionRow
        ended = self._session.scalar(
            delete(row).where(col(row.expert_id) == expert_id).returning(col(row.expert_id))
        )
        return ended is not None

    def saw(self, expert_id: str, seen: Sighting) -> bool:
        """An expert is somewhere; what arrives late changes nothing. False, if they do not let us
        know."""
        row = PositionRow
        self._session.execute(
            update(row)
            .where(
                col(row.expert_id) == expert_id,
                or_(col(row.seen_at).is_(None), col(row.seen_at) < seen.at),
            )
            .values(lat=seen.place.lat, lng=seen.place.lng, seen_at=seen.at)
        )
        return self.is_shared(expert_id)
