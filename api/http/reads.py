"""Reading the projection from a web request, and writing the little that the API itself keeps, with
a bound on how long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from time import monotonic
from typing import TypeVar
from weakref import WeakValueDictionary

import structlog

from api.http import asking
from api.http.silence import Silence
from models.db.engine import Database, Session
from models.errors import DomainError, Unavailable

T = TypeVar("T")

log = structlog.get_logger()

SECONDS = 1.8
"""How long one piece of work is waited for; the database ends its statements then, too."""
_MOMENT = 0.2
PLACES = 3
"""Threads that one caller holds at most; what they ask beyond that waits for themselves."""


class Reads:
    """Database work in threads of its own, so that a frozen database freezes nothing else."""

    def __init__(self, database: Database, threads: int = 8, seconds: float = SECONDS) -> None:
        self._database = database
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reads")
        self.silence = Silence()
        """Of the database."""
        self._settling: set[asyncio.Task[None]] = set()
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def run(self, work: Callable[[Session], T], seconds: float | None = None) -> T:
        """What `work` finds; it cannot write.

        Raises:
            Unavailable: `database-unavailable`, after so many seconds at the most, or as many as
                the request has left; `too-busy` if its caller has as much under way as one may.
                What did not begin never will. What did is left behind and not waited for: a
                cancelled psycopg call returns late. The database ends its statement by itself,
                and no other is begun.
        """
        return await self._bounded(self._database.reading, work, seconds or self._seconds)

    async def write(self, work: Callable[[Session], T]) -> T:
        """What `work` answers that writes, in one unit of work.

        Raises:
            Unavailable: as `run`; what was left behind may have been written.
        """
        return await self._bounded(self._database.unit_of_work, work, self._seconds)

    async def settle(self, work: Callable[[Session], None], seconds: float | None = None) -> None:
        """Write what a request leaves behind, though it has no time left, and whether or not the
        database is there: who asked waits a moment for it, so many seconds at most, and it goes on
        without them."""
        writing = asyncio.create_task(self._settled(work), context=asking.for_ourselves())
        self._settling.add(writing)
        writing.add_done_callback(self._settling.discard)
        patience = max(_MOMENT, asking.rest(self._seconds)) if seconds is None else seconds
        await asyncio.wait({writing}, timeout=patience)

    async def _settled(self, work: Callable[[Session], None]) -> None:
        with suppress(Unavailable):
            await self.write(work)

    async def _bounded(
        self,
        unit: Callable[[], AbstractContextManager[Session]],
        work: Callable[[Session], T],
        seconds: float,
    ) -> T:
        until = monotonic() + asking.rest(seconds)

        def within() -> T:
            with self._database.waited_for(until), unit() as session:
                return work(session)

        place = await self._place(until)
        begun = self._threads.submit(within)
        if place is not None:
            _release(place, begun)
        task = asyncio.wrap_future(begun)
        done, _ = await asyncio.wait({task}, timeout=max(0.0, until - monotonic()))
        if not done:
            self.silence.begins()
            # At once: the loop would pass a cancelled task on only in its next turn.
            begun.cancel()
            task.cancel()
            raise database_unavailable()
        try:
            found = task.result()
            self.silence.ends()
            return found
        except DomainError:
            raise
        except Exception as error:
            if not self._database.is_outage(error):
                raise
            log.warning("database_unavailable", error=type(error).__name__)
            raise database_unavailable() from error

    async def _place(self, until: float) -> asyncio.Semaphore | None:
        """A place of the caller's own, held until the thread is done, however long that takes."""
        caller = asking.caller()
        if caller is None:
            return None
        places = self._places.setdefault(caller, asyncio.Semaphore(PLACES))
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                await places.acquire()
        except TimeoutError:
            raise Unavailable(
                "too-busy", "You have too much under way at one time.", retry_after=1
            ) from None
        return places

    def close(self) -> None:
        """Let go of the threads; what hangs in one is abandoned."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _release(place: asyncio.Semaphore, begun: Future[T]) -> None:
    loop = asyncio.get_running_loop()

    def over(_: Future[T]) -> None:
        # A loop that has ended has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(place.release)

    begun.add_done_callback(over)


def database_unavailable() -> Unavailable:
    """What there is to say while the database does not answer."""
    return Unavailable(
        "database-unavailable", "The records cannot be read at the moment.", retry_after=2
    )
