"""Words that somebody wrote about a ticket, named by id where they must not travel."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.actor import Actor, Role
from models.base import Value
from models.db.ticket.tables import NoteRow


class Note(Value):
    """A note, and who wrote it when."""

    id: str
    ticket_id: str
    author: Actor
    written_at: datetime
    body: str


class NoteRepository:
    """Notes on tickets."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, note: Note) -> None:
        """Keep words; the same id keeps them once."""
        columns = note.model_dump(exclude={"author"})
        author = {"author_role": note.author.role, "author_id": note.author.id}
        self._session.execute(
            upsert(NoteRow).values({**columns, **author}).on_conflict_do_nothing()
        )

    def of_ticket(self, ticket_id: str) -> list[Note]:
        """What people wrote about a ticket."""
        rows = self._session.scalars(select(NoteRow).where(col(NoteRow.ticket_id) == ticket_id))
        return [_note(row) for row in rows]


def _note(row: NoteRow) -> Note:
    return Note(
        id=row.id,
        ticket_id=row.ticket_id,
        author=Actor(role=Role(row.author_role), id=row.author_id),
        written_at=row.written_at,
        body=row.body,
    )
