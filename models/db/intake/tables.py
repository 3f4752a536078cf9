"""What is kept of requests that may be asked again, and of those who ask."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.db.columns import Instant, Json


class IdempotencyRow(SQLModel, table=True):
    """The first answer to a request, kept for those who ask again; older ones are swept. While it
    runs, `holder` is the server's process behind the connection that claimed it."""

    __tablename__ = "idempotency"

    key: str = Field(primary_key=True)
    fingerprint: str
    status: int | None = None
    answer: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    asked_at: datetime = Field(sa_type=Instant, index=True)
    holder: int | None = None


class IntakeRow(SQLModel, table=True):
    """A second copy of a command that has no outcome yet; what is personal in it is sealed."""

    __tablename__ = "intake"

    id: str = Field(primary_key=True)
    command: str
    logged_at: datetime = Field(sa_type=Instant, index=True)


class RateRow(SQLModel, table=True):
    """How much of somebody's due is used up: all of it is theirs again at `due_at`. Forgotten when
    the server crashes, which costs it no write to disk."""

    __tablename__ = "rates"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    caller: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=Instant)
