"""The first answers to requests that may be asked again."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.intake.tables import IdempotencyRow

ABANDONED = timedelta(seconds=10)
"""A request that has not answered for this long died with its process, or with its connection to
the database: none of ours waits for longer. Whatever it sent has the key's name, so that sent again
it has one effect."""


KEPT = timedelta(hours=72)
"""How long a first answer is kept at least (domain §6)."""


class IdempotencyRepository:
    """Requests by key."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(self, key: str, fingerprint: str, now: datetime) -> IdempotencyRow | None:
        """Claim a key for a request that is about to run; what stands there if it is taken. A claim
        whose request died is taken over by the same request."""
        claimed = self._session.scalar(
            upsert(IdempotencyRow)
            .values(key=key, fingerprint=fingerprint, asked_at=now)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={"asked_at": now},
                where=col(IdempotencyRow.status).is_(None)
                & (col(IdempotencyRow.asked_at) < now - ABANDONED)
                & (col(IdempotencyRow.fingerprint) == fingerprint),
            )
            .returning(col(IdempotencyRow.key))
        )
        return None if claimed else self._session.get(IdempotencyRow, key)

    def answer(self, key: str, status: int, answer: dict[str, Any]) -> None:
        """Keep the answer to a claimed request."""
        self._session.execute(
            update(IdempotencyRow)
            .where(col(IdempotencyRow.key) == key)
            .values(status=status, answer=answer)
            .execution_options(synchronize_session=False)
        )

    def sweep(self, before: datetime) -> None:
        """Forget what was asked before an instant."""
        self._session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.asked_at) < before))

    def give_up(self, key: str) -> None:
        """Let go of a claim whose request was refused: nothing changed, so it may be asked anew."""
        self._session.execute(
            delete(IdempotencyRow).where(
                col(IdempotencyRow.key) == key, col(IdempotencyRow.status).is_(None)
            )
        )
