"""Flags: what is said of each, and why it was said."""

from typing import Any

from sqlmodel import Field, SQLModel

from models.db.columns import Json


class FlagRow(SQLModel, table=True):
    """A flag that somebody changed, and for whom it is on since."""

    __tablename__ = "flags"

    key: str = Field(primary_key=True)
    rollout: dict[str, Any] = Field(sa_type=Json, nullable=False)


class FlagNoteRow(SQLModel, table=True):
    """Why somebody changed a flag, in words that stand in no event."""

    __tablename__ = "flag_notes"

    id: str = Field(primary_key=True)
    body: str
