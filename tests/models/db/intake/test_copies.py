"""Second copies: whoever looks for them sees all of them in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, update

from models.db.engine import Database
from models.db.intake.copies import CopyRepository
from models.db.intake.quarantine import Poison
from models.db.intake.tables import IntakeRow
from models.intake.command import CommandKind, LoggedCommand
from tests.databases import database_of_its_own

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with database_of_its_own(postgres_url) as url:
        opened = Database(url, pool_size=1)
        with opened.unit_of_work() as session:
            for number in range(3):
                CopyRepository(session).keep(logged(number))
        yield opened
        opened.close()


def logged(number: int) -> LoggedCommand:
    return LoggedCommand(
        kind=CommandKind.UPDATE,
        workflow_id="ticket-1",
        name="cancel",
        update_id=f"upd_{number}",
        argument="{}",
        logged_at=NOON + timedelta(seconds=number),
    )


def test_copies_that_wait_keep_nobody_from_the_younger_ones(database: Database) -> None:
    waits = logged(0).id
    with database.reading() as session:
        copies = CopyRepository(session)
        assert list(copies.oldest(LATER, 1)) == [waits]
        assert copies.oldest(LATER, 2, {waits}) == {logged(n).id: logged(n) for n in (1, 2)}


def test_a_copy_of_a_later_version_is_seen_and_kept(database: Database) -> None:
    with database.unit_of_work() as session:
        row = update(IntakeRow).where(col(IntakeRow.id) == logged(1).id)
        session.connection().execute(row.values(command='{"kind": "of another day"}'))
    with database.reading() as session:
        found = CopyRepository(session).oldest(LATER, 3)
    assert found == {logged(n).id: None if n == 1 else logged(n) for n in range(3)}


def test_a_copy_that_was_let_go_from_quarantine_is_due_since_then(database: Database) -> None:
    with database.unit_of_work() as session:
        row = update(IntakeRow).where(col(IntakeRow.id) == logged(1).id)
        session.connection().execute(row.values(logged_at=NOON + timedelta(minutes=50)))
    with database.reading() as session:
        found = CopyRepository(session).oldest(LATER, 3)
    released = found[logged(1).id]
    assert released
    assert released.but(released_at=None) == logged(1)
    assert released.due_since == NOON + timedelta(minutes=50)
    assert LoggedCommand.model_validate_json(released.model_dump_json()) == logged(1)


def test_a_copy_that_nobody_could_read_is_due_since_somebody_can(database: Database) -> None:
    with database.unit_of_work() as session:
        row = update(IntakeRow).where(col(IntakeRow.id) == logged(1).id)
        session.connection().execute(row.values(quarantined=Poison.COPY_UNREADABLE))
    with database.reading() as session:
        found = CopyRepository(session).oldest(LATER, 3)
    due = {name: copy.due_since for name, copy in found.items() if copy}
    assert due == {logged(n).id: LATER if n == 1 else logged(n).logged_at for n in range(3)}
