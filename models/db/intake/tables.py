"""What is kept of requests that may be asked again, and of those who ask."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json


class IdempotencyRow(SQLModel, table=True):
    """The first answer to a request, kept for those who ask again; older ones are swept. While it
    runs, `holder` is the server's process behind the connection that claimed it."""

    __tablename__ = "idempotency"

    key: str = Field(primary_key=True)
    fingerprint: str
    status: int | None = None
    answer: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)
    asked_at: datetime = Field(sa_type=Instant, index=True)
    holder: int | None = None


class IntakeRow(SQLModel, table=True):
    """A second copy of a command that has no outcome yet; what is personal in it is sealed.
    `quarantined`: why it cannot be carried out as it is, so that it is kept for a person, who lets
    it go by taking that away and making the time of the row now: by that its age is reckoned."""

    __tablename__ = "intake"

    id: str = Field(primary_key=True)
    command: str
    logged_at: datetime = Field(sa_type=Instant, index=True)
    quarantined: str | None = None


class RateRow(SQLModel, table=True):
    """How much of somebody's due is used up: all of it is theirs again at `due_at`. Forgotten when
    the server crashes, which costs it no write to disk."""

    __tablename__ = "rates"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    caller: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=Instant)


class AcceptedRow(SQLModel, table=True):
    """A ticket that somebody was told is accepted, and by which request. `argument` starts it, for
    as long as its words can be unsealed; `agreed_at` is when its workflow and its row were last
    found to be there and to say the same."""

    __tablename__ = "accepted"
    __table_args__ = (
        Index("accepted_by_look", "looked_at"),
        Index("accepted_by_customer", "customer_id", "fingerprint"),
        Index("accepted_not_whole", "accepted_at", postgresql_where=text("agreed_at is null")),
    )

    ticket_id: str = Field(primary_key=True)
    customer_id: str
    fingerprint: str
    accepted_at: datetime = Field(sa_type=Instant, index=True)
    argument: str | None = None
    looked_at: datetime | None = Field(default=None, sa_type=Instant)
    agreed_at: datetime | None = Field(default=None, sa_type=Instant)


class LossRow(SQLModel, table=True):
    """What was found to be wrong with a ticket, and since when it is not any more."""

    __tablename__ = "losses"
    __table_args__ = (Index("losses_by_time", "found_at"),)

    ticket_id: str = Field(primary_key=True)
    fault: str = Field(primary_key=True)
    detail: str
    found_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    over_at: datetime | None = Field(default=None, sa_type=Instant)
