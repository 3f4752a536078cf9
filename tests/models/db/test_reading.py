"""What only reads cannot write."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from api.http.reads import Reads
from models.actor import Actor, Role
from models.catalogue.catalogue import FIRST_EXPERT_ID
from models.db.engine import Database, Session
from models.db.people.reads import PeopleReads
from models.db.people.writes import ExpertRepository
from models.events.people import ExpertWeekChanged
from tests.databases import database_of_its_own
from tests.models.rules.stories import NOW

ADMIN = Actor(role=Role.ADMIN, id="usr_admin")
REFUSED = "read-only transaction"


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as own:
        yield own


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=1)
    yield database
    database.close()


def write(session: Session) -> None:
    """Write down that an expert's week changed."""
    facts = ExpertWeekChanged(expert_id=FIRST_EXPERT_ID)
    ExpertRepository(session).happened(facts, ADMIN, NOW)


def events(session: Session) -> int:
    """How many events there are."""
    return int(session.scalar(text("select count(*) from events")) or 0)


def test_a_session_for_reads_reads(database: Database) -> None:
    with database.reading() as session:
        assert PeopleReads(session).expert(FIRST_EXPERT_ID) is not None


def test_a_write_in_a_session_for_reads_is_refused_and_nothing_is_written(
    database: Database,
) -> None:
    with database.reading() as session:
        before = events(session)
    with pytest.raises(InternalError, match=REFUSED), database.reading() as session:
        write(session)
    with database.reading() as session:
        assert events(session) == before


def test_the_same_connection_writes_before_and_after_it_was_lent_for_reads(
    database: Database,
) -> None:
    for _ in range(2):
        with database.unit_of_work() as session:
            before = events(session)
            write(session)
        with database.reading() as session:
            assert events(session) == before + 1
        with pytest.raises(InternalError, match=REFUSED), database.reading() as session:
            write(session)
        assert database.at_once("select count(*) from events", {}) == before + 1


async def test_a_request_that_only_reads_cannot_write_and_one_that_writes_can(
    database: Database,
) -> None:
    reads = Reads(database)
    with pytest.raises(InternalError, match=REFUSED):
        await reads.run(write)
    before = await reads.run(events)
    await reads.write(write)
    assert await reads.run(events) == before + 1
    reads.close()
