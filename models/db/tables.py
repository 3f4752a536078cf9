"""The ground: what happened, and what one of several processes does for all."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json, ticket_of_subject


class EventRow(SQLModel, table=True):
    """One effect of one aggregate, and what it is about; `seq` has no gaps."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("aggregate", "seq"),
        Index("events_by_ticket", "ticket_id", "recorded_at"),
        Index("events_by_time", "recorded_at", postgresql_using="brin"),
    )

    id: str = Field(primary_key=True)
    subject_kind: str
    subject_id: str
    ticket_id: str | None = Field(default=None, sa_column=ticket_of_subject())
    aggregate: str
    seq: int
    type: str
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    actor_role: str
    actor_id: str
    cause: str | None = None
    trace_id: str | None = None
    facts: dict[str, Any] = Field(sa_type=Json, nullable=False)


class ChoreRow(SQLModel, table=True):
    """When a chore was last begun; whoever moves that does it."""

    __tablename__ = "chores"

    name: str = Field(primary_key=True)
    done_at: datetime = Field(sa_type=Instant)
