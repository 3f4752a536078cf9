"""Visits, which of them are settled together, what was left at their end, and the files of that."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
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
    shortfall: str | None = None
    follows: str | None = None
    not_before: datetime | None = Field(default=None, sa_type=Instant)
    first_until: datetime | None = Field(default=None, sa_type=Instant)


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


class FieldReportRow(SQLModel, table=True):
    """What an expert's phone calls a report, and the hash of all that makes it this one."""

    __tablename__ = "field_reports"

    expert_id: str = Field(primary_key=True)
    client_event_id: str = Field(primary_key=True)
    content: str
    received_at: datetime = Field(sa_type=Instant)


class RefusedReportRow(SQLModel, table=True):
    """A report that was accepted while nobody could answer and is refused since; `seen_at`: its
    sender knows."""

    __tablename__ = "refused_reports"
    __table_args__ = (
        Index("refused_reports_by_expert", "expert_id", "refused_at", "id"),
        Index("refused_reports_by_time", "refused_at"),
    )

    id: str = Field(primary_key=True)
    expert_id: str
    client_event_id: str
    content: str
    visit_id: str
    kind: str | None = None
    occurred_at: datetime = Field(sa_type=Instant)
    category: str
    code: str
    detail: str
    field: str | None = None
    evidence: dict[str, Any] = Field(sa_type=Json, nullable=False)
    refused_at: datetime = Field(sa_type=Instant)
    seen_at: datetime | None = Field(default=None, sa_type=Instant)


class StartCodeAttemptRow(SQLModel, table=True):
    """How often in a row an expert gave a wrong start code for a visit, and until when they have to
    wait."""

    __tablename__ = "start_code_attempts"

    visit_id: str = Field(primary_key=True)
    expert_id: str = Field(primary_key=True)
    wrong: int
    locked_until: datetime | None = Field(default=None, sa_type=Instant)


class WorkReportRow(SQLModel, table=True):
    """What an expert left at the end of a visit: notes, parts, photos, a signature.
    `client_event_id` is the name that histories have for the report; an earlier release kept
    none."""

    __tablename__ = "work_reports"
    __table_args__ = (Index("work_reports_by_visit", "visit_id"),)

    id: str = Field(primary_key=True)
    ticket_id: str
    visit_id: str
    expert_id: str
    written_at: datetime = Field(sa_type=Instant)
    notes: str
    parts: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    parts_needed: list[dict[str, Any]] = Field(
        sa_type=Json, nullable=False, sa_column_kwargs={"server_default": text("'[]'::jsonb")}
    )
    photos: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    signature: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    kb_note: str | None = None
    client_event_id: str | None = None


class FileRow(SQLModel, table=True):
    """A file of a visit, whoever named it; it is here since `stored_at`."""

    __tablename__ = "visit_files"
    __table_args__ = (
        Index("visit_files_by_visit", "visit_id", "named_at"),
        Index("visit_files_by_ticket", "ticket_id"),
        Index("visit_files_by_time", "named_at", "id"),
        Index("visit_files_pending", "named_at", postgresql_where=text("stored_at is null")),
    )

    id: str = Field(primary_key=True)
    ticket_id: str
    visit_id: str
    sha256: str
    kind: str
    media_type: str | None = None
    size: int | None = None
    taken_at: datetime | None = Field(default=None, sa_type=Instant)
    named_at: datetime = Field(sa_type=Instant)
    stored_at: datetime | None = Field(default=None, sa_type=Instant)


class NamedFileRow(SQLModel, table=True):
    """That a report names a file, and since when somebody was told that it is missing."""

    __tablename__ = "named_files"
    __table_args__ = (Index("named_files_by_sender", "expert_id", "client_event_id"),)

    file_id: str = Field(primary_key=True)
    report_id: str = Field(primary_key=True, index=True)
    expert_id: str
    client_event_id: str
    missed_at: datetime | None = Field(default=None, sa_type=Instant)
