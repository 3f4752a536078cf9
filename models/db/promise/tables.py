"""Who has paid, as it was last heard from whoever keeps the accounts."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.db.columns import Instant, Json


class PaidCustomerRow(SQLModel, table=True):
    """The plans that a customer was last heard to hold."""

    __tablename__ = "paid_customers"

    customer_id: str = Field(primary_key=True)
    plans: list[dict[str, Any]] = Field(sa_type=Json, nullable=False)
    heard_at: datetime = Field(sa_type=Instant)
