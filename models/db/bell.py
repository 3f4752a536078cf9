"""Waiting for news from the database instead of asking again and again."""

import os
import socket
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
        """Whether it rang within `seconds`; many rings at once are one.

        Hanging it up again rings too, for what was missed meanwhile. A lost database only makes
        the wait a silent one.
        """
        try:
            if self._connection is None:
                self._connection = self._hung_up()
                return True
            rang = any(list(self._connection.notifies(timeout=seconds, stop_after=1)))
            while rang and list(self._connection.notifies(timeout=0)):
                pass
            return rang
        except psycopg.Error:
            self.close()
            time.sleep(seconds)
            return False

    def close(self) -> None:
        """Take it down."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _hung_up(self) -> psycopg.Connection[tuple[object, ...]]:
        # A host that vanished says nothing: without keepalives we would listen to it for hours.
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=3,
            application_name=f"{self._channel} {os.getpid()}@{socket.gethostname()}",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
        return connection


def listeners(url: str, channel: str) -> list[str]:
    """Who listens to a channel of this database now, each as `<process id>@<host>`; nobody, as far
    as we can tell, while the database is away."""
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=3) as session:
            names = session.execute(
                "select application_name from pg_stat_activity where datname = current_database()"
            ).fetchall()
    except psycopg.Error:
        return []
    return [who for (name,) in names if (who := name.removeprefix(f"{channel} ")) != name]
