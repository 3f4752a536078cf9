"""What map servers said of ways: kept for every process, and for whoever may not wait."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from models.db.engine import Database
from models.db.people.ways import WayBook, said_among, said_around
from models.geography import Precision, Spot
from models.people.travel import Leg, SaidWays, TravelSource, Trip, legs_among, name_of
from tests.databases import database_of_its_own

HERE, THERE, FAR = (Spot(lat=52.5, lng=lng) for lng in (13.4, 13.6, 14.5))
TEN, TWENTY = timedelta(minutes=10), timedelta(minutes=20)
OUT = (HERE, THERE), Trip(lasts=TEN, source=TravelSource.OSRM, server=1)
BACK = (THERE, HERE), Trip(lasts=TWENTY, source=TravelSource.OSRM, server=1)
BY_ANOTHER = (HERE, THERE), Trip(lasts=TWENTY, source=TravelSource.VALHALLA, server=2)


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as url:
        yield url


@pytest.fixture
def book(database_url: str) -> Iterator[WayBook]:
    with psycopg.connect(database_url) as session:
        session.execute("truncate ways, flags")
    database = Database(database_url)
    yield WayBook(database)
    database.close()


def switched(database_url: str, **rollout: object) -> None:
    with psycopg.connect(database_url) as session:
        session.execute(
            "insert into flags (key, rollout) values ('maps.primary', %s)", (Jsonb(rollout),)
        )


def around(database_url: str, place: Spot = HERE) -> SaidWays:
    database = Database(database_url)
    with database.reading() as session:
        found = said_around(session, place)
        every = said_among(session, [HERE, THERE])
    database.close()
    if place == HERE:
        assert every == found
    return found


def names(*said: tuple[Leg, Trip]) -> SaidWays:
    return {name_of(*leg): trip for leg, trip in said}


def aged(database_url: str, days: int) -> None:
    with psycopg.connect(database_url) as session:
        session.execute(
            "update ways set answered_at = answered_at - make_interval(days => %s)", (days,)
        )


def test_what_one_process_was_told_every_other_knows_each_direction_by_itself(
    book: WayBook, database_url: str
) -> None:
    book.keep([OUT, BACK])
    assert around(database_url) == around(database_url, THERE) == names(OUT, BACK)
    assert around(database_url, FAR) == {}


def test_told_again_it_is_there_once_and_as_it_was_told_last(
    book: WayBook, database_url: str
) -> None:
    for minutes in (30, 10):
        book.keep([(OUT[0], OUT[1].but(lasts=timedelta(minutes=minutes)))] * 2)
    assert around(database_url) == names(OUT)
    with psycopg.connect(database_url) as session:
        assert session.execute("select count(*) from ways").fetchone() == (1,)


def test_a_place_is_the_same_house_within_eleven_metres(book: WayBook, database_url: str) -> None:
    book.keep([OUT])
    assert around(database_url, HERE.but(lat=HERE.lat + 0.00004)) == names(OUT)
    assert around(database_url, HERE.but(lat=HERE.lat + 0.0001)) == {}
    assert around(database_url, HERE.but(precision=Precision.POSTCODE)) == {}


def test_the_first_of_the_chain_is_believed_until_its_flag_is_off(
    book: WayBook, database_url: str
) -> None:
    book.keep([BY_ANOTHER])
    book.keep([OUT, BACK])
    assert around(database_url) == names(OUT, BACK)
    switched(database_url, on=False, percent=100)
    assert around(database_url) == names(BY_ANOTHER)


@pytest.mark.parametrize(("percent", "believed"), [(100, True), (0, False)])
def test_a_share_of_nobody_is_off_too(
    book: WayBook, database_url: str, percent: int, believed: bool
) -> None:
    book.keep([OUT])
    switched(database_url, on=True, percent=percent)
    assert bool(around(database_url)) is believed


def test_after_thirty_days_it_is_neither_believed_nor_kept(
    book: WayBook, database_url: str
) -> None:
    book.keep([OUT])
    aged(database_url, 29)
    assert around(database_url)
    aged(database_url, 1)
    assert around(database_url) == {}
    book.keep([BACK])
    book.sweep()
    with psycopg.connect(database_url) as session:
        assert session.execute("select from_lng from ways").fetchall() == [(136000,)]


def test_nobody_asks_about_what_no_map_can_know() -> None:
    vague = FAR.but(precision=Precision.CITY)
    assert legs_among([HERE, vague, THERE, HERE]) == [(HERE, THERE), (THERE, HERE)]
