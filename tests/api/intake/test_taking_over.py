"""Second copies of what others accepted are taken over, whatever else is in their table."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from api.intake.taking_over import look_for_copies
from models.db.intake.command_log import CommandLog
from models.errors import Unavailable
from models.intake.command import LoggedCommand
from tests.api.intake.left_behind import cancelling
from tests.house import House

AHEAD = timedelta(hours=1)
"""By our clock; to all others what we find is of the time to come, and they leave it to us."""
KEPT = "insert into intake (id, command, logged_at) values (%s, %s, %s)"


@contextmanager
def copies(house: House, command: LoggedCommand, unreadable: str) -> Iterator[None]:
    """In the table, the unreadable one in somebody else's hands."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        for name, written in ((command.id, command.model_dump_json()), (unreadable, "{}")):
            session.execute(KEPT, (name, written, command.logged_at))
        try:
            with psycopg.connect(house.database_url) as other:
                other.execute("select from intake where id = %s for update", (unreadable,))
                yield
        finally:
            names = [command.id, unreadable]
            session.execute("delete from intake where id = any(%s)", (names,))


async def test_a_copy_is_taken_over_though_another_one_cannot_be_put_aside(house: House) -> None:
    command = cancelling(f"tkt_{uuid.uuid4()}").but(logged_at=datetime.now(UTC) + AHEAD / 2)
    services = replace(
        house.services, commands=CommandLog(None), clock=lambda: datetime.now(UTC) + AHEAD
    )
    taken: set[str] = set()
    with copies(house, command, f"of-a-later-version/{uuid.uuid4()}"):
        for _ in range(2):
            with pytest.raises(Unavailable):
                await look_for_copies(services, taken, set())
            assert services.commands.first_left(command.workflow_id) == command
        with psycopg.connect(house.database_url) as session:
            found = session.execute("select id from intake where id = %s", (command.id,))
            assert found.fetchone() is not None, "it is not done"
