"""Which plans a customer holds, for whoever has to settle who pays."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlmodel import Session, col

from models.db.catalogue.tables import PlanRow
from models.db.people.tables import SubscriptionRow
from models.db.promise.paid import PaidRepository
from models.db.ticket.tables import TicketRow
from models.rules.escalation.plans import Plan, Plans
from models.rules.promise.coverage import SubscriptionStatus
from models.rules.promise.paid import Heard, PaidPlan


def plans_of(session: Session, ticket_id: str, customer_id: str) -> Plans:
    """The plans that the customer of a ticket holds: as another system last said, if one was asked
    about this ticket, or has said anything of them since it was filed; else as our own
    subscriptions say."""
    heard = PaidRepository(session).remembered(customer_id)
    if not _is_elsewhere(session.get(TicketRow, ticket_id), heard):
        return Plans(held=_ours(session, customer_id))
    if heard is None:
        return Plans(held=None)
    ids = [plan.plan_id for plan in heard.plans]
    known = {
        row.id: row for row in session.scalars(select(PlanRow).where(col(PlanRow.id).in_(ids)))
    }
    return Plans(held=tuple(_heard(plan, known) for plan in heard.plans), heard_at=heard.at)


def _is_elsewhere(ticket: TicketRow | None, heard: Heard | None) -> bool:
    """Whether another system keeps the accounts."""
    if ticket is None:
        return False
    if ticket.found and ticket.found.get("asked"):
        return True
    return heard is not None and heard.at >= ticket.opened_at


def _heard(plan: PaidPlan, known: Mapping[str, PlanRow]) -> Plan:
    ours = known.get(plan.plan_id)
    return Plan(
        name=ours.name if ours else plan.plan_id,
        status=plan.status,
        categories=tuple(ours.categories) if ours and ours.categories is not None else None,
        paid_until=plan.paid_until,
        is_ours=ours is not None,
    )


def _ours(session: Session, customer_id: str) -> tuple[Plan, ...]:
    """The oldest first."""
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
