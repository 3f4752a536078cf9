"""Counting in the database what callers change, so that no caller can stop the count of others."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic

import structlog

from api.http import asking
from models.db.engine import Database
from models.db.intake.rates import Asked, RateRepository

log = structlog.get_logger("api.http.limits")

_THREADS = 2
_LEFT_ALONE = 2.0
"""Seconds for which the database is not asked after it did not answer."""
_OWN_TURN = 4
"""How many times as long as for an answer a caller waits behind counts of their own."""
_MOST_CALLERS = 10_000
_A_SECOND = timedelta(seconds=1)


class _Account:
    """What this process knows of one caller: what they owe at least, as the database last said,
    and how many counts of theirs wait or are under way."""

    def __init__(self) -> None:
        self.due = 0.0
        self.under_way = 0
        self.turn = asyncio.Lock()

    def owed(self, each: timedelta) -> float:
        """Seconds until all is paid off, when what is under way is taken."""
        now = monotonic()
        return max(self.due, now) - now + self.under_way * each.total_seconds()


class Counter:
    """Counts in the database; away from it nobody is counted. One caller has one count under way,
    and none for what is known to be too much: what waits in this process says nothing of the
    database. It is away only where it fails, or leaves a count that was begun without an answer.

    Args:
        database: lends two connections.
        seconds: for which an answer is waited for.
    """

    def __init__(self, database: Database, seconds: float) -> None:
        self._rates = RateRepository(database)
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="limits")
        self._asked_again_at = 0.0
        self._begun: dict[object, float] = {}
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    async def ask(
        self, caller: str, each: timedelta, most: timedelta, customer: str | None = None
    ) -> Asked | None:
        """One request of somebody, as `RateRepository.ask`; None where nobody is counted."""
        account = self._account(caller)
        if self._is_away():
            return None
        owed = account.owed(each)
        if owed + each.total_seconds() > most.total_seconds():
            return Asked(is_taken=False, owed=owed)
        account.under_way += 1
        try:
            return await self._in_turn(
                account, partial(self._rates.ask, caller, each, most, customer)
            )
        except TimeoutError:
            return Asked(is_taken=False, owed=(most - each + _A_SECOND).total_seconds())
        finally:
            account.under_way -= 1

    async def give_back(self, caller: str, each: timedelta) -> Asked | None:
        """What one request of somebody cost; None where nobody is counted, or their turn does not
        come: then it stays counted."""
        account = self._account(caller)
        with suppress(TimeoutError):
            return await self._in_turn(account, lambda: self._rates.give_back(caller, each))
        return None

    def close(self) -> None:
        """Let go of the threads; what hangs in one is abandoned."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _account(self, caller: str) -> _Account:
        account = self._accounts.setdefault(caller, _Account())
        self._accounts.move_to_end(caller)
        if len(self._accounts) > _MOST_CALLERS:
            self._accounts.popitem(last=False)
        return account

    async def _in_turn(self, account: _Account, what: Callable[[], Asked]) -> Asked | None:
        async with asyncio.timeout(asking.rest(self._seconds * _OWN_TURN)):
            await account.turn.acquire()
        try:
            asked = None if self._is_away() else await self._count(what)
        finally:
            account.turn.release()
        if asked is not None:
            account.due = monotonic() + asked.owed
        return asked

    async def _count(self, what: Callable[[], Asked]) -> Asked | None:
        count = object()

        def ask() -> Asked:
            self._begun[count] = monotonic()
            try:
                return what()
            finally:
                del self._begun[count]

        counting = self._threads.submit(ask)
        answer = asyncio.wrap_future(counting)
        answer.add_done_callback(lambda heard: heard.cancelled() or heard.exception())
        await asyncio.wait({answer}, timeout=asking.rest(self._seconds))
        began = self._begun.get(count)
        if began is not None:
            # It had to wait for a thread: that was not the database.
            left = began + self._seconds - monotonic()
            await asyncio.wait({answer}, timeout=asking.rest(max(0.0, left)))
        # Not what the loop has heard, which may be busy: what the thread has.
        if not counting.done():
            counting.cancel()
            answer.cancel()
            if self._is_silent(count):
                self._leave_alone("no answer")
            return None
        try:
            return counting.result()
        except Exception as error:
            self._leave_alone(type(error).__name__)
            return None

    def _leave_alone(self, error: str) -> None:
        self._asked_again_at = monotonic() + _LEFT_ALONE
        log.warning("nobody_is_counted", error=error)

    def _is_silent(self, count: object) -> bool:
        began = self._begun.get(count)
        return began is not None and began + self._seconds <= monotonic()

    def _is_away(self) -> bool:
        """Whether it did not answer a moment ago, or keeps every thread without an answer."""
        if monotonic() < self._asked_again_at:
            return True
        return sum(self._is_silent(count) for count in list(self._begun)) >= _THREADS
