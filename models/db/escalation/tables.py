"""Questions to people."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json, ticket_of_subject


class EscalationRow(SQLModel, table=True):
    """A question to a person as last recorded; `seq` is its last event, and guards against older
    writes. `known` is the whole escalation, `brief` and all."""

    __tablename__ = "escalations"
    __table_args__ = (
        Index("escalations_by_state", "state", "opened_at", "id"),
        Index("escalations_by_ticket", "ticket_id"),
    )

    id: str = Field(primary_key=True)
    subject_kind: str
    subject_id: str
    ticket_id: str | None = Field(default=None, sa_column=ticket_of_subject(known=True))
    workflow_id: str
    seq: int
    subject: str
    reason: str
    level: int
    state: str
    zone: str | None = None
    urgency: str
    opened_at: datetime = Field(sa_type=Instant)
    step_at: datetime | None = Field(default=None, sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    claimed_by: str | None = None
    decided_by: str | None = None
    action: str | None = None
    known: dict[str, Any] = Field(sa_type=Json, nullable=False)
