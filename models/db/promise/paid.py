"""What was last heard of who has paid."""

from datetime import datetime
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.people.tables import CustomerRow
from models.db.promise.tables import PaidCustomerRow
from models.rules.promise.paid import Heard, PaidPlan

_PLANS: TypeAdapter[tuple[PaidPlan, ...]] = TypeAdapter(tuple[PaidPlan, ...])


class Known(NamedTuple):
    """A customer who has a file, and when it was last heard what they have paid, UTC."""

    customer_id: str
    heard_at: datetime | None


class PaidRepository:
    """The plans of each customer, as last heard."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, customer_id: str, plans: tuple[PaidPlan, ...], at: datetime) -> None:
        """Remember what was heard; what was heard later stays."""
        heard: dict[str, Any] = {
            "plans": _PLANS.dump_python(plans, mode="json"),
            "heard_at": at,
        }
        self._session.execute(
            upsert(PaidCustomerRow)
            .values(customer_id=customer_id, **heard)
            .on_conflict_do_update(
                index_elements=["customer_id"],
                set_=heard,
                where=PaidCustomerRow.__table__.c.heard_at < at,  # type: ignore[attr-defined]
            )
        )

    def remembered(self, customer_id: str) -> Heard | None:
        """What was last heard of a customer, if anything was."""
        row = self._session.get(PaidCustomerRow, customer_id)
        if row is None:
            return None
        plans = _PLANS.validate_python(row.plans)
        return Heard(plans=plans, at=row.heard_at, fresh=False)

    def known(self, after: str, most: int) -> list[Known]:
        """Customers who have a file, in the order of their ids, after one."""
        ids = select(col(CustomerRow.id)).where(col(CustomerRow.id) > after)
        some = ids.order_by(col(CustomerRow.id)).limit(most).subquery()
        found = self._session.execute(
            select(some.c.id, col(PaidCustomerRow.heard_at))
            .outerjoin(PaidCustomerRow, col(PaidCustomerRow.customer_id) == some.c.id)
            .order_by(some.c.id)
        )
        return [Known(customer_id, heard_at) for customer_id, heard_at in found]
