"""The open list is read at once, whatever stands open."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from models.calendar import Window
from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from models.db.engine import Database, Session
from models.db.market.open_list import LOOKED_AT, OpenList, OpenPage
from models.db.people.calendar import CalendarRepository
from models.db.people.writes import ExpertRepository
from models.people.diary import TimeOff
from tests.databases import database_of_its_own

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SAT_OUT = Window(start=NOW + timedelta(days=1), end=NOW + timedelta(days=2))
WORKED = Window(start=NOW + timedelta(days=3), end=NOW + timedelta(days=4))
_OPENED = (
    """insert into tickets (id, seq, status, customer_id, channel, urgency, zone, coverage, round,
        slots, attention, timers, clocks, opened_at, fingerprint)
    select 'tkt_' || n, 1, 'MATCHING', :customer, 'WEB', 'normal', 'berlin', 'COVERED', 1,
        jsonb_build_array(jsonb_build_object('start', cast(:start as text), 'end', cast(:end as
        text))), '[]', '[]', '[]', cast(:now as timestamptz) - interval '1 day' + n * interval '1s',
        '' from generate_series(cast(:first as int), :last) n""",
    """insert into ticket_private (ticket_id, description, city, lat, lng)
    select 'tkt_' || n, 'x', 'Berlin', 52.5, 13.4 from generate_series(cast(:first as int), :last) n
    """,
    """insert into visit_groups (id, ticket_id, round, match_state, missing, visit_ids,
        dependencies)
    select 'grp_' || n, 'tkt_' || n, 1, 'EMPTY', '[]', '[]', '[]'
    from generate_series(cast(:first as int), :last) n""",
    """insert into visits (id, ticket_id, group_id, seq, state, minutes, positions)
    select 'vis_' || n, 'tkt_' || n, 'grp_' || n, 1, 'OPEN', 60,
        '[{"idx": 0, "skill": "refrigeration", "min_level": 1}]'
    from generate_series(cast(:first as int), :last) n""",
)


THERE = """insert into assignments (id, ticket_id, group_id, round, visit_id, position, expert_id,
    expert_no, source, state, start_at, end_at, blocked, lat, lng) values ('asg_2', 'tkt_2',
    'grp_2', 1, 'vis_2', 1, :me, 1, 'AUTO', 'DONE', :start, :end, 'empty', 52.5, 13.4)"""


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with database_of_its_own(postgres_url) as url:
        opened = Database(url, pool_size=1)
        yield opened
        opened.close()


def opened(session: Session, first: int, last: int, time: Window) -> None:
    """Visits of these numbers stand open, for a time."""
    named = {"customer": FIRST_CUSTOMER_ID, "now": NOW, "first": first, "last": last}
    times = {"start": time.start.isoformat(), "end": time.end.isoformat()}
    for statement in _OPENED:
        wanted = {n: v for n, v in {**named, **times}.items() if f":{n}" in statement}
        session.execute(text(statement), wanted)


def asked(
    session: Session, after: tuple[datetime, str] | None = None, limit: int = 50
) -> tuple[OpenPage, list[str]]:
    """A page for the first expert, and the statements that it took."""
    said: list[str] = []

    def hear(_: object, __: object, statement: str, *rest: object) -> None:
        said.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", hear)
    [diary] = CalendarRepository(session).diaries([FIRST_EXPERT_ID], NOW)
    page = OpenList(session).open_visits(diary, NOW, after, limit)
    event.remove(connection, "before_cursor_execute", hear)
    return page, said


def test_four_hundred_visits_that_clash_are_passed_over_in_two_statements(
    database: Database,
) -> None:
    with database.unit_of_work() as session:
        off = TimeOff(id="tof_1", window=SAT_OUT)
        ExpertRepository(session).add_time_off(FIRST_EXPERT_ID, off)
        opened(session, 1, 400, SAT_OUT)
        opened(session, 401, 403, WORKED)
    with database.reading() as session:
        page, said = asked(session)
    assert [visit.id for visit in page.visits] == ["vis_401", "vis_402", "vis_403"]
    assert (page.ended, len(said)) == (None, 2)


def test_a_page_that_nothing_fits_on_says_where_the_list_goes_on(database: Database) -> None:
    with database.unit_of_work() as session:
        off = TimeOff(id="tof_1", window=SAT_OUT)
        ExpertRepository(session).add_time_off(FIRST_EXPERT_ID, off)
        opened(session, 1, LOOKED_AT, SAT_OUT)
        opened(session, LOOKED_AT + 1, LOOKED_AT + 3, WORKED)
    with database.reading() as session:
        first, _ = asked(session)
        second, _ = asked(session, first.ended, limit=2)
        last, _ = asked(session, second.ended, limit=2)
    assert first.visits == []
    assert [visit.id for visit in second.visits] == [f"vis_{LOOKED_AT + n}" for n in (1, 2)]
    assert [visit.id for visit in last.visits] == [f"vis_{LOOKED_AT + 3}"]
    assert last.ended is None


def test_a_follow_up_is_shown_first_to_who_was_there_and_after_its_parts(
    database: Database,
) -> None:
    told = NOW + timedelta(minutes=15)
    with database.unit_of_work() as session:
        opened(session, 1, 2, WORKED)
        session.execute(
            text("update visits set first_until = :told, follows = 'vis_2' where id = 'vis_1'"),
            {"told": told},
        )
        session.execute(
            text("update visits set not_before = :then where id = 'vis_2'"),
            {"then": WORKED.start + timedelta(hours=6)},
        )
        session.execute(text("update tickets set status = 'IN_PROGRESS' where id = 'tkt_2'"))
    with database.reading() as session:
        page, _ = asked(session)
        expert = CalendarRepository(session).diaries([FIRST_EXPERT_ID], NOW)[0].expert
        shown = [OpenList(session).open_visit(expert, at, "vis_1") for at in (NOW, told)]
    assert [visit.id for visit in page.visits] == ["vis_2"]
    assert page.visits[0].times == (
        Window(start=WORKED.start + timedelta(hours=6), end=WORKED.end),
    )
    assert [visit is not None for visit in shown] == [False, True]
    with database.unit_of_work() as session:
        session.execute(text("set session_replication_role = replica"))
        session.execute(text(THERE), {"me": FIRST_EXPERT_ID, "start": NOW, "end": told})
    with database.reading() as session:
        page, _ = asked(session)
    assert [visit.id for visit in page.visits] == ["vis_1"], "and not what they were sent to"
