"""Booking: all of it or nothing, with the way between two visits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from models.db.engine import Database
from models.db.matching.booking import Booking, CalendarMoved, PositionTaken, book
from models.db.matching.decisions import StoredDecision
from models.db.people.calendar import CalendarRepository
from models.db.people.ways import WayBook
from models.geography import SHORTEST_TRIP, Spot, travel_time
from models.matching.problem import MatchingProblem
from models.messages.matching import Settlement
from models.people.diary import Diary
from models.people.travel import SaidWays, TravelSource, Trip, name_of
from models.visit import MatchState
from tests.databases import database_of_its_own

ANN, BOB = "exp_ann", "exp_bob"
HERE, THERE, FAR = (
    Spot(lat=52.50, lng=13.40),
    Spot(lat=52.50, lng=13.60),
    Spot(lat=52.50, lng=14.50),
)
EXPERTS = """insert into experts (id, name, status, zone, tz, locale, lat, lng,
    radius_km, commission_percent, phone, email, channels, calendar_version)
    select id, 'Jo Doe', 'VERIFIED', 'berlin', 'Europe/Berlin', 'en-GB', 52.5, 13.4, 30, '15',
    '+491710000000', 'jo@example.org', '[]', 0 from unnest(%s::text[]) as id"""
TICKET = """insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round,
    slots, attention, timers, clocks, opened_at, fingerprint) values ('tkt_1', 0, 'MATCHING',
    'cus_1', 'WEB', 'NORMAL', 'COVERED', 1, '[]', '[]', '[]', '[]', now(), '')"""


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as url:
        with psycopg.connect(url) as session:
            session.execute("set session_replication_role = replica")
            session.execute(EXPERTS, ([ANN, BOB],))
            session.execute(TICKET)
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with psycopg.connect(database_url) as session:
        session.execute("truncate assignments, decisions, ways cascade")
        session.execute("update experts set calendar_version = 0")
    opened = Database(database_url)
    yield opened
    opened.close()


def at(hour: float) -> datetime:
    return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def wanted(name: str, start: float, expert: str = ANN, place: Spot = HERE, **more: Any) -> Booking:
    """An hour of somebody."""
    facts = {
        "assignment_id": f"asg_{name}",
        "ticket_id": "tkt_1",
        "group_id": "grp_1",
        "round": 1,
        "visit_id": f"vis_{name}",
        "position": 0,
        "expert_id": expert,
        "proposal_id": None,
        "start": at(start),
        "end": at(start + 1),
        "place": place,
    }
    return Booking.model_validate({**facts, **more})


def diaries(database: Database) -> dict[str, Diary]:
    with database.unit_of_work() as session:
        read = CalendarRepository(session).diaries([ANN, BOB], at(0))
    return {diary.expert.id: diary for diary in read}


def booked(database_url: str) -> dict[str, dict[str, Any]]:
    with psycopg.connect(database_url, row_factory=dict_row) as session:
        rows = session.execute("select * from assignments").fetchall()
    return {row["visit_id"].removeprefix("vis_"): row for row in rows}


def counted(database_url: str) -> list[int]:
    with psycopg.connect(database_url) as session:
        rows = session.execute(
            "select calendar_version from experts where id = any(%s) order by id", ([ANN, BOB],)
        ).fetchall()
    return [row[0] for row in rows]


def test_a_visit_blocks_the_way_to_it_too(database: Database, database_url: str) -> None:
    book(database, [wanted("first", 8)], diaries(database))
    book(database, [wanted("second", 12, place=THERE)], diaries(database))
    rows = booked(database_url)
    assert rows["first"]["blocked"].lower == at(8) - SHORTEST_TRIP
    assert rows["second"]["blocked"].lower == at(12) - travel_time(HERE, THERE)
    assert {row["blocked"].upper for row in rows.values()} == {at(9), at(13)}
    assert counted(database_url) == [2, 0]


def test_one_crew_travels_from_visit_to_visit_of_the_same_booking(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("b", 12, place=THERE), wanted("a", 8)], diaries(database))
    assert booked(database_url)["b"]["blocked"].lower == at(12) - travel_time(HERE, THERE)


def test_a_visit_before_another_shortens_the_others_way_and_then_fits(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("early", 2, place=FAR)], diaries(database))
    book(database, [wanted("late", 12, place=THERE)], diaries(database))
    long_way = booked(database_url)["late"]["blocked"].lower
    assert long_way < at(11)
    book(database, [wanted("between", 10, place=THERE)], diaries(database))
    rows = booked(database_url)
    assert rows["late"]["blocked"].lower == at(12), "the same address"
    assert rows["between"]["blocked"].lower == at(10) - travel_time(FAR, THERE)


def test_who_was_booked_since_their_diary_was_read_is_not_booked(
    database: Database, database_url: str
) -> None:
    old = diaries(database)
    book(database, [wanted("a", 8)], old)
    both = [wanted("b", 16), wanted("c", 16, expert=BOB)]
    with pytest.raises(CalendarMoved):
        book(database, both, old, decision=decided())
    assert set(booked(database_url)) == {"a"}
    assert counted(database_url) == [1, 0]
    assert kept(database_url) == 0
    book(database, both, diaries(database), decision=decided())
    assert set(booked(database_url)) == {"a", "b", "c"}
    assert kept(database_url) == 1


def test_who_is_booked_while_we_wait_for_them_is_not_booked_by_us(
    database: Database, database_url: str
) -> None:
    old = diaries(database)
    with ThreadPoolExecutor(1) as beside, psycopg.connect(database_url) as session:
        session.execute("select from experts where id = %s for update", (ANN,))
        booking = beside.submit(book, database, [wanted("a", 8)], old)
        with pytest.raises(TimeoutError):
            booking.result(timeout=0.3)
        session.execute("update experts set calendar_version = 1 where id = %s", (ANN,))
        session.commit()
        with pytest.raises(CalendarMoved):
            booking.result()
    assert booked(database_url) == {}


GONE_ON = {
    "ended": "update tickets set status = 'CANCELLED' where id = 'tkt_1'",
    "another round": """insert into visit_groups (id, ticket_id, round, match_state, missing,
        visit_ids, dependencies) values ('grp_1', 'tkt_1', 2, 'EMPTY', '[]', '[]', '[]')""",
}


@pytest.mark.parametrize("moved", GONE_ON.values(), ids=GONE_ON)
def test_an_attempt_that_was_frozen_books_nothing_for_a_ticket_that_went_on(
    database: Database, database_url: str, moved: str
) -> None:
    seen = diaries(database)
    with psycopg.connect(database_url) as session:
        session.execute(moved.encode())
    try:
        with pytest.raises(CalendarMoved):
            book(database, [wanted("a", 8)], seen)
        assert booked(database_url) == {}
    finally:
        with psycopg.connect(database_url) as session:
            session.execute("update tickets set status = 'MATCHING'")
            session.execute("delete from visit_groups")


def test_whoever_writes_nobody_is_in_two_places(database: Database, database_url: str) -> None:
    empty = diaries(database)
    book(database, [wanted("a", 8)], empty)
    blind = {ANN: empty[ANN].but(version=1), BOB: empty[BOB]}
    with pytest.raises(CalendarMoved):
        book(database, [wanted("b", 8.5), wanted("c", 8, expert=BOB)], blind)
    assert set(booked(database_url)) == {"a"}
    assert counted(database_url) == [1, 0]


def test_who_comes_in_anothers_place_gets_that_position_beside_them(
    database: Database, database_url: str
) -> None:
    book(database, [wanted("a", 8)], diaries(database))
    other = wanted("a", 8, expert=BOB, assignment_id="asg_other")
    book(database, [other], diaries(database), instead_of="asg_a")
    with psycopg.connect(database_url) as session:
        rows = session.execute(
            "select id, state, relieved_by from assignments order by id"
        ).fetchall()
    assert rows == [("asg_a", "RESERVED", "asg_other"), ("asg_other", "RESERVED", None)]
    third = wanted("a", 20, assignment_id="asg_third")
    with pytest.raises(PositionTaken):
        book(database, [third], diaries(database))


def test_a_statement_that_fails_leaves_a_connection_that_serves(database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        database.at_once("select 1 / %(zero)s", {"zero": 0})
    assert database.at_once("select %(one)s", {"one": 1}) == 1
    with suppress(ZeroDivisionError), database.unit_of_work() as session:
        session.connection().exec_driver_sql("update experts set calendar_version = 7")
        raise ZeroDivisionError
    assert diaries(database)[ANN].version == 0, "it was rolled back"


def test_one_lost_connection_costs_one_failure(database: Database, database_url: str) -> None:
    with database.unit_of_work() as first, database.unit_of_work() as second:
        for session in (first, second):
            session.connection().exec_driver_sql("select 1")
    with psycopg.connect(database_url, autocommit=True) as session:
        session.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            " and backend_type = 'client backend'"
        )
    with pytest.raises(psycopg.OperationalError) as lost:
        database.at_once("select 1", {})
    assert Database.is_outage(lost.value)
    assert database.at_once("select 1", {}) == 1


def decided() -> StoredDecision:
    return StoredDecision(
        ticket_id="tkt_1",
        group_id="grp_1",
        round=1,
        decided_at=at(0),
        problem=MatchingProblem(visits=(), slots={}, proposals=(), candidates=(), earliest=at(0)),
        settlement=Settlement(match_state=MatchState.FINALISED),
    )


def kept(database_url: str) -> int:
    with psycopg.connect(database_url) as session:
        row = session.execute("select count(*) from decisions").fetchone()
    assert row
    return int(row[0])


def told(minutes: int, *legs: tuple[Spot, Spot]) -> SaidWays:
    """What a map server said of some ways."""
    trip = Trip(lasts=timedelta(minutes=minutes), source=TravelSource.OSRM, server=1)
    return {name_of(*leg): trip for leg in legs}


def test_it_is_booked_with_the_ways_that_it_was_decided_by(
    database: Database, database_url: str
) -> None:
    """To the new visit, and from it to what follows, whatever a map says meanwhile."""
    book(database, [wanted("before", 8)], diaries(database))
    book(database, [wanted("after", 13, place=FAR)], diaries(database))
    known = told(25, (HERE, THERE)), told(50, (THERE, FAR))
    seen = {who: d.but(said={**known[0], **known[1]}) for who, d in diaries(database).items()}
    WayBook(database).keep([((HERE, THERE), next(iter(told(99, (HERE, THERE)).values())))])
    book(database, [wanted("between", 9.5, place=THERE)], seen)
    rows = booked(database_url)
    assert rows["between"]["blocked"].lower == at(9.5) - timedelta(minutes=25)
    assert rows["after"]["blocked"].lower == at(13) - timedelta(minutes=50)


def test_a_diary_knows_the_ways_around_the_place_it_is_read_for(database: Database) -> None:
    book(database, [wanted("first", 8, place=FAR)], diaries(database))
    trip = Trip(lasts=timedelta(minutes=40), source=TravelSource.VALHALLA, server=2)
    home = Spot(lat=52.5, lng=13.4)
    legs = [(FAR, THERE), (THERE, home), (FAR, home)]
    WayBook(database).keep([(leg, trip) for leg in legs])
    with database.reading() as session:
        calendar = CalendarRepository(session)
        [ann] = calendar.diaries([ANN], at(0), THERE)
        [plain] = calendar.diaries([ANN], at(0))
        [among] = calendar.diaries_among([ANN], at(0), THERE)
    assert set(ann.said) == {name_of(FAR, THERE), name_of(THERE, home)}
    assert plain.said == {}
    assert set(among.said) == {name_of(FAR, THERE)}
