"""The connection to Postgres, and the one place that commits."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from math import inf
from time import monotonic
from typing import Any, cast

import psycopg
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session as Session

GENERIC = "force_generic_plan"
_CONNECT_SECONDS = 3
_STATEMENT_SECONDS = 5.0
_TCP_MILLISECONDS = 2000


class GivenUp(Exception):
    """Nobody waits for this work any more: no other statement of it is begun."""


class _Limit(threading.local):
    """Until when (monotonic) the work of a thread is waited for."""

    until = inf


class Database:
    """A pool of connections to one database. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        pool_size: int = 8,
        *,
        plans: str = "auto",
        statement_seconds: float = _STATEMENT_SECONDS,
    ) -> None:
        """Prepare to connect.

        Args:
            url: `postgresql://user:password@host:port/database`.
            pool_size: the most connections kept and lent at a time.
            plans: Postgres' `plan_cache_mode`. For long statements that look up by key, planning
                costs more than running: `force_generic_plan` plans each once.
            statement_seconds: after which the database itself ends a statement.
        """
        self._engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_CONNECT_SECONDS,
            # The same few connections stay warm, with their statements prepared.
            pool_use_lifo=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "prepare_threshold": 0,
                "tcp_user_timeout": _TCP_MILLISECONDS,
                "options": f"-c statement_timeout={round(statement_seconds * 1000)} -c timezone=UTC"
                f" -c plan_cache_mode={plans}",
            },
        )
        self._limit = _Limit()
        event.listen(self._engine, "before_cursor_execute", self._go_on)
        # The same connections; `begin read only` is the same one message as `begin`.
        self._readers = self._engine.execution_options(postgresql_readonly=True)

    def at_once(self, statement: str, values: Mapping[str, Any]) -> Any:
        """One statement that is a unit of work by itself: one round trip, and committed. Answers
        the first value of the first row it returns, or None.

        Raises:
            psycopg.Error: as the driver says it; SQLAlchemy would cost more than the statement.
        """
        rows = self.rows_at_once(statement, values)
        return rows[0][0] if rows else None

    def rows_at_once(self, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """As `at_once`; answers every row. Prepared when a connection first hears it."""
        pool = self._engine.pool
        with closing(pool.connect()) as lent:
            connection = cast("psycopg.Connection[tuple[Any, ...]]", lent.driver_connection)
            try:
                connection.autocommit = True
                return connection.execute(statement.encode(), values).fetchall()
            finally:
                if connection.closed:
                    lent.invalidate()
                    if self._engine.pool is pool:
                        # Where one is lost all are, and each would have to fail to be noticed.
                        self._engine.dispose()
                else:
                    connection.autocommit = False

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that can only read: the database refuses it whatever it would write, or lock
        to write."""
        with Session(self._readers, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session whose work is committed at the end of the block, or not at all."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def waited_for(self, until: float) -> Iterator[None]:
        """What this thread does in the block is waited for until a moment (monotonic). A statement
        that would begin later is not begun."""
        self._limit.until = until
        try:
            yield
        finally:
            self._limit.until = inf

    def _go_on(self, *_: object) -> None:
        if monotonic() > self._limit.until:
            raise GivenUp

    @staticmethod
    def is_outage(error: Exception) -> bool:
        """Whether the database is away, or too busy to answer in time: later is better."""
        return isinstance(
            error, OperationalError | PoolTimeout | psycopg.OperationalError | GivenUp
        )

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()
