"""How much one caller may ask: so many a minute, twice as many at once.

What changes something is counted in the database, whichever process hears it; what only reads, in
each process for itself, because counting would cost more than reading. Whoever has no token is
known by their address. An outage never stands in the way of a ticket: where the database does not
answer at once, each process counts what it hears itself.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic
from typing import Any, NamedTuple, TypeVar
from weakref import WeakSet

from fastapi import Request

from api.http.counting import Counter
from models.db.engine import Database
from models.db.intake.rates import Asked, Filer
from models.errors import RateLimited

BURST = 2
"""Minutes' worth that may be asked at once."""
_AT_ONCE = 0.5
"""Seconds for which the database is waited for."""
_MOST_REMEMBERED = 10_000
_MINUTE = timedelta(minutes=1)
_SEE_TO_IT = 300
"""Seconds to wait for a person, who sees to what is open."""


_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_FILING: WeakSet[Callable[..., Any]] = WeakSet()


def counted_as_filing(endpoint: _Endpoint) -> _Endpoint:
    """Mark an endpoint at which customers file, as often as they may file and no oftener."""
    _FILING.add(endpoint)
    return endpoint


def is_filing(request: Request) -> bool:
    """Whether somebody files with it."""
    return request.scope.get("endpoint") in _FILING


class Rates(NamedTuple):
    """How much one caller may ask a minute; none, as much as they like."""

    filing: int | None = None
    command: int | None = None
    read: int | None = None
    unactionable: int | None = None
    """Tickets of a customer that nobody can act upon: so many a minute, and open at one time."""


UNLIMITED = Rates()


class _Limit(NamedTuple):
    kind: str
    rate: int

    @property
    def each(self) -> timedelta:
        return _MINUTE / self.rate

    @property
    def most(self) -> timedelta:
        return _MINUTE * BURST

    def stated(self, asked: Asked) -> dict[str, str]:
        """What the answer says of the limit."""
        left = (self.most.total_seconds() - asked.owed) / self.each.total_seconds()
        return {
            "RateLimit-Policy": f"{self.rate};w=60;burst={self.rate * BURST}",
            "RateLimit-Limit": str(self.rate),
            "RateLimit-Remaining": str(max(0, math.floor(left + 1e-6))),
            "RateLimit-Reset": str(math.ceil(asked.owed)),
        }

    def refusal(self, asked: Asked) -> RateLimited:
        wait = asked.owed + self.each.total_seconds() - self.most.total_seconds()
        return RateLimited(
            "rate-limited",
            f"More than {self.rate} a minute is too much for one caller.",
            limit=self.rate,
            retry_after=max(1, math.ceil(wait)),
        )


class _Counted(NamedTuple):
    caller: str
    limit: _Limit

    @property
    def name(self) -> str:
        return f"{self.limit.kind} {self.caller}"


