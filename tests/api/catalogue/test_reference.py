"""The copy of the reference rows while those are there and hold nothing: before they are loaded, or
while a backup is restored."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from api.catalogue.copy import Copy, remember, remembered
from api.catalogue.reference import Reference
from api.http.reads import Reads
from models.catalogue.catalogue import load
from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Database
from models.errors import Unavailable
from models.status import PartState
from tests.databases import database_of_its_own
from tests.house import FRIDGE

NOTHING = Copy(categories=(), models=(), zones=frozenset(), skills=frozenset())


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    with database_of_its_own(postgres_url) as found:
        yield found


def emptied(url: str) -> None:
    with psycopg.connect(url) as session:
        session.execute("truncate categories, models, zones, skills cascade")


def loaded(url: str) -> None:
    with closing(Database(url)) as database, database.unit_of_work() as session:
        ReferenceRepository(session).load_missing(load())


async def test_rows_that_are_empty_for_a_while_leave_what_was_read_before_and_it_is_stale(
    url: str, tmp_path: Path
) -> None:
    file = tmp_path / "catalogue.json"
    with closing(Database(url)) as database, closing(Reads(database)) as reads:
        reference = Reference(reads, file=file)
        await reference.refresh()
        as_of = reference.seen().as_of
        emptied(url)
        await reference.refresh()
        assert reference.seen()[:2] == (PartState.STALE, as_of)
        assert reference.category(FRIDGE, None)
        kept = remembered(file)
        assert kept is not None
        assert FRIDGE in kept.category_of
        loaded(url)
        await reference.refresh()
        assert reference.seen().state is PartState.OK


async def test_before_the_rows_are_loaded_nobody_has_ever_been_heard(
    url: str, tmp_path: Path
) -> None:
    file = tmp_path / "catalogue.json"
    remember(file, NOTHING)
    emptied(url)
    with closing(Database(url)) as database, closing(Reads(database)) as reads:
        reference = Reference(reads, file=file)
        await reference.refresh()
        assert reference.seen().state is PartState.AWAY
        with pytest.raises(Unavailable):
            reference.listed()
        assert reference.category(FRIDGE, None), "intake goes by what the program ships with"
