"""What one of several processes does for all is done by one at a time, and nothing is left out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from models.db.chores import ChoreRepository
from models.db.engine import Database
from tests.databases import database_of_its_own

HOUR, NO_TIME = timedelta(hours=1), timedelta(0)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def chores(postgres_url: str) -> Iterator[Database]:
    """A house in which nothing was ever done."""
    with database_of_its_own(postgres_url) as url:
        database = Database(url, pool_size=8)
        yield database
        database.close()


def test_of_all_who_ask_at_once_one_does_it(chores: Database) -> None:
    asking = [ChoreRepository(chores, "sweeping") for _ in range(8)]
    with ThreadPoolExecutor(8) as workers:
        turns = list(workers.map(lambda worker: worker.turn(HOUR), asking))
    assert sum(turn is not None for turn in turns) == 1


def test_when_it_is_due_again_whoever_asks_next_does_it(chores: Database) -> None:
    first, second = (ChoreRepository(chores, "sweeping") for _ in range(2))
    began = first.turn(NO_TIME)
    again = second.turn(NO_TIME)
    assert began is not None
    assert again is not None
    assert began < again
    assert first.turn(HOUR) is None


def test_one_chore_waits_for_no_other(chores: Database) -> None:
    assert ChoreRepository(chores, "sweeping").turn(HOUR)
    assert ChoreRepository(chores, "washing").turn(HOUR)


def test_what_is_done_is_known_to_everybody_and_never_undone(chores: Database) -> None:
    first, second = (ChoreRepository(chores, "sweeping") for _ in range(2))
    assert second.done_until() is None
    first.done(NOON)
    first.done(NOON - HOUR)
    assert second.done_until() == NOON
    assert second.turn(HOUR), "how far it came is no turn"
