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

    def wait(self, seconds: float) -> bool:
        """Whether it rang within `seconds`; a lost database only makes the wait a silent one."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
                self._connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
                return True
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error:
            self.close()
            time.sleep(seconds)
            return False

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