class Limits:
    """The limits of this process.

    Args:
        database: where changes are counted; none: here.
        rates: how much one caller may ask.
        seconds: for which the database is waited for.
    """

    def __init__(
        self, database: Database | None = None, rates: Rates = UNLIMITED, seconds: float = _AT_ONCE
    ) -> None:
        self._counter = Counter(database, seconds) if database else None
        self._rates = rates
        self._remembered: OrderedDict[str, float] = OrderedDict()

    async def admit(self, request: Request, caller: str, *, is_customer: bool = False) -> None:
        """Let a request of somebody in; its answer says how much they have left.

        Raises:
            RateLimited: `rate-limited`, with the seconds to wait.
        """
        limit = self._limit(request, is_customer=is_customer)
        if limit is None:
            if is_customer and is_filing(request):
                await self._look_at_filer(request, caller)
            return
        if limit.kind == "read":
            asked = self._read(caller, limit)
        else:
            counted = _Counted(caller, limit)
            asked = await self._asked(request, counted)
            if asked.is_taken and self._counter is not None:
                request.state.counted = counted
        request.state.rate_limit = limit.stated(asked)
        if not asked.is_taken:
            raise limit.refusal(asked)

    async def admit_unactionable(self, request: Request, caller: str) -> None:
        """Let in a ticket of a customer that nobody can act upon; their other tickets are not
        asked about here.

        Raises:
            RateLimited: `too-many-unactionable-tickets`, with the seconds to wait.
        """
        rate = self._rates.unactionable
        if not rate:
            return
        filer: Filer | None = getattr(request.state, "filer", None)
        if filer is not None and filer.unactionable >= rate:
            raise _too_many(rate, _SEE_TO_IT)
        limit = _Limit("unactionable", rate)
        asked = await self._count(_Counted(caller, limit), _MINUTE)
        if not asked.is_taken:
            wait = asked.owed + limit.each.total_seconds() - _MINUTE.total_seconds()
            raise _too_many(rate, max(1, math.ceil(wait)))

    async def _asked(self, request: Request, counted: _Counted) -> Asked:
        """A change is asked for, and who files, where that matters."""
        is_filed = counted.limit.kind == "filing" and self._rates.unactionable
        customer = _subject(counted.caller) if is_filed else None
        asked = await self._count(counted, counted.limit.most, customer)
        request.state.filer = asked.filer
        return asked

    async def _look_at_filer(self, request: Request, caller: str) -> None:
        """Who files, though they may file as much as they like."""
        if self._counter is not None and self._rates.unactionable:
            nothing, customer = timedelta(0), _subject(caller)
            asked = await self._counter.ask(f"filing {caller}", nothing, _MINUTE, customer)
            request.state.filer = asked and asked.filer

    async def _count(
        self, counted: _Counted, most: timedelta, customer: str | None = None
    ) -> Asked:
        """In the database; here, where that does not answer."""
        asked = None
        if self._counter is not None:
            asked = await self._counter.ask(counted.name, counted.limit.each, most, customer)
        return asked or self._remember(counted.name, counted.limit.each, most)

    def admits_reading(self, caller: str) -> bool:
        """Whether somebody may read once more, which is counted."""
        rate = self._rates.read
        return not rate or self._read(caller, _Limit("read", rate)).is_taken

    async def give_back(self, request: Request) -> None:
        """Let a request that was let in cost a reading and no more: nothing came of it but an old
        answer."""
        counted: _Counted | None = getattr(request.state, "counted", None)
        if counted is None or self._counter is None or not self.admits_reading(counted.caller):
            return
        asked = await self._counter.give_back(counted.name, counted.limit.each)
        if asked is not None:
            request.state.rate_limit = counted.limit.stated(asked)

    def close(self) -> None:
        """Let go of the threads; what hangs in one is abandoned."""
        if self._counter is not None:
            self._counter.close()

    def _limit(self, request: Request, *, is_customer: bool) -> _Limit | None:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            kind, rate = "read", self._rates.read
        elif is_customer and is_filing(request):
            kind, rate = "filing", self._rates.filing
        else:
            kind, rate = "command", self._rates.command
        return _Limit(kind, rate) if rate else None

    def _read(self, caller: str, limit: _Limit) -> Asked:
        return self._remember(caller, limit.each, limit.most)

    def _remember(self, caller: str, each: timedelta, most: timedelta) -> Asked:
        now, cost = monotonic(), each.total_seconds()
        due = max(now, self._remembered.pop(caller, now))
        is_taken = due + cost <= now + most.total_seconds()
        self._remembered[caller] = due = due + cost if is_taken else due
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return Asked(is_taken, due - now)


def _subject(caller: str) -> str:
    return caller.partition(" ")[2]


def _too_many(rate: int, wait: int) -> RateLimited:
    return RateLimited(
        "too-many-unactionable-tickets",
        f"More than {rate} tickets of yours that nobody can act upon yet are too many, open or in "
        "a minute.",
        limit=rate,
        retry_after=wait,
    )


NO_LIMITS = Limits()


def limits_of(request: Request) -> Limits:
    """Those of the application that was asked; it need not have any."""
    found: Limits = getattr(request.app.state, "limits", NO_LIMITS)
    return found


def stated(state: Mapping[str, object]) -> list[tuple[bytes, bytes]]:
    """The headers that say how much whoever asked has left."""
    found = state.get("rate_limit")
    named = found if isinstance(found, dict) else {}
    return [(name.lower().encode(), str(value).encode()) for name, value in named.items()]
