"""The experts' calendars, where the database decides."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Computed, text
from sqlalchemy.dialects.postgresql import INT8RANGE, TSTZRANGE, ExcludeConstraint
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant
from models.visit import AssignmentState

FREED = (AssignmentState.RELEASED, AssignmentState.CANNOT_ARRIVE)
"""The states of an assignment that holds its expert no more."""
LIVE = "state not in ('RELEASED', 'CANNOT_ARRIVE')"
"""The assignments that hold their expert."""


ONE_A_POSITION = "one_expert_a_position"


class AssignmentRow(SQLModel, table=True):
    """One expert on one position of one visit. Rows are never deleted.

    `blocked` is the visit and the way to it. Live assignments of one expert never overlap in it:
    the constraint holds whoever writes (invariant I2).
    """

    __tablename__ = "assignments"
    __table_args__ = (
        ExcludeConstraint(
            ("expert", "="),
            ("blocked", "&&"),
            name="one_place_at_a_time",
            using="gist",
            where=text(LIVE),
        ),
        Index("assignments_by_visit", "visit_id"),
        Index("assignments_by_expert", "expert_id", "start_at"),
        Index(
            ONE_A_POSITION,
            "visit_id",
            "position",
            unique=True,
            postgresql_where=text(LIVE),
        ),
    )

    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id")
    group_id: str
    round: int
    visit_id: str
    position: int
    expert_id: str = Field(foreign_key="experts.id")
    expert_no: int = Field(sa_type=BigInteger)
    proposal_id: str | None = None
    source: str
    state: str
    start_at: datetime = Field(sa_type=Instant)
    end_at: datetime = Field(sa_type=Instant)
    blocked: Any = Field(sa_type=TSTZRANGE, nullable=False)
    expert: Any = Field(
        default=None,
        sa_type=INT8RANGE,
        sa_column_args=(Computed("int8range(expert_no, expert_no, '[]')", persisted=True),),
    )
    lat: float
    lng: float


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
