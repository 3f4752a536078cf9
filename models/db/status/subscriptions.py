"""Customers who want to know when nothing is stale or away any more."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from models.db.effect import Effect, in_turn, next_seq, take_effect
from models.event import OURSELVES, event_of
from models.events.status import ServiceRestored
from models.message.notification import Intent
from models.status import SETTLING
from models.subject import THE_HOUSE

MOST = 200
"""Who are told in one unit of work."""
_ASK = text("""insert into status_subscriptions as s (customer_id, asked_at)
values (:customer, :at)
on conflict (customer_id) do update set asked_at = least(s.asked_at, excluded.asked_at)
where s.told_at is null or s.told_at < excluded.asked_at""")
_SETTLED_AT = text("""select coalesce(max(ended_at), now() - :settling) from outages
having max(ended_at) is null or max(ended_at) <= now() - :settling""")
_WAITING = text("""with waiting as materialized (
    select customer_id, asked_at from status_subscriptions
    where asked_at <= now() - :settling and (told_at is null or told_at <= now() - :quiet)
    order by asked_at limit :most for update skip locked)
update status_subscriptions s set asked_at = null, told_at = now()
from waiting where s.customer_id = waiting.customer_id
returning s.customer_id, waiting.asked_at, now() as at""")


class SubscriptionRepository:
    """Who asked to be told, and tells them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, customer_id: str, at: datetime) -> None:
        """A customer wants to be told, since `at`. Asked again before they are, it is one wish; one
        that comes late, after they were told, is none."""
        self._session.execute(_ASK, {"customer": customer_id, "at": at})

    def tell(self, quiet: timedelta) -> int:
        """Have those told who wait, while nothing is stale or away, unless something was a moment
        ago: so many. Whoever was told within `quiet` waits on. It is told with the wish struck out,
        so once."""
        settled_at: datetime | None = self._session.scalar(_SETTLED_AT, {"settling": SETTLING})
        if settled_at is None:
            return 0
        found = self._session.execute(
            _WAITING, {"settling": SETTLING, "quiet": quiet, "most": MOST}
        ).all()
        if found:
            wishes = {wish.customer_id: wish.asked_at for wish in found}
            self._record(wishes, settled_at, found[0].at)
        return len(found)

    def _record(self, wishes: Mapping[str, datetime], settled_at: datetime, now: datetime) -> None:
        seq = next_seq(self._session, THE_HOUSE)
        facts = ServiceRestored(at=settled_at.isoformat(), told=len(wishes))
        event = event_of(facts, THE_HOUSE.id, seq, now, OURSELVES, settled_at)
        intents = [
            Intent(
                event_id=event.id,
                recipient_role="customer",
                recipient_id=customer,
                template=ServiceRestored.tells.template,
                # Should it not be told after all, they have waited since then.
                facts={"asked_at": asked_at.isoformat()},
            )
            for customer, asked_at in wishes.items()
        ]
        moved = take_effect(
            self._session, in_turn(THE_HOUSE, seq), Effect(THE_HOUSE, (event,), intents)
        )
        assert moved, "of all workers one tells at a time"
