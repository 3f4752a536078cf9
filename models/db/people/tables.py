"""Experts with their calendars, and customers: the personal data of the house lives here and in the
ticket's papers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, SmallInteger, text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json
from models.geography import Precision


def opted_out() -> Any:
    """Who answered STOP over a channel: `{channel: {address, since}}`. It holds for that address,
    and for no other that the file may name later."""
    none = {"server_default": text("'{}'::jsonb")}
    return Field(default_factory=dict, sa_type=Json, sa_column_kwargs=none, nullable=False)


def declined() -> Any:
    """What somebody does not want to hear of: topics."""
    none = {"server_default": text("'[]'::jsonb")}
    return Field(default_factory=list, sa_type=Json, sa_column_kwargs=none, nullable=False)


class ExpertRow(SQLModel, table=True):
    """Someone who repairs. `calendar_version` counts the changes of their calendar;
    `rights_changed_at` is when their standing, area or skills last changed, or they gave time off
    back, until every ticket that it concerns was told. The database sets it itself, but for time
    off."""

    __tablename__ = "experts"
    __table_args__ = (
        Index("experts_by_zone", "zone"),
        Index(
            "experts_changed",
            "rights_changed_at",
            postgresql_where=text("rights_changed_at is not null"),
        ),
    )

    id: str = Field(primary_key=True)
    expert_no: int | None = Field(
        default=None,
        sa_type=BigInteger,
        sa_column_args=(Identity(always=True),),
        unique=True,
        nullable=False,
    )
    name: str
    status: str
    zone: str = Field(foreign_key="zones.code")
    tz: str
    locale: str
    lat: float
    lng: float
    radius_km: int
    commission_percent: str
    phone: str
    email: str
    channels: list[str] = Field(sa_type=Json, nullable=False)
    opted_out: dict[str, Any] = opted_out()
    declined: list[str] = declined()
    quiet_hours: dict[str, Any] | None = Field(default=None, sa_type=Json)
    calendar_version: int = 0
    rights_changed_at: datetime | None = Field(default=None, sa_type=Instant)


class ExpertSkillRow(SQLModel, table=True):
    """A skill that an expert holds."""

    __tablename__ = "expert_skills"
    __table_args__ = (
        Index("expert_skills_by_skill", "skill", "expert_id"),
        Index(
            "expert_skills_ending", "expires_at", postgresql_where=text("expires_at is not null")
        ),
    )

    expert_id: str = Field(primary_key=True, foreign_key="experts.id")
    skill: str = Field(primary_key=True, foreign_key="skills.code")
    level: int
    expires_at: datetime | None = Field(default=None, sa_type=Instant)


class ExpertToolRow(SQLModel, table=True):
    """A tool that an expert has, as they call it, in small letters."""

    __tablename__ = "expert_tools"
    __table_args__ = (Index("expert_tools_by_tool", "tool", "expert_id"),)

    expert_id: str = Field(primary_key=True, foreign_key="experts.id")
    tool: str = Field(primary_key=True)


class AvailabilityRow(SQLModel, table=True):
    """A stretch of an expert's week, in their local time: 0 is Monday, minutes from midnight."""

    __tablename__ = "availability"

    expert_id: str = Field(primary_key=True, foreign_key="experts.id")
    weekday: int = Field(primary_key=True)
    from_minute: int = Field(primary_key=True)
    to_minute: int


class TimeOffRow(SQLModel, table=True):
    """When an expert does not work."""

    __tablename__ = "time_off"
    __table_args__ = (Index("time_off_by_expert", "expert_id", "start_at"),)

    id: str = Field(primary_key=True)
    expert_id: str = Field(foreign_key="experts.id")
    start_at: datetime = Field(sa_type=Instant)
    end_at: datetime = Field(sa_type=Instant)


class ErrandRow(SQLModel, table=True):
    """What an expert does on a day of theirs that is no visit."""

    __tablename__ = "errands"
    __table_args__ = (Index("errands_by_expert", "expert_id", "day", "added_at"),)

    id: str = Field(primary_key=True)
    expert_id: str = Field(foreign_key="experts.id")
    day: date
    title: str
    minutes: int
    lat: float
    lng: float
    start_at: datetime | None = Field(default=None, sa_type=Instant)
    end_at: datetime | None = Field(default=None, sa_type=Instant)
    added_at: datetime = Field(sa_type=Instant)


class PositionRow(SQLModel, table=True):
    """An expert who lets us know where they are, and where they last were. Without the row they do
    not, and nothing is known."""

    __tablename__ = "expert_positions"

    expert_id: str = Field(primary_key=True, foreign_key="experts.id")
    lat: float | None = None
    lng: float | None = None
    seen_at: datetime | None = Field(default=None, sa_type=Instant)


class RouteRow(SQLModel, table=True):
    """A route as an expert was given it; a new one when it is another. `made_of` is what makes it
    another: its stops, their order and times, and how it goes."""

    __tablename__ = "expert_routes"

    expert_id: str = Field(primary_key=True, foreign_key="experts.id")
    day: date = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    due_at: datetime = Field(sa_type=Instant)
    status: str
    made_of: str
    route: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    updated_at: datetime = Field(sa_type=Instant)


class CustomerRow(SQLModel, table=True):
    """Someone whose appliances break."""

    __tablename__ = "customers"

    id: str = Field(primary_key=True)
    name: str
    zone: str = Field(foreign_key="zones.code")
    street: str
    city: str
    region: str
    postcode: str
    country: str
    lat: float
    lng: float
    precision: str = Field(default=Precision.EXACT, sa_column_kwargs={"server_default": "exact"})
    tz: str
    locale: str
    phone: str
    email: str
    channels: list[str] = Field(sa_type=Json, nullable=False)
    opted_out: dict[str, Any] = opted_out()
    declined: list[str] = declined()
    quiet_hours: dict[str, Any] | None = Field(default=None, sa_type=Json)


class SubscriptionRow(SQLModel, table=True):
    """A plan that a customer holds."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("subscriptions_by_customer", "customer_id"),)

    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="customers.id")
    plan_id: str = Field(foreign_key="plans.id")
    status: str
    anchor_day: int
    started_on: date


class RouteChangeRow(SQLModel, table=True):
    """That something changed on a day of an expert's, whose route is to be written down."""

    __tablename__ = "route_changes"

    id: int = Field(sa_column=Column(BigInteger, Identity(), primary_key=True))
    expert_id: str
    day: date


class WayRow(SQLModel, table=True):
    """What a map server said of how long the way from one place to another takes: places in
    ten-thousandths of a degree, and nothing of whose they are. `server` is its place in the
    chain."""

    __tablename__ = "ways"
    __table_args__ = (
        Index("ways_back", "to_lat", "to_lng"),
        Index("ways_by_age", "answered_at", postgresql_using="brin"),
    )

    from_lat: int = Field(primary_key=True)
    from_lng: int = Field(primary_key=True)
    to_lat: int = Field(primary_key=True)
    to_lng: int = Field(primary_key=True)
    server: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    source: str
    minutes: int
    answered_at: datetime = Field(sa_type=Instant)
