"""What is kept of requests that may be asked again."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.db.columns import Instant, Json


class IdempotencyRow(SQLModel, table=True):
    """The first answer to a request, kept for those who ask again; older ones are swept."""

    __tablename__ = "idempotency"

    key: str = Field(primary_key=True)
    fingerprint: str
    status: int | None = None
    answer: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    asked_at: datetime = Field(sa_type=Instant, index=True)
