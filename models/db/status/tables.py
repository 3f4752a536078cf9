"""What each process says of the parts that it sees, since when one is away, and who wants to know
when all is back."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant


class StandingRow(SQLModel, table=True):
    """How one process saw a part when it last said so, at `seen_at`. Of one that is ok, `as_of` is
    when that process last heard an answer of it, where that may be a while ago."""

    __tablename__ = "standings"

    part: str = Field(primary_key=True)
    process: str = Field(primary_key=True)
    state: str
    since: datetime | None = Field(default=None, sa_type=Instant)
    as_of: datetime | None = Field(default=None, sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)


class OutageRow(SQLModel, table=True):
    """The last time that a part was stale or away; it is, where there is no `ended_at`."""

    __tablename__ = "outages"

    part: str = Field(primary_key=True)
    state: str
    since: datetime = Field(sa_type=Instant)
    as_of: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class StatusSubscriptionRow(SQLModel, table=True):
    """A customer who asked, at `asked_at`, to be told when all is back; None when they were told,
    which was last at `told_at`."""

    __tablename__ = "status_subscriptions"
    __table_args__ = (
        Index(
            "status_subscriptions_asked",
            "asked_at",
            postgresql_where=text("asked_at is not null"),
        ),
    )

    customer_id: str = Field(primary_key=True)
    asked_at: datetime | None = Field(default=None, sa_type=Instant)
    told_at: datetime | None = Field(default=None, sa_type=Instant)
