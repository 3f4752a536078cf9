"""Who pays for a ticket, where another system keeps the accounts. Without one, our own rows say."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from activities.gateways.coverage import CoverageGateway, CoverageUnavailable
from models.catalogue.nouns import SupportPlan
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.promise.paid import PaidRepository
from models.rules.promise.coverage import HeldPlan, SubscriptionStatus
from models.rules.promise.paid import Heard, Said, held_by
from models.rules.ticket.admission import Found
from models.status import FINE, PartState, Seen, last_heard

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class Accounts:
    """Whoever keeps the accounts, if another system does."""

    def __init__(
        self, gateway: CoverageGateway | None = None, clock: Callable[[], datetime] = _now
    ) -> None:
        self._gateway = gateway
        self._clock = clock

    @property
    def are_elsewhere(self) -> bool:
        """Whether another system keeps them."""
        return self._gateway is not None

    def ask(self, customer_id: str) -> Said | None:
        """What they say now of a customer; None where our own rows say. It may take as long as they
        are waited for: no session is open meanwhile."""
        if self._gateway is None:
            return None
        try:
            plans = self._gateway.plans_of(customer_id)
        except CoverageUnavailable as away:
            log.warning("accounts_unavailable", reason=away.reason)
            return Said(plans=None, at=self._clock())
        return Said(plans=plans, at=self._clock())

    def seen(self) -> Seen:
        """Whether whoever keeps them answers, for whoever tells how the house does; while they do
        not, what they said before stands."""
        if self._gateway is None:
            return FINE
        if not self._gateway.is_down:
            return last_heard(self._gateway.heard_at)
        return Seen(PartState.STALE, self._gateway.heard_at)

    def look_again(self) -> None:
        """Ask somebody who counts as down once more, in case nobody else asks: how else would it be
        known that they are back?"""
        if self._gateway is not None:
            self._gateway.look_again()

    def close(self) -> None:
        """Let connections go."""
        if self._gateway is not None:
            self._gateway.close()


def with_paid(session: Session, customer_id: str, said: Said | None, found: Found) -> Found:
    """What is known of a ticket, with the plans that its customer was said to hold, which is
    remembered; or with those that are remembered, where nobody said."""
    if said is None or found.asked:
        return found
    heard = _heard(PaidRepository(session), customer_id, said)
    if heard is None:
        return found.but(plans=(), known=False, asked=True)
    known = {plan.id: _held(plan) for plan in ReferenceReads(session).plans()}
    return found.but(
        plans=held_by(heard, known, said.at),
        heard_at=None if heard.fresh else heard.at,
        asked=True,
    )


def _heard(papers: PaidRepository, customer_id: str, said: Said) -> Heard | None:
    if said.plans is None:
        return papers.remembered(customer_id)
    papers.keep(customer_id, said.plans, said.at)
    return Heard(plans=said.plans, at=said.at, fresh=True)


def _held(plan: SupportPlan) -> HeldPlan:
    return HeldPlan.model_validate(
        {**plan.model_dump(), "plan_id": plan.id, "status": SubscriptionStatus.ACTIVE}
    )
