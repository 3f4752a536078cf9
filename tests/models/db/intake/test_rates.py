"""How much somebody may ask: so much at once, and then as it is paid off."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from models.db.engine import Database
from models.db.intake.rates import RateRepository
from tests.databases import database_of_its_own
from tests.until import awaited

EACH, MOST = timedelta(seconds=30), timedelta(seconds=120)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with database_of_its_own(postgres_url) as url:
        opened = Database(url, pool_size=8)
        yield opened
        opened.close()


def test_a_burst_is_taken_and_what_is_more_is_refused_and_costs_nothing(
    database: Database,
) -> None:
    rates = RateRepository(database)
    answers = [rates.ask("somebody", EACH, MOST) for _ in range(7)]
    assert [answer.is_taken for answer in answers] == [True] * 4 + [False] * 3
    assert [round(answer.owed) for answer in answers[:4]] == [30, 60, 90, 120]
    assert answers[6].owed == pytest.approx(120, abs=5)
    assert rates.ask("somebody else", EACH, MOST).is_taken


def test_many_who_ask_at_one_time_get_no_more_than_one_after_the_other(
    database: Database,
) -> None:
    rates = RateRepository(database)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(rates.ask, "somebody", EACH, MOST) for _ in range(40)]
    assert sum(answer.result().is_taken for answer in asked) == 4


def test_who_waits_is_let_in_again_and_is_forgotten_in_the_end(database: Database) -> None:
    rates, each = RateRepository(database), timedelta(seconds=0.5)
    assert rates.ask("somebody", each, each).is_taken
    assert not rates.ask("somebody", each, each).is_taken
    awaited(lambda: rates.ask("somebody", each, each).is_taken, "the next turn")

    def forgotten() -> bool:
        rates.sweep()
        return database.at_once("select count(*) from rates", {}) == 0

    awaited(forgotten, "an empty table")


def test_addresses_are_not_kept(database: Database) -> None:
    RateRepository(database).ask("read address 192.0.2.7", EACH, MOST)
    assert "192.0.2" not in database.at_once("select caller from rates", {})
