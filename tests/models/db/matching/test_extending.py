"""More time for a visit, in every calendar at once or in none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from models.calendar import Window
from models.db.engine import Database
from models.db.matching.booking import Booking, CalendarMoved, book
from models.db.matching.extending import Extending, Stay, extend, stays
from models.db.people.calendar import CalendarRepository
from models.geography import SHORTEST_TRIP, Spot, travel_time
from models.people.diary import Diary
from models.people.travel import TravelSource, Trip, name_of
from tests.databases import database_of_its_own
from tests.models.db.matching.test_booking import ANN, BOB, EXPERTS, TICKET

HERE = Spot(lat=52.50, lng=13.40, site="tkt_1")
THERE = Spot(lat=52.50, lng=13.60)


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as url:
        with psycopg.connect(url) as session:
            session.execute("set session_replication_role = replica")
            session.execute(EXPERTS, ([ANN, BOB],))
            session.execute(TICKET)
            session.execute(TICKET.replace("tkt_1", "tkt_2").encode())
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with psycopg.connect(database_url) as session:
        session.execute("truncate assignments cascade")
        session.execute("update experts set calendar_version = 0")
    opened = Database(database_url)
    yield opened
    opened.close()


def at(hour: float) -> datetime:
    return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def wanted(
    name: str, start: float, expert: str = ANN, place: Spot = HERE, ticket: str = "tkt_1"
) -> Booking:
    """An hour of somebody."""
    return Booking(
        assignment_id=f"asg_{name}",
        ticket_id=ticket,
        group_id="grp_1",
        round=1,
        visit_id=f"vis_{name}",
        position=0,
        expert_id=expert,
        proposal_id=None,
        start=at(start),
        end=at(start + 1),
        place=place,
    )


def elsewhere(start: float, expert: str = ANN) -> Booking:
    """An hour of another ticket."""
    return wanted("other", start, expert, THERE, "tkt_2")


def stay(name: str, start: float, end: float, expert: str = ANN) -> Stay:
    return Stay(assignment_id=f"asg_{name}", expert_id=expert, start=at(start), end=at(end))


def longer(*grown: Stay, moved: tuple[Stay, ...] = ()) -> Extending:
    return Extending("tkt_1", "grp_1", 1, HERE, grown, moved)


def diaries(database: Database) -> dict[str, Diary]:
    with database.reading() as session:
        read = CalendarRepository(session).diaries([ANN, BOB], at(0))
    return {diary.expert.id: diary for diary in read}


def calendar(database_url: str) -> dict[str, tuple[Any, ...]]:
    """Per visit: start, end, from when and until when it blocks its expert."""
    with psycopg.connect(database_url, row_factory=dict_row) as session:
        rows = session.execute("select * from assignments").fetchall()
    return {
        row["visit_id"].removeprefix("vis_"): (
            *(row["start_at"], row["end_at"]),
            *(row["blocked"].lower, row["blocked"].upper),
        )
        for row in rows
    }


def versions(database: Database) -> list[int]:
    found = diaries(database)
    return [found[ANN].version, found[BOB].version]


def test_it_grows_and_what_follows_moves_in_one_step(database: Database, database_url: str) -> None:
    book(database, [wanted("a", 8), wanted("b", 9), wanted("c", 10)], diaries(database))
    change = longer(stay("a", 8, 9.5), moved=(stay("b", 9.75, 10.75), stay("c", 10.75, 11.75)))
    extend(database, change, diaries(database))
    rows = calendar(database_url)
    assert rows["a"] == (at(8), at(9.5), at(8) - SHORTEST_TRIP, at(9.5))
    assert rows["b"] == (at(9.75), at(10.75), at(9.75), at(10.75))
    assert rows["c"] == (at(10.75), at(11.75), at(10.75), at(11.75))
    assert versions(database) == [2, 0]
    with database.reading() as session:
        assert stays(session, ["asg_a"]) == {"asg_a": Window(start=at(8), end=at(9.5))}


def test_what_moves_behind_another_visit_comes_from_there_and_the_other_from_elsewhere(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("a", 8, BOB), wanted("b", 9)], diaries(database))
    book(database, [elsewhere(12)], diaries(database))
    assert calendar(database_url)["other"][2] == at(12) - travel_time(HERE, THERE)
    change = longer(stay("a", 8, 9.5, BOB), moved=(stay("b", 14, 15),))
    extend(database, change, diaries(database))
    rows = calendar(database_url)
    assert rows["b"][2:] == (at(14) - travel_time(THERE, HERE), at(15))
    assert rows["other"][2:] == (at(12) - SHORTEST_TRIP, at(13))


def test_time_is_granted_up_to_the_way_that_a_map_knows_by_now(
    database: Database, database_url: str
) -> None:
    """The next visit was booked by the distance; a map has found a shorter way since."""
    book(database, [wanted("a", 8)], diaries(database))
    book(database, [elsewhere(9.5)], diaries(database))
    assert calendar(database_url)["other"][2] == at(9.5) - travel_time(HERE, THERE)
    trip = Trip(lasts=timedelta(minutes=15), source=TravelSource.OSRM, server=1)
    known = {who: d.but(said={name_of(HERE, THERE): trip}) for who, d in diaries(database).items()}
    extend(database, longer(stay("a", 8, 9.25)), known)
    rows = calendar(database_url)
    assert rows["a"][1:] == (at(9.25), at(8) - SHORTEST_TRIP, at(9.25))
    assert rows["other"][2] == at(9.25)


def test_who_is_done_is_free_all_the_same(database: Database, database_url: str) -> None:
    book(database, [wanted("a", 8), wanted("b", 8, BOB)], diaries(database))
    with psycopg.connect(database_url) as session:
        session.execute("update assignments set done_at = %s where expert_id = %s", (at(8.5), BOB))
    extend(database, longer(stay("a", 8, 10), stay("b", 8, 10, BOB)), diaries(database))
    rows = calendar(database_url)
    assert rows["a"][1:] == (at(10), at(8) - SHORTEST_TRIP, at(10))
    assert rows["b"][1:] == (at(10), at(8) - SHORTEST_TRIP, at(8.5))


def test_who_was_booked_since_their_diary_was_read_gets_no_more_time(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("a", 8)], diaries(database))
    seen = diaries(database)
    book(database, [elsewhere(10)], seen)
    before = calendar(database_url)
    with pytest.raises(CalendarMoved):
        extend(database, longer(stay("a", 8, 9.25)), seen)
    assert calendar(database_url) == before


def test_who_was_given_more_time_since_is_not_booked(database: Database, database_url: str) -> None:
    book(database, [wanted("a", 8)], diaries(database))
    seen = diaries(database)
    extend(database, longer(stay("a", 8, 9.5)), seen)
    with pytest.raises(CalendarMoved):
        book(database, [elsewhere(9.5)], seen)
    assert set(calendar(database_url)) == {"a"}


def test_of_a_grant_and_a_booking_at_once_the_calendar_takes_one(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("a", 8), wanted("b", 8, BOB)], diaries(database))
    seen = diaries(database)
    change = longer(stay("a", 8, 10), stay("b", 8, 10, BOB))
    other = elsewhere(9.75, BOB)
    with ThreadPoolExecutor(2) as both:
        asked = [
            both.submit(extend, database, change, seen),
            both.submit(book, database, [other], seen),
        ]
        refused = [isinstance(a.exception(), CalendarMoved) for a in asked]
    assert sorted(refused) == [False, True]
    rows = calendar(database_url)
    assert (rows["a"][1], rows["b"][1]) == ((at(9), at(9)) if refused[0] else (at(10), at(10)))
    assert ("other" in rows) is refused[0]


def test_whoever_reads_wrongly_the_constraint_is_right(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("a", 8)], diaries(database))
    book(database, [elsewhere(10)], diaries(database))
    before = calendar(database_url)
    with pytest.raises(CalendarMoved):
        extend(database, longer(stay("a", 8, 9.75)), diaries(database))
    assert calendar(database_url) == before
    assert versions(database) == [2, 0]


def test_an_attempt_that_was_frozen_gives_nothing_to_a_ticket_that_has_ended(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("a", 8)], diaries(database))
    seen = diaries(database)
    with psycopg.connect(database_url) as session:
        session.execute("update tickets set status = 'CANCELLED' where id = 'tkt_1'")
    try:
        with pytest.raises(CalendarMoved):
            extend(database, longer(stay("a", 8, 9.25)), seen)
    finally:
        with psycopg.connect(database_url) as session:
            session.execute("update tickets set status = 'MATCHING'")
    assert calendar(database_url)["a"][1] == at(9)
