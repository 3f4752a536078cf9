"""Whose turn a request under a key is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from models.db.engine import Database
from models.db.intake.idempotency import ABANDONED, FirstAnswer, IdempotencyRepository
from tests.databases import database_of_its_own
from tests.until import awaited

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as own:
        yield own


def claimed(database: Database, asked: str = "same", now: datetime = NOW) -> FirstAnswer | None:
    with database.unit_of_work() as session:
        return IdempotencyRepository(session).claim("key", asked, now)


def test_a_key_is_taken_over_as_soon_as_the_process_that_held_it_is_gone(url: str) -> None:
    died, lives = Database(url, pool_size=1), Database(url, pool_size=1)
    assert claimed(died) is None
    running = FirstAnswer("same", None, None)
    assert claimed(lives, now=NOW + timedelta(seconds=5)) == running
    died.close()
    assert claimed(lives, "other") == running, "another body is not the same request"
    awaited(lambda: claimed(lives) is None, "the key")
    assert claimed(lives) == running
    lives.close()


def test_a_request_that_answers_too_late_loses_its_key(url: str) -> None:
    slow, other = Database(url, pool_size=1), Database(url, pool_size=1)
    assert claimed(slow) is None
    assert claimed(other, now=NOW + ABANDONED) is not None
    assert claimed(other, now=NOW + ABANDONED + timedelta(seconds=1)) is None
    slow.close()
    other.close()


def test_a_request_that_was_left_goes_on_at_once_and_another_body_is_told_apart(url: str) -> None:
    database = Database(url, pool_size=2)
    assert claimed(database, "one") is None
    assert claimed(database, "one") == FirstAnswer("one", None, None)
    with database.unit_of_work() as session:
        IdempotencyRepository(session).leave("key", NOW)
    assert claimed(database, "other") == FirstAnswer("one", None, None)
    assert claimed(database, "one") is None
    database.close()


def test_a_request_that_was_refused_leaves_its_key_to_any_other(url: str) -> None:
    database = Database(url, pool_size=2)
    assert claimed(database, "one") is None
    with database.unit_of_work() as session:
        IdempotencyRepository(session).give_up("key")
    assert claimed(database, "other") is None
    database.close()
