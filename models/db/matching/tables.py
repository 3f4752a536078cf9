"""Who offers to come, who is booked, where the database decides, and why."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Computed, text
from sqlalchemy.dialects.postgresql import INT8RANGE, TSTZRANGE, ExcludeConstraint
from sqlmodel import Field, Index, SQLModel

from models.db.columns import Instant, Json
from models.geography import Precision
from models.visit import AssignmentState

FREED = (AssignmentState.RELEASED,)
"""The states of an assignment that holds its expert no more."""
LIVE = "state <> 'RELEASED'"
"""The assignments that hold their expert."""
KEEPS_UNTIL = "least(end_at, done_at)"
"""Until when an assignment keeps its expert from being elsewhere: the plan, or when they were done.
One that was done before its start keeps them from nothing."""
CUT_SHORT = """(a.start_at < least(a.end_at, a.done_at)
    and (isempty(a.blocked) or upper(a.blocked) < least(a.end_at, a.done_at)))"""
"""That the assignment `a` goes on in time that was given to somebody else: its expert was done, and
then was not, and their reservation stayed shorter."""
ONE_A_POSITION = "one_expert_a_position"
HOLDS_ITS_POSITION = f"{LIVE} and relieved_by is null"
"""Somebody else comes in the place of who is relieved, and nobody is let go before they were told.
"""


class ProposalRow(SQLModel, table=True):
    """An expert's offer for a visit."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index("proposals_by_visit", "visit_id", "seq"),
        Index("proposals_by_expert", "expert_id", "state"),
    )

    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id")
    visit_id: str
    expert_id: str = Field(foreign_key="experts.id")
    seq: int
    state: str
    windows: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)


class AssignmentRow(SQLModel, table=True):
    """One expert on one position of one visit. Rows are never deleted. `relieved_by` is the
    assignment that takes its place.

    `blocked` is the visit and the way to it, until its expert was done (`done_at`). Live
    assignments of one expert never overlap in it: the constraint holds whoever writes
    (invariant I2).
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
            postgresql_where=text(HOLDS_ITS_POSITION),
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
    relieved_by: str | None = None
    start_at: datetime = Field(sa_type=Instant)
    end_at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    blocked: Any = Field(sa_type=TSTZRANGE, nullable=False)
    expert: Any = Field(
        default=None,
        sa_type=INT8RANGE,
        sa_column_args=(Computed("int8range(expert_no, expert_no, '[]')", persisted=True),),
    )
    lat: float
    lng: float
    precision: str = Field(default=Precision.EXACT, sa_column_kwargs={"server_default": "exact"})


class DecisionRow(SQLModel, table=True):
    """What a booking was decided from, and what was decided; one a group and round."""

    __tablename__ = "decisions"

    group_id: str = Field(primary_key=True)
    round: int = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id", index=True)
    decided_at: datetime = Field(sa_type=Instant)
    problem: dict[str, Any] = Field(sa_type=Json, nullable=False)
    settlement: dict[str, Any] = Field(sa_type=Json, nullable=False)
