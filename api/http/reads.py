"""Reading the projection from a web request, and writing the little that the API itself keeps, with
a bound on how long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

import structlog

from models.db.engine import Database, Session
from models.errors import DomainError, Unavailable

T = TypeVar("T")

log = structlog.get_logger()


class Reads:
    """Database work in threads of its own, so that a frozen database freezes nothing else."""

    def __init__(self, database: Database, threads: int = 8, seconds: float = 2.0) -> None:
        self._database = database
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reads")

    async def run(self, work: Callable[[Session], T]) -> T:
        """What `work` finds; it cannot write.

        Raises:
            Unavailable: `database-unavailable`, after two seconds at the most. What did not begin
                never will. What did is left behind and not waited for: a cancelled psycopg call
                returns late.
        """
        return await self._bounded(self._database.reading, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """What `work` answers that writes, in one unit of work.

        Raises:
            Unavailable: as `run`; what was left behind may have been written.
        """
        return await self._bounded(self._database.unit_of_work, work)

    async def _bounded(
        self, unit: Callable[[], AbstractContextManager[Session]], work: Callable[[Session], T]
    ) -> T:
        def within() -> T:
            with unit() as session:
                return work(session)

        begun = self._threads.submit(within)
        task = asyncio.wrap_future(begun)
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done:
            # At once: the loop would pass a cancelled task on only in its next turn.
            begun.cancel()
            task.cancel()
            raise _unavailable()
        try:
            return task.result()
        except DomainError:
            raise
        except Exception as error:
            if not self._database.is_outage(error):
                raise
            log.warning("database_unavailable", error=type(error).__name__)
            raise _unavailable() from error

    def close(self) -> None:
        """Let go of the threads; what hangs in one is abandoned."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _unavailable() -> Unavailable:
    return Unavailable(
        "database-unavailable", "The records cannot be read at the moment.", retry_after=2
    )
