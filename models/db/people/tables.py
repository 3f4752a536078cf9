"""Experts with their calendars, and customers: the personal data of the house lives here and in the
ticket's papers."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Identity
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json


class ExpertRow(SQLModel, table=True):
    """Someone who repairs. `calendar_version` counts the changes of their calendar."""

    __tablename__ = "experts"
    __table_args__ = (Index("experts_by_zone", "zone"),)

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
    calendar_version: int = 0


class ExpertSkillRow(SQLModel, table=True):
    """A skill that an expert holds."""

    __tablename__ = "expert_skills"
    __table_args__ = (Index("expert_skills_by_skill", "skill", "expert_id"),)

    expert_id: str = Field(primary_key=True, foreign_key="experts.id")
    skill: str = Field(primary_key=True, foreign_key="skills.code")
    level: int
    expires_at: datetime | None = Field(default=None, sa_type=Instant)


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
    tz: str
    locale: str
    phone: str
    email: str
    channels: list[str] = Field(sa_type=Json, nullable=False)


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
