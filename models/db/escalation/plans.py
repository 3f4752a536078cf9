"""Which plans a customer holds, for whoever has to settle who pays."""

from sqlalchemy import select
from sqlmodel import Session, col

from models.db.catalogue.tables import PlanRow
from models.db.people.tables import SubscriptionRow
from models.rules.escalation.kind import Plan
from models.rules.promise.coverage import SubscriptionStatus


def plans_of(session: Session, customer_id: str) -> tuple[Plan, ...]:
    """The plans that a customer holds, the oldest first."""
    plan, held = PlanRow, SubscriptionRow
    found = session.execute(
        select(col(plan.name), col(held.status), col(plan.categories))
        .join(plan, col(plan.id) == col(held.plan_id))
        .where(col(held.customer_id) == customer_id)
        .order_by(col(held.started_on), col(held.id))
    )
    return tuple(
        Plan(name=name, status=SubscriptionStatus(status), categories=categories)
        for name, status, categories in found
    )
