"""What the migrations make is what the code believes to be there."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic.util.exc import CommandError

from models.db.migrate import differences, migrate, unmigrate
from tests.databases import database_of_its_own


@pytest.fixture
def migrated(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as url:
        yield url


def test_the_migrations_make_the_tables_that_the_code_reads(migrated: str) -> None:
    differences(migrated)


def test_a_column_that_no_migration_makes_is_noticed(migrated: str) -> None:
    with psycopg.connect(migrated, autocommit=True) as session:
        session.execute("alter table tickets drop column clocks")
    with pytest.raises(CommandError, match="clocks"):
        differences(migrated)


def test_a_migration_leads_back_and_forth(migrated: str) -> None:
    unmigrate(migrated, "base")
    with psycopg.connect(migrated) as session:
        left = session.execute("select tablename from pg_tables where schemaname = 'public'")
        assert left.fetchall() == [("alembic_version",)]
    migrate(migrated)
    differences(migrated)
