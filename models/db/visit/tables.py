"""Visits, which of them are settled together, and what was left at their end."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json


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
