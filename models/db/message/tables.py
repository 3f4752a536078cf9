"""What happened, and who was told."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json


class EventRow(SQLModel, table=True):
    """One effect of one aggregate; `seq` has no gaps."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("aggregate", "seq"),
        Index("events_by_ticket", "ticket_id", "recorded_at"),
        Index("events_by_time", "recorded_at", postgresql_using="brin"),
    )

    id: str = Field(primary_key=True)
    ticket_id: str | None = None
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


class NotificationRow(SQLModel, table=True):
    """An intent to tell somebody something: one per event, recipient and template (I7)."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient_id", "template"),
        Index("notifications_by_ticket", "ticket_id", "id"),
        Index(
            "notifications_queued",
            "created_at",
            "id",
            postgresql_where=text("state = 'QUEUED'"),
        ),
        Index(
            "notifications_waiting",
            "ticket_id",
            "recipient_id",
            postgresql_where=text("state = 'QUEUED'"),
        ),
        Index(
            "notifications_given_up",
            "id",
            postgresql_where=text("state = 'UNDELIVERABLE'"),
        ),
    )

    id: str = Field(primary_key=True)
    ticket_id: str
    event_id: str = Field(foreign_key="events.id")
    recipient_role: str
    recipient_id: str
    template: str
    facts: dict[str, Any] = Field(sa_type=Json, nullable=False)
    state: str
    created_at: datetime = Field(sa_type=Instant)


class DeliveryRow(SQLModel, table=True):
    """One channel's try at a notification; a later hop is the fallback of the one before."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notification_id", "hop"),
        Index(
            "deliveries_due",
            "channel",
            "due_at",
            "id",
            postgresql_where=text("state = 'QUEUED'"),
        ),
    )

    id: str = Field(primary_key=True)
    notification_id: str = Field(foreign_key="notifications.id")
    hop: int
    fallback_of: str | None = None
    channel: str
    state: str
    attempts: int = 0
    uncertain: bool = False
    due_at: datetime = Field(sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    provider: str | None = None
    provider_ref: str | None = None
    error: str | None = None


class IdempotencyRow(SQLModel, table=True):
    """The first answer to a request, kept for those who ask again; older ones are swept."""

    __tablename__ = "idempotency"

    key: str = Field(primary_key=True)
    fingerprint: str
    status: int | None = None
    answer: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    asked_at: datetime = Field(sa_type=Instant, index=True)
