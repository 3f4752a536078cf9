"""Bringing a database up to the tables of this version."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

_LOCK = 5_077_034
"""Two processes that migrate at once take turns."""


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url` to a revision, the newest by default; done twice, done once."""
    _run(url, lambda config: command.upgrade(config, revision))


def unmigrate(url: str, revision: str) -> None:
    """Downgrade the database at `url` to an earlier revision."""
    _run(url, lambda config: command.downgrade(config, revision))


def differences(url: str) -> None:
    """Compare the database with the tables of this version.

    Raises:
        alembic.util.exc.CommandError: where they differ.
    """
    _run(url, command.check)


def _run(url: str, step: Callable[[Config], None]) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            connection.execute(text("set local lock_timeout = '5s'"))
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            step(config)
    finally:
        engine.dispose()
