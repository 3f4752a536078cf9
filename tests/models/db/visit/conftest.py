"""A database in which nothing was reported yet."""

from collections.abc import Iterator

import psycopg
import pytest

from models.db.engine import Database
from tests.databases import database_of_its_own


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as own:
        yield own


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(
            "truncate events, visit_files, named_files, work_reports, field_reports, chores cascade"
        )
    database.close()
