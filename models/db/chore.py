"""What one of several processes does for all."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.db.columns import Instant


class ChoreRow(SQLModel, table=True):
    """When a chore was last begun; whoever moves that does it."""

    __tablename__ = "chores"

    name: str = Field(primary_key=True)
    done_at: datetime = Field(sa_type=Instant)
