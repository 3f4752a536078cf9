"""What an expert's calendar keeps for a visit whose end is put right."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from models.db.engine import Database
from models.db.ticket.recorder import record_ticket
from models.field import FactKind
from models.rules.ticket.recording import record_of
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket
from tests.databases import database_of_its_own
from tests.models.rules.stories import (
    ANNA,
    CUSTOMER,
    HOUR,
    NOW,
    TICKET,
    UNHURRIED,
    VISIT,
    after,
    fact,
    scheduled,
)
from tests.models.rules.visit.test_ends import back

K = FactKind
START, END = NOW + 24 * HOUR, NOW + 25.5 * HOUR
MINUTE = timedelta(minutes=1)
_TICKET = """insert into tickets (id, seq, mark, status, customer_id, channel, urgency, coverage,
    round, slots, attention, timers, clocks, opened_at, fingerprint)
    values (%s, %s, %s, 'IN_PROGRESS', %s, 'web', 'normal', 'UNKNOWN', 1, '[]', '[]', '[]', '[]',
    now(), '')"""
_BOOKED = """insert into assignments (id, ticket_id, group_id, round, visit_id, position, expert_id,
    expert_no, source, state, start_at, end_at, blocked, lat, lng)
    values (%(id)s, 'tkt', 'grp', 1, %(visit)s, 0, %(expert)s, 1, 'AUTO', 'RESERVED', %(start)s,
    %(end)s, tstzrange(%(start)s - interval '15 minutes', %(end)s), 52.5, 13.4)"""


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as own:
        yield own


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url, pool_size=1)
    yield opened
    opened.close()


def booked(url: str, name: str, start: datetime, end: datetime) -> None:
    with psycopg.connect(url) as session:
        session.execute("set session_replication_role = replica")
        visit = VISIT if name == "asg_0" else f"vis_{name}"
        values = {"id": name, "visit": visit, "expert": ANNA, "start": start, "end": end}
        session.execute(_BOOKED, values)


def kept(url: str) -> tuple[datetime, datetime]:
    """From when until when the visit keeps its expert."""
    with psycopg.connect(url, row_factory=dict_row) as session:
        [row] = session.execute("select blocked from assignments where id = 'asg_0'").fetchall()
    found: Any = row["blocked"]
    return found.lower, found.upper


def written(database: Database, ticket: Ticket, known: Ticket) -> Ticket:
    assert record_ticket(database, record_of(ticket, known, (), known.mark), []) is None
    return ticket.but(news=())


def ended(database: Database, url: str, minutes: int) -> Ticket:
    """Their visit, done so many minutes after it began; the calendar has it."""
    at_work = after(
        scheduled(policies=UNHURRIED.but(correction_window=3 * HOUR)), K.STARTED, at=START
    ).but(news=())
    with psycopg.connect(url) as session:
        session.execute("set session_replication_role = replica")
        session.execute(_TICKET, (TICKET, at_work.seq, at_work.mark, CUSTOMER))
    booked(url, "asg_0", START, END)
    done = fact(K.COMPLETED, at=START + minutes * MINUTE, name="done")
    ticket = written(database, reported(at_work, done, done.occurred_at)[0], at_work)
    assert kept(url) == (START - 15 * MINUTE, START + minutes * MINUTE)
    return ticket


@pytest.mark.parametrize(
    ("end", "until"),
    [(None, 45), (10, 10), (40, 40), (60, 45), (95, 45)],
    ids=["not done", "as it was", "before that", "after that", "after the plan"],
)
def test_who_was_not_done_keeps_what_nobody_else_was_given(
    database: Database, url: str, end: int | None, until: int
) -> None:
    known = ended(database, url, 10)
    booked(url, "other", START + 60 * MINUTE, START + 120 * MINUTE)
    said, now = back("done"), START + 2 * HOUR
    if end is not None:
        right = fact(K.COMPLETED, at=START + end * MINUTE, name="right")
        said = right.model_copy(update={"corrects": "done"})
    written(database, reported(known, said, now)[0], known)
    assert kept(url) == (START - 15 * MINUTE, START + until * MINUTE)


def test_who_was_not_done_has_all_of_it_where_nobody_else_was_given_any(
    database: Database, url: str
) -> None:
    known = ended(database, url, 10)
    booked(url, "other", END + 15 * MINUTE, END + 75 * MINUTE)
    written(database, reported(known, back("done"), START + 2 * HOUR)[0], known)
    assert kept(url) == (START - 15 * MINUTE, END)
