"""Whether somebody who asks elsewhere keeps a connection of the database meanwhile."""

import psycopg

_NAME = "asking"
_BUSY = """select count(*) from pg_stat_activity
where datname = current_database() and application_name = %s and state <> 'idle'"""


def named(url: str) -> str:
    """The address of a database for whoever asks, by which `busy_with` knows their connections."""
    return f"{url}?application_name={_NAME}"


def busy_with(url: str) -> int:
    """How many of their connections are in the midst of something just now."""
    with psycopg.connect(url) as session:
        [busy] = session.execute(_BUSY, (_NAME,)).fetchone() or [0]
        return int(busy)
