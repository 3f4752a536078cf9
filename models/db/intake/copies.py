"""Second copies of commands that a process keeps: another one carries them out where its disk is
lost, and shows what they say."""

from collections.abc import Collection
from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.intake.quarantine import Poison
from models.db.intake.tables import IntakeRow
from models.intake.command import LoggedCommand

log = structlog.get_logger("models.db.intake.copies")

_IS_CARRIED_OUT = or_(
    col(IntakeRow.quarantined).is_(None), col(IntakeRow.quarantined) == Poison.COPY_UNREADABLE
)
"""What is in quarantine stays there; but a later version may read what we cannot."""


class CopyRepository:
    """Copies by the id of the command."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, command: LoggedCommand) -> None:
        """Keep a copy. The same id again changes nothing."""
        self._session.execute(
            upsert(IntakeRow)
            .values(id=command.id, command=command.model_dump_json(), logged_at=command.logged_at)
            .on_conflict_do_nothing()
        )

    def find(self, identifier: str) -> LoggedCommand | None:
        """The copy of a command."""
        row = self._session.get(IntakeRow, identifier)
        return None if row is None else _read(row.command)

    def oldest(
        self, before: datetime, most: int, beside: Collection[str] = ()
    ) -> dict[str, LoggedCommand | None]:
        """So many copies of what was logged before an instant, `beside` some, the oldest first, by
        their ids. None of one that a later version wrote: it stays for that one."""
        rows = self._session.execute(
            select(
                col(IntakeRow.id),
                col(IntakeRow.command),
                col(IntakeRow.logged_at),
                col(IntakeRow.quarantined),
            )
            .where(
                _IS_CARRIED_OUT,
                col(IntakeRow.logged_at) < before,
                col(IntakeRow.id).not_in(beside),
            )
            .order_by(col(IntakeRow.logged_at))
            .limit(most)
        )
        return {
            identifier: _released(_read(written), before if aside else at)
            for identifier, written, at, aside in rows
        }

    def drop(self, identifiers: list[str]) -> None:
        """Their outcome is known. What is in quarantine stays."""
        done = delete(IntakeRow).where(col(IntakeRow.id).in_(identifiers), _IS_CARRIED_OUT)
        self._session.execute(done)


def _released(command: LoggedCommand | None, at: datetime) -> LoggedCommand | None:
    """A copy by the time of its row, which is later than its own if a person let it go from
    quarantine, or runs the version that reads it: it lay there for no fault of whoever sent it."""
    if command is None or at <= command.logged_at:
        return command
    return command.but(released_at=at)


def _read(written: str) -> LoggedCommand | None:
    try:
        return LoggedCommand.model_validate_json(written)
    except ValidationError:
        log.error("copy_unreadable")
        return None
