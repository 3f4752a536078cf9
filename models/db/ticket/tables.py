"""The projection of tickets, and the words that never reach their workflows."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json
from models.geography import Precision


class TicketRow(SQLModel, table=True):
    """A ticket as last recorded. `seq` is its last event and `mark` names that very state, which
    guards against older writes and other attempts. `tentative_at` is set while the history may not
    have yet what was written: when that was written, or last asked about. `found` is what was known
    when it was filed. `policies_version` is the newest change of policies that the ticket has heard
    of; below 0, it is under others since its zone or plan became another, which the database marks
    itself."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("tickets_by_customer", "customer_id", "opened_at", "id"),
        Index("tickets_by_status", "status", "opened_at", "id"),
        Index(
            "tickets_waiting",
            "customer_id",
            postgresql_where=text("status in ('REVIEW', 'MATCHING')"),
        ),
        Index(
            "tickets_tentative", "tentative_at", postgresql_where=text("tentative_at is not null")
        ),
        Index(
            "tickets_by_policies",
            "policies_version",
            "id",
            postgresql_where=text("status not in ('CLOSED', 'CANCELLED')"),
        ),
        Index("tickets_unsettled", "opened_at", postgresql_where=text("coverage = 'UNKNOWN'")),
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
    coverage_as_of: datetime | None = Field(default=None, sa_type=Instant)
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
    policies_version: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"}
    )


class TicketPrivateRow(SQLModel, table=True):
    """The customer's own words, and where the visit is to be; `contact` is how whoever filed in
    brief is reached: `name`, `phone`, `email`, as far as they said."""

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
    precision: str = Field(default=Precision.EXACT, sa_column_kwargs={"server_default": "exact"})
    contact: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)


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
