"""How somebody can be reached, put right: whoever they are to us."""

from collections.abc import Mapping

from sqlalchemy import Table, select, update
from sqlmodel import Session

from models.actor import Role
from models.db.people.reads import Contact
from models.db.people.tables import CustomerRow, ExpertRow

_TABLES: Mapping[str, Table] = {
    Role.CUSTOMER: CustomerRow.__table__,  # type: ignore[attr-defined]
    Role.EXPERT: ExpertRow.__table__,  # type: ignore[attr-defined]
}


class ContactRepository:
    """Telephone numbers and e-mail addresses of customers and experts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, role: str, person_id: str) -> Contact | None:
        """How somebody is reached; None for the staff, and for who has no file."""
        if role not in _TABLES:
            return None
        row = _TABLES[role].c
        asked = select(row.name, row.phone, row.email).where(row.id == person_id)
        found = self._session.execute(asked).first()
        return None if found is None else Contact(*found)

    def put_right(self, role: str, person_id: str, phone: str, email: str) -> None:
        """Reach somebody this way from now on."""
        table = _TABLES[role]
        self._session.execute(
            update(table).where(table.c.id == person_id).values(phone=phone, email=email)
        )
