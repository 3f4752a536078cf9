"""Waiting for news from the database instead of asking again and again."""

import time

import psycopg
from psycopg import sql


class Bell:
    """Rings when somebody notifies a channel of Postgres. For one thread."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def wait(self, seconds: float) -> None:
        """Return at the next ring, or after `seconds`; a lost database is only a long wait."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
                self._connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
                return
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.Error:
            self.close()
            time.sleep(min(seconds, 1.0))

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
