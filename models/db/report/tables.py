"""Surveys."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.db.columns import Instant


class SurveyRow(SQLModel, table=True):
    """One question a round; the token in its link is signed, not stored."""

    __tablename__ = "surveys"
    __table_args__ = (UniqueConstraint("ticket_id", "round"),)

    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="tickets.id")
    round: int
    state: str
    opened_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    rating: int | None = None
    comment: str | None = None
