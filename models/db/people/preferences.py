"""How customers and experts want to be told things."""

from collections.abc import Mapping

from sqlalchemy import Table, select, update
from sqlmodel import Session

from models.actor import Role
from models.db.people.tables import CustomerRow, ExpertRow
from models.message.preferences import Preferences

_TABLES: Mapping[str, Table] = {
    Role.CUSTOMER: CustomerRow.__table__,  # type: ignore[attr-defined]
    Role.EXPERT: ExpertRow.__table__,  # type: ignore[attr-defined]
}


class PreferenceRepository:
    """The preferences of people of one role."""

    def __init__(self, session: Session, role: Role) -> None:
        self._session = session
        self._row = _TABLES[role]

    def of(self, person_id: str) -> Preferences | None:
        """What somebody wants; None for who has no file."""
        row = self._row.c
        asked = select(row.channels, row.declined, row.quiet_hours).where(row.id == person_id)
        found = self._session.execute(asked).mappings().first()
        return None if found is None else Preferences.model_validate(dict(found))

    def zone_of(self, person_id: str) -> str | None:
        """The IANA zone by which somebody lives; None for who has no file."""
        row = self._row.c
        found: str | None = self._session.scalar(select(row.tz).where(row.id == person_id))
        return found

    def keep(self, person_id: str, preferences: Preferences) -> None:
        """Tell somebody things this way from now on; kept twice, it is as kept once."""
        kept = preferences.model_dump(mode="json")
        self._session.execute(update(self._row).where(self._row.c.id == person_id).values(**kept))
