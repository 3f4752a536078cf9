"""The projection of tickets: what their workflows decided, and the words that never reach them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json


class TicketRow(SQLModel, table=True):
    """A ticket as last recorded. `seq` is its last event and `mark` names that very state, which
    guards against older writes and other attempts. `tentative_at` is set while the history may not
    have yet what was written: when that was written, or last asked about. `found` is what was known
    when it was filed."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("tickets_by_customer", "customer_id", "opened_at", "id"),
        Index("tickets_by_status", "status", "opened_at", "id"),
        Index(
            "tickets_tentative", "tentative_at", postgresql_where=text("tentative_at is not null")
        ),
    )

    id: str = Field(primary_key=True)
    number: int | None = Field(
        default=None,
        sa_type=BigInteger,
        sa_column_args=(Identity(start=1001),),
        unique=True,
        nullable=False,
    )
    seq: int
    mark: str = Field(default="", sa_column_kwargs={"server_default": ""})
    tentative_at: datetime | None = Field(default=None, sa_type=Instant)
    status: str
    customer_id: str
    channel: str
    urgency: str
    zone: str | None = None
    category: str | None = None
    model_id: str | None = None
    plan_id: str | None = None
    coverage: str
    round: int
    slots: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    attention: list[str] = Field(sa_type=Json, nullable=False)
    timers: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    service: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    clocks: list[dict[str, Any]] = Field(default=[], sa_type=Json, nullable=False)
    found: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    opened_at: datetime = Field(sa_type=Instant)
    completed_at: datetime | None = Field(default=None, sa_type=Instant)
    fingerprint: str


class TicketPrivateRow(SQLModel, table=True):
    """The customer's own words, and where the visit is to be."""

    __tablename__ = "ticket_private"

    ticket_id: str = Field(primary_key=True, foreign_key="tickets.id")
    description: str
    model_text: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None
    lat: float | None = None
    lng: float | None = None


class NoteRow(SQLModel, table=True):
    """Words that somebody wrote about a ticket, named by id where they must not travel."""

    __tablename__ = "notes"
    __table_args__ = (Index("notes_by_ticket", "ticket_id"),)

    id: str = Field(primary_key=True)
    ticket_id: str
    author_role: str
    author_id: str
    written_at: datetime = Field(sa_type=Instant)
    body: str


class WorkReportRow(SQLModel, table=True):
    """What an expert left at the end of a visit: notes, parts, photos, a signature."""

    __tablename__ = "work_reports"
    __table_args__ = (Index("work_reports_by_visit", "visit_id"),)

    id: str = Field(primary_key=True)
    ticket_id: str
    visit_id: str
    expert_id: str
    written_at: datetime = Field(sa_type=Instant)
    notes: str
    parts: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    photos: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    signature: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)


class VisitRow(SQLModel, table=True):
    """A visit."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("visits_by_ticket", "ticket_id", "seq"),
        Index("visits_by_state", "state"),
    )

    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id")
    group_id: str
    seq: int
    state: str
    minutes: int
    positions: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    slots: list[dict[str, Any]] | None = Field(default=None, sa_type=Json, nullable=True)
    start_at: datetime | None = Field(default=None, sa_type=Instant)
    end_at: datetime | None = Field(default=None, sa_type=Instant)
    actual_start: datetime | None = Field(default=None, sa_type=Instant)
    actual_end: datetime | None = Field(default=None, sa_type=Instant)
    report_id: str | None = None


class GroupRow(SQLModel, table=True):
    """Visits that are settled together."""

    __tablename__ = "visit_groups"
    __table_args__ = (Index("visit_groups_by_ticket", "ticket_id"),)

    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id")
    round: int
    match_state: str
    missing: list[str] = Field(sa_type=Json, nullable=False)
    visit_ids: list[str] = Field(sa_type=Json, nullable=False)
    dependencies: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    hold_until: datetime | None = Field(default=None, sa_type=Instant)


class ProposalRow(SQLModel, table=True):
    """An expert's offer for a visit."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index("proposals_by_visit", "visit_id", "seq"),
        Index("proposals_by_expert", "expert_id", "state"),
    )

    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id")
    visit_id: str
    expert_id: str = Field(foreign_key="experts.id")
    seq: int
    state: str
    windows: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)


class EscalationRow(SQLModel, table=True):
    """A question to a person as last recorded; `seq` is its last event, and guards against older
    writes. `known` is the whole escalation, `brief` and all."""

    __tablename__ = "escalations"
    __table_args__ = (
        Index("escalations_by_state", "state", "opened_at", "id"),
        Index("escalations_by_ticket", "ticket_id"),
    )

    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id")
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


class DecisionRow(SQLModel, table=True):
    """What a booking was decided from, and what was decided; one a group and round."""

    __tablename__ = "decisions"

    group_id: str = Field(primary_key=True)
    round: int = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id", index=True)
    decided_at: datetime = Field(sa_type=Instant)
    problem: dict[str, Any] = Field(sa_type=Json, nullable=False)
    settlement: dict[str, Any] = Field(sa_type=Json, nullable=False)
