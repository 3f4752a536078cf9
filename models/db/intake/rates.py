"""How much somebody asks, whichever process they ask."""

from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from models.db.engine import Database

_ASKED = """with taken as (
    insert into rates as r (caller, due_at) values (%(caller)s, now() + %(each)s)
    on conflict (caller) do update set due_at = greatest(r.due_at, now()) + %(each)s
    where greatest(r.due_at, now()) + %(each)s <= now() + %(most)s
    returning due_at)
select exists (select from taken), extract(epoch from greatest(now(), coalesce(
    (select due_at from taken), (select due_at from rates where caller = %(caller)s))) - now())"""
"""The generic cell rate algorithm: every request moves the moment at which all is paid off, none
further ahead than a burst."""
_GIVEN_BACK = """update rates set due_at = greatest(due_at - %(each)s, now())
where caller = %(caller)s returning extract(epoch from due_at - now())"""
_SWEPT = "delete from rates where due_at < now() returning 1"


class Asked(NamedTuple):
    """Whether a request is taken, and the seconds until all that was asked is paid off."""

    is_taken: bool
    owed: float


class RateRepository:
    """Callers by what they owe. Names are kept as hashes: an address is personal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, caller: str, each: timedelta, most: timedelta) -> Asked:
        """One request of somebody, which costs `each`, and nobody owes more than `most`."""
        [(is_taken, owed)] = self._database.rows_at_once(
            _ASKED, {"caller": _named(caller), "each": each, "most": most}
        )
        return Asked(is_taken, float(owed))

    def give_back(self, caller: str, each: timedelta) -> Asked:
        """What one request of somebody cost, which was nothing new."""
        given = {"caller": _named(caller), "each": each}
        owed = [float(seconds) for (seconds,) in self._database.rows_at_once(_GIVEN_BACK, given)]
        return Asked(is_taken=True, owed=max(owed, default=0.0))

    def sweep(self) -> None:
        """Forget whoever owes nothing."""
        self._database.rows_at_once(_SWEPT, {})


def _named(caller: str) -> str:
    return sha256(caller.encode()).hexdigest()
