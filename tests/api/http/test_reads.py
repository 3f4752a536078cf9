"""What a reading may cost: its time, in the database too, and a few places for one caller."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextvars import copy_context

import pytest
from sqlalchemy import text

from api.http import asking
from api.http.reads import PLACES, Reads
from models.db.engine import Database, Session
from models.errors import Unavailable
from tests.databases import database_of_its_own
from tests.until import until

ACTIVE = """select count(*) from pg_stat_activity
where state = 'active' and pid <> pg_backend_pid() and query like 'select pg_sleep(9%%'"""


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as own:
        yield own


async def test_a_reading_that_is_given_up_ends_in_the_database_too(url: str) -> None:
    database, onlooker = Database(url, statement_seconds=0.5), Database(url, pool_size=1)
    reads = Reads(database, seconds=0.3)
    with pytest.raises(Unavailable) as refused:
        await reads.run(lambda s: s.execute(text("select pg_sleep(9), 1")))
    assert refused.value.code == "database-unavailable"
    await until(lambda: onlooker.at_once(ACTIVE, {}) == 0, "its end")
    reads.close()
    database.close()
    onlooker.close()


async def test_nothing_more_is_asked_of_the_database_for_what_was_given_up(url: str) -> None:
    database = Database(url)
    reads, over = Reads(database, seconds=0.3), threading.Event()
    asked: list[str] = []

    def two_questions(session: Session) -> None:
        try:
            session.execute(text("select pg_sleep(0.6)"))
            asked.append("one")
            session.execute(text("select 1"))
            asked.append("two")
        finally:
            over.set()

    with pytest.raises(Unavailable):
        await reads.run(two_questions)
    await until(over.is_set, "the thread")
    assert asked == ["one"]
    assert await reads.run(lambda s: s.scalar(text("select 7"))) == 7
    reads.close()
    database.close()


async def test_one_caller_leaves_places_to_others(url: str) -> None:
    database = Database(url)
    reads, go_on = Reads(database, seconds=1.0), threading.Event()
    begun: list[int] = []

    def hang(_: Session) -> None:
        begun.append(1)
        go_on.wait(20)

    def asked_by(caller: str, work: object) -> "asyncio.Task[object]":
        context = copy_context()
        context.run(asking.begin, caller, 1.0)
        return asyncio.create_task(reads.run(work), context=context)  # type: ignore[arg-type]

    many = [asked_by("customer a", hang) for _ in range(20)]
    await until(lambda: len(begun) == PLACES, "their places")
    began = time.monotonic()
    assert await asked_by("customer b", lambda s: s.scalar(text("select 7"))) == 7
    assert time.monotonic() - began < 0.9
    refused = await asyncio.gather(*many, return_exceptions=True)
    codes = [error.code for error in refused if isinstance(error, Unavailable)]
    assert sorted(codes) == ["database-unavailable"] * PLACES + ["too-busy"] * (20 - PLACES)
    go_on.set()
    await until(lambda: _is_let_in(asked_by, "customer a"), "a place of theirs")
    assert len(begun) == PLACES, "who waited in vain never began"
    reads.close()
    database.close()


async def _is_let_in(asked_by: object, caller: str) -> bool:
    assert callable(asked_by)
    try:
        return bool(await asked_by(caller, lambda s: s.scalar(text("select 7"))) == 7)
    except Unavailable:
        return False
