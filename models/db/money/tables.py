"""Bills and earnings. Amounts in minor units."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.db.columns import Instant, Json, ticket_of_subject


class InvoiceRow(SQLModel, table=True):
    """The bill of one round of a ticket."""

    __tablename__ = "invoices"
    __table_args__ = (UniqueConstraint("ticket_id", "round"),)

    id: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger, unique=True)
    subject_kind: str
    subject_id: str
    ticket_id: str | None = Field(default=None, sa_column=ticket_of_subject(known=True))
    round: int
    customer_id: str = Field(foreign_key="customers.id", index=True)
    state: str
    currency: str
    total: int
    lines: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    issued_at: datetime = Field(sa_type=Instant)


class InvoiceCounterRow(SQLModel, table=True):
    """The last invoice number of a legal entity; taken under its row lock, so without gaps."""

    __tablename__ = "invoice_counters"

    entity: str = Field(primary_key=True)
    last: int = Field(sa_type=BigInteger)


class EarningRow(SQLModel, table=True):
    """What an expert earned with one assignment: `payout = gross - commission`."""

    __tablename__ = "earnings"

    assignment_id: str = Field(primary_key=True, foreign_key="assignments.id")
    ticket_id: str = Field(foreign_key="tickets.id")
    visit_id: str = Field(foreign_key="visits.id")
    expert_id: str = Field(foreign_key="experts.id", index=True)
    currency: str
    gross: int
    commission: int
    payout: int
    earned_at: datetime = Field(sa_type=Instant)
