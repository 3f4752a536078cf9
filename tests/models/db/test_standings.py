"""What processes say of the parts that they see, put together."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from models.db.engine import Database
from models.db.status.standings import StandingRepository
from models.status import NEVER, PartState, Standing
from tests.databases import database_of_its_own

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
A_WHILE = timedelta(minutes=10)


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as found:
        yield found


def tell(
    url: str,
    process: str,
    part: str,
    state: PartState,
    since: datetime | None,
    heard_at: datetime | None = None,
) -> None:
    standing = Standing(part=part, state=state, since=since, heard_at=heard_at)
    with closing(Database(url)) as database, database.unit_of_work() as session:
        StandingRepository(session).tell(process, [standing])


def settled(url: str) -> dict[str, Standing]:
    with closing(Database(url)) as database, database.unit_of_work() as session:
        return {one.part: one for one in StandingRepository(session).settle()}


def silent(url: str, process: str) -> None:
    """Nothing was heard of a process for a minute."""
    with psycopg.connect(url) as session:
        session.execute(
            "update standings set seen_at = now() - interval '1 minute' where process = %s",
            (process,),
        )


def test_a_part_does_as_whoever_sees_it_worst_since_the_first_who_did(url: str) -> None:
    tell(url, "api 1", "login", PartState.OK, None)
    tell(url, "api 2", "login", PartState.STALE, NOW - A_WHILE)
    tell(url, "api 3", "login", PartState.AWAY, NOW)
    login = settled(url)["login"]
    assert (login.state, login.since) == (PartState.AWAY, NOW - A_WHILE)


def test_since_when_it_lasts_outlives_who_saw_it_and_ends_with_it(url: str) -> None:
    tell(url, "api 1", "login", PartState.AWAY, NOW - A_WHILE)
    settled(url)
    silent(url, "api 1")
    tell(url, "api 2", "login", PartState.AWAY, NOW)
    assert settled(url)["login"].since == NOW - A_WHILE
    tell(url, "api 2", "login", PartState.OK, None)
    assert settled(url)["login"] == Standing(part="login", state=PartState.OK)
    tell(url, "api 2", "login", PartState.AWAY, NOW)
    assert settled(url)["login"].since == NOW, "that is another time"


@pytest.mark.parametrize("heard_at", [NEVER, NOW - 2 * A_WHILE], ids=["never", "before"])
def test_who_has_heard_no_answer_since_it_began_ends_nothing_and_knows_of_nothing_else(
    url: str, heard_at: datetime
) -> None:
    tell(url, "api 2", "login", PartState.OK, None, heard_at)
    assert settled(url)["login"].state is PartState.OK, "nobody knows of anything bad"
    tell(url, "api 1", "login", PartState.AWAY, NOW - A_WHILE)
    settled(url)
    silent(url, "api 1")
    login = settled(url)["login"]
    assert (login.state, login.since) == (PartState.AWAY, NOW - A_WHILE)
    tell(url, "api 2", "login", PartState.AWAY, NOW)
    assert settled(url)["login"].since == NOW - A_WHILE, "it is the same time still"
    tell(url, "api 2", "login", PartState.OK, None, NOW)
    assert settled(url)["login"] == Standing(part="login", state=PartState.OK)


def test_one_answer_is_enough_though_others_have_not_asked(url: str) -> None:
    tell(url, "worker 1", "maps", PartState.AWAY, NOW - A_WHILE)
    tell(url, "worker 2", "maps", PartState.OK, None, NEVER)
    assert settled(url)["maps"].state is PartState.AWAY
    tell(url, "worker 1", "maps", PartState.OK, None, NOW)
    assert settled(url)["maps"].state is PartState.OK


def test_what_is_away_is_so_while_nobody_looks_and_over_when_nobody_has_for_a_day(
    url: str,
) -> None:
    tell(url, "worker 1", "maps", PartState.AWAY, NOW - A_WHILE)
    settled(url)
    silent(url, "worker 1")
    assert settled(url)["maps"].since == NOW - A_WHILE
    with psycopg.connect(url) as session:
        session.execute("delete from standings")
    assert "maps" not in settled(url), "the house has none any more"
    with psycopg.connect(url) as session:
        ended = "select ended_at is not null from outages where part = 'maps'"
        assert session.execute(ended).fetchall() == [(True,)]


def test_without_a_relay_nobody_is_told_anything_since_it_was_last_heard_of(url: str) -> None:
    assert settled(url)["messages.sms"].state is PartState.AWAY
    tell(url, "relay 1", "messages.sms", PartState.OK, None)
    assert settled(url)["messages.sms"].state is PartState.OK
    silent(url, "relay 1")
    gone = settled(url)["messages.sms"]
    assert gone.state is PartState.AWAY
    assert gone.since is not None
    tell(url, "api 1", "messages.sms", PartState.OK, None)
    assert settled(url)["messages.sms"].state is PartState.AWAY, "an API delivers nothing"
