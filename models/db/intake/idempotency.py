"""The first answers to requests that may be asked again."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, delete, func, literal_column, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.intake.tables import IdempotencyRow

ABANDONED = timedelta(seconds=10)
"""A request that has not answered for this long is over, though its process seems to live: none of
ours waits for longer. Whatever it sent has the key's name, so that sent again it has one effect."""
_MYSELF = func.pg_backend_pid(type_=Integer)
_IS_GONE: ColumnElement[bool] = literal_column(
    "not exists (select from pg_stat_get_activity(idempotency.holder))"
)
"""The server ends the process behind a connection as soon as the client is gone."""


KEPT = timedelta(hours=72)
"""How long a first answer is kept at least (docs/rules/conventions.md, Asked twice)."""


class FirstAnswer(NamedTuple):
    """What stands under a key: the request that claimed it, and its answer once there is one."""

    fingerprint: str
    status: int | None
    answer: dict[str, Any] | None


class IdempotencyRepository:
    """Requests by key."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(self, key: str, fingerprint: str, now: datetime) -> FirstAnswer | None:
        """Claim a key for a request that is about to run; what stands there if it is taken. A claim
        whose request died, with its process or with its connection to the database, is taken over
        by the same request at once."""
        claimed = self._session.scalar(
            upsert(IdempotencyRow)
            .values(key=key, fingerprint=fingerprint, asked_at=now, holder=_MYSELF)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={"asked_at": now, "holder": _MYSELF},
                where=col(IdempotencyRow.status).is_(None)
                & or_(col(IdempotencyRow.asked_at) < now - ABANDONED, _IS_GONE)
                & (col(IdempotencyRow.fingerprint) == fingerprint),
            )
            .returning(col(IdempotencyRow.key))
        )
        taken = None if claimed else self._session.get(IdempotencyRow, key)
        return None if taken is None else FirstAnswer(taken.fingerprint, taken.status, taken.answer)

    def is_answered(self, key: str) -> bool:
        """Whether a key stands for a request that was answered."""
        row = self._session.get(IdempotencyRow, key)
        return row is not None and row.status is not None

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

    def leave(self, key: str, now: datetime) -> None:
        """Let go of a claim of whose request nobody knows what became: only the same request goes
        on from here, and at once."""
        self._session.execute(
            update(IdempotencyRow)
            .where(col(IdempotencyRow.key) == key, col(IdempotencyRow.status).is_(None))
            .values(asked_at=now - 2 * ABANDONED)
            .execution_options(synchronize_session=False)
        )

    def give_up(self, key: str) -> None:
        """Let go of a claim whose request was refused: nothing changed, so it may be asked anew."""
        self._session.execute(
            delete(IdempotencyRow).where(
                col(IdempotencyRow.key) == key, col(IdempotencyRow.status).is_(None)
            )
        )
