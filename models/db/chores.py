"""What one of several processes does for all: whose turn it is, and how far it came."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from models.db.engine import Database

_TURN = """insert into chores (name, done_at) values (%(name)s, now())
on conflict (name) do update set done_at = now() where chores.done_at < now() - %(since)s
returning done_at"""
_DONE_UNTIL = "select done_at from chores where name = %(name)s"
_READ_DONE_UNTIL = text("select done_at from chores where name = :name")
_DONE = """insert into chores (name, done_at) values (%(name)s, %(until)s)
on conflict (name) do update set done_at = greatest(chores.done_at, excluded.done_at)
returning name"""


def done_until(session: Session, name: str) -> datetime | None:
    """Up to when a chore is done, whoever did it; None if nobody ever did."""
    asked = {"name": f"{name}.done"}
    found: datetime | None = session.connection().execute(_READ_DONE_UNTIL, asked).scalar()
    return found


class ChoreRepository:
    """One chore, by its name."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name

    def turn(self, since: timedelta) -> datetime | None:
        """Now, by the database's clock, if nobody has begun within `since`: whoever asks does it.
        Of several who ask at once, one is answered."""
        found: datetime | None = self._database.at_once(_TURN, {"name": self._name, "since": since})
        return found

    def now(self) -> datetime:
        """By the database's clock."""
        found: datetime = self._database.at_once("select now()", {})
        return found

    def done_until(self) -> datetime | None:
        """Up to when everything is done, whoever did it; None if nobody ever did."""
        found: datetime | None = self._database.at_once(_DONE_UNTIL, {"name": self._done})
        return found

    def done(self, until: datetime) -> None:
        """Everything up to a moment is done. It never goes back."""
        self._database.at_once(_DONE, {"name": self._done, "until": until})

    @property
    def _done(self) -> str:
        return f"{self._name}.done"
