"""Who is to be told, and every try to do so."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json, ticket_of_subject


class NotificationRow(SQLModel, table=True):
    """An intent to tell somebody something: one per event, recipient and template (I7).
    `created_at` is since when it waits, which for a reminder lies ahead; `suppressed` says why
    nobody was told, `quiet_until` that it came in its reader's quiet hours and when they end."""

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
            "subject_id",
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
    subject_kind: str
    subject_id: str
    ticket_id: str | None = Field(default=None, sa_column=ticket_of_subject())
    event_id: str = Field(foreign_key="events.id")
    recipient_role: str
    recipient_id: str
    template: str
    facts: dict[str, Any] = Field(sa_type=Json, nullable=False)
    state: str
    created_at: datetime = Field(sa_type=Instant)
    suppressed: str | None = None
    quiet_until: datetime | None = Field(default=None, sa_type=Instant)


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
