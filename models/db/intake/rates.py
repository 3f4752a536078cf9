"""How much somebody asks, whichever process they ask."""

from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from models.db.engine import Database
from models.rules.promise.coverage import HeldPlan, SubscriptionStatus
from models.rules.promise.paid import Heard, held_by

_ASKED = """with taken as (
    insert into rates as r (caller, due_at) values (%(caller)s, now() + %(each)s)
    on conflict (caller) do update set due_at = greatest(r.due_at, now()) + %(each)s
    where greatest(r.due_at, now()) + %(each)s <= now() + %(most)s
    returning due_at)
select exists (select from taken), extract(epoch from greatest(now(), coalesce(
    (select due_at from taken), (select due_at from rates where caller = %(caller)s))) - now())"""
"""The generic cell rate algorithm: every request moves the moment at which all is paid off, none
further ahead than a burst."""
_FILER = """, (select count(*) from (
    select from tickets where customer_id = %(customer)s and status in ('REVIEW', 'MATCHING')
    and (status = 'REVIEW' or slots = '[]'
        or coverage not in ('COVERED', 'WAIVED', 'PAY_PER_JOB')) limit %(look)s) as t),
(select coalesce(jsonb_agg(jsonb_build_object(
    'plan_id', p.id, 'status', s.status, 'categories', p.categories,
    'included_visits', p.included_visits, 'price', p.price)), '[]')
    from subscriptions s join plans p on p.id = s.plan_id where s.customer_id = %(customer)s),
(select jsonb_build_object('plans', c.plans, 'at', c.heard_at, 'known', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'plan_id', p.id, 'categories', p.categories,
        'included_visits', p.included_visits, 'price', p.price)), '[]')
    from plans p where p.id in (
        select held ->> 'plan_id' from jsonb_array_elements(c.plans) as held)))
    from paid_customers c where c.customer_id = %(customer)s)"""
"""Of somebody who files: how many of their tickets nobody can act upon, and what may pay for one;
of those of whom another system was heard, as it said. In the same statement it costs no other way
to the database."""
_LOOK = 100
_GIVEN_BACK = """update rates set due_at = greatest(due_at - %(each)s, now())
where caller = %(caller)s returning extract(epoch from due_at - now())"""
_SWEPT = "delete from rates where due_at < now() returning 1"


class Filer(NamedTuple):
    """What is known of a customer who files: how many of their open tickets nobody can act upon, no
    more than a hundred, and the plans that they hold."""

    unactionable: int
    plans: tuple[HeldPlan, ...]


class Asked(NamedTuple):
    """Whether a request is taken, and the seconds until all that was asked is paid off; who files,
    where that was asked for."""

    is_taken: bool
    owed: float
    filer: Filer | None = None


class RateRepository:
    """Callers by what they owe. Names are kept as hashes: an address is personal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(
        self, caller: str, each: timedelta, most: timedelta, customer: str | None = None
    ) -> Asked:
        """One request of somebody, which costs `each`, and nobody owes more than `most`; with what
        is known of the `customer` who files."""
        values = {"caller": _named(caller), "each": each, "most": most}
        if customer is None:
            [(is_taken, owed)] = self._database.rows_at_once(_ASKED, values)
            return Asked(is_taken, float(owed))
        values |= {"customer": customer, "look": _LOOK}
        [(is_taken, owed, unactionable, ours, heard)] = self._database.rows_at_once(
            _ASKED + _FILER, values
        )
        held = _as_heard(heard) if heard else map(HeldPlan.model_validate, ours)
        return Asked(is_taken, float(owed), Filer(unactionable, tuple(held)))

    def give_back(self, caller: str, each: timedelta) -> Asked:
        """What one request of somebody cost, which was nothing new."""
        given = {"caller": _named(caller), "each": each}
        owed = [float(seconds) for (seconds,) in self._database.rows_at_once(_GIVEN_BACK, given)]
        return Asked(is_taken=True, owed=max(owed, default=0.0))

    def sweep(self) -> None:
        """Forget whoever owes nothing."""
        self._database.rows_at_once(_SWEPT, {})


def _as_heard(heard: dict[str, Any]) -> tuple[HeldPlan, ...]:
    """The plans that whoever keeps the accounts said, whatever day they are paid until: of today
    they are asked when the ticket is admitted."""
    known = {
        plan["plan_id"]: HeldPlan.model_validate({**plan, "status": SubscriptionStatus.ACTIVE})
        for plan in heard["known"]
    }
    said = Heard.model_validate({"plans": heard["plans"], "at": heard["at"], "fresh": True})
    return held_by(said, known, said.at)


def _named(caller: str) -> str:
    return sha256(caller.encode()).hexdigest()
