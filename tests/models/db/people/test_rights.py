"""Whoever may do more or less than before is marked by the database, whatever changes it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest

from models.catalogue.catalogue import load
from models.db.engine import Database
from models.db.people.rights import Change, RightsRepository
from tests.databases import database_of_its_own

ANN, BEN = load().experts[:2]
HELD = next(iter(ANN.skills))
AT_ONCE = timedelta(0)


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url, pool_size=1)
    say(url, "update experts set rights_changed_at = null")
    yield opened
    opened.close()


def say(url: str, words: LiteralString, *named: object) -> None:
    with psycopg.connect(url) as session:
        session.execute(words, named)


def changed(database: Database) -> list[Change]:
    with database.reading() as session:
        return RightsRepository(session).changed(AT_ONCE, 100)


@pytest.mark.parametrize(
    "change",
    [
        "update experts set status = 'SUSPENDED' where id = %s",
        "update experts set zone = 'london' where id = %s",
        "update experts set radius_km = radius_km + 1 where id = %s",
        "update experts set lat = lat + 1 where id = %s",
        "update experts set lng = lng + 1 where id = %s",
        "update expert_skills set level = level + 1 where expert_id = %s",
        "update expert_skills set expires_at = now() + interval '1 day' where expert_id = %s",
        "delete from expert_skills where expert_id = %s",
        "insert into expert_skills (expert_id, skill, level) values (%s, 'solar', 1)",
    ],
)
def test_what_makes_up_the_right_to_work_marks_its_expert(
    database: Database, url: str, change: LiteralString
) -> None:
    if "insert" in change:
        say(url, "insert into skills values ('solar', 'Solar', 'solar') on conflict do nothing")
    say(url, change, ANN.id)
    assert [c.expert_id for c in changed(database)] == [ANN.id]


@pytest.mark.parametrize(
    "change",
    [
        "update experts set name = 'Ann', phone = '', channels = '[]' where id = %s",
        "update experts set calendar_version = calendar_version + 1 where id = %s",
        "update experts set status = status, zone = zone, lat = lat where id = %s",
    ],
)
def test_what_does_not_marks_nobody(database: Database, url: str, change: LiteralString) -> None:
    say(url, change, ANN.id)
    assert changed(database) == []


def test_a_change_that_came_while_tickets_were_told_of_another_is_told_too(
    database: Database, url: str
) -> None:
    say(url, "update experts set radius_km = 7 where id = %s", ANN.id)
    [first] = changed(database)
    say(url, "update experts set radius_km = 8 where id = %s", ANN.id)
    with database.unit_of_work() as session:
        RightsRepository(session).told(first)
    [second] = changed(database)
    assert second.since > first.since
    with database.unit_of_work() as session:
        RightsRepository(session).told(second)
    assert changed(database) == []


def test_a_change_is_let_alone_for_a_while_and_the_oldest_is_first(
    database: Database, url: str
) -> None:
    for expert in (BEN, ANN):
        say(url, "update experts set radius_km = radius_km + 1 where id = %s", expert.id)
    assert [c.expert_id for c in changed(database)] == [BEN.id, ANN.id]
    with database.reading() as session:
        rights = RightsRepository(session)
        assert [c.expert_id for c in rights.changed(AT_ONCE, 1)] == [BEN.id]
        assert rights.changed(timedelta(hours=1), 100) == []


def test_a_skill_that_ended_since_the_last_look_marks_its_expert_once(
    database: Database, url: str
) -> None:
    end = datetime(2020, 1, 1, 12, tzinfo=UTC)
    say(
        url,
        "insert into expert_skills (expert_id, skill, level, expires_at)"
        " values (%s, 'hvac', 1, %s) on conflict (expert_id, skill)"
        " do update set expires_at = excluded.expires_at",
        BEN.id,
        end,
    )
    second = timedelta(seconds=1)
    looks = (
        (end - second, end, [BEN.id]),
        (end, end + second, []),
        (end - 2 * second, end - second, []),
    )
    for after, until, marked in looks:
        say(url, "update experts set rights_changed_at = null")
        with database.unit_of_work() as session:
            RightsRepository(session).ran_out(after, until)
        assert [c.expert_id for c in changed(database)] == marked
