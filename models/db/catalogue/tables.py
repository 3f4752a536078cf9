"""Reference data: what the company knows before the first ticket."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, text
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json


class SkillRow(SQLModel, table=True):
    """A skill."""

    __tablename__ = "skills"

    code: str = Field(primary_key=True)
    name: str
    category: str


class CategoryRow(SQLModel, table=True):
    """A kind of appliance, how long a visit takes and the skills it needs."""

    __tablename__ = "categories"

    code: str = Field(primary_key=True)
    name: str
    visit_minutes: int
    skills: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)


class ModelRow(SQLModel, table=True):
    """An appliance model."""

    __tablename__ = "models"

    id: str = Field(primary_key=True)
    brand: str
    designation: str
    category: str = Field(foreign_key="categories.code", index=True)


class PlanRow(SQLModel, table=True):
    """A support plan; no categories, it covers every one. Amounts in minor units; `sla` has the
    targets, by urgency, that differ from the policies."""

    __tablename__ = "plans"

    id: str = Field(primary_key=True)
    name: str
    currency: str
    price: int
    interval: str
    categories: list[str] | None = Field(default=None, sa_type=Json, nullable=True)
    included_visits: int
    urgent_fee: int
    sla: dict[str, Any] | None = Field(default=None, sa_type=Json, nullable=True)


class ZoneRow(SQLModel, table=True):
    """A service area with its tariff, in minor units of its currency."""

    __tablename__ = "zones"

    code: str = Field(primary_key=True)
    city: str
    country: str
    tz: str
    currency: str
    lat: float
    lng: float
    address_mask: str
    call_out_fee: int
    hourly_rate: int
    urgent_fee: int
    hours: dict[str, Any] = Field(sa_type=Json, nullable=False)


class PolicyRow(SQLModel, table=True):
    """A policy that was changed from its default for everybody of an urgency; ISO 8601."""

    __tablename__ = "policies"

    name: str = Field(primary_key=True)
    urgency: str = Field(primary_key=True)
    value: str


class ParticularPolicyRow(SQLModel, table=True):
    """The same for the tickets of a zone, of a plan, or both; "" is any."""

    __tablename__ = "particular_policies"

    name: str = Field(primary_key=True)
    urgency: str = Field(primary_key=True)
    zone: str = Field(default="", primary_key=True, sa_column_kwargs={"server_default": ""})
    plan: str = Field(default="", primary_key=True, sa_column_kwargs={"server_default": ""})
    value: str


class PolicyChangeRow(SQLModel, table=True):
    """That policies, or the flags that act as such, became others: for which tickets, and when the
    running ones among them had all heard of it. What is left out is any."""

    __tablename__ = "policy_changes"
    __table_args__ = (
        Index("policy_changes_untold", "version", postgresql_where=text("told_at is null")),
    )

    version: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    urgency: str | None = None
    zone: str | None = None
    plan: str | None = None
    made_at: datetime = Field(sa_type=Instant)
    told_at: datetime | None = Field(default=None, sa_type=Instant)
