"""Rows that named a ticket name it as their subject, and lose nothing on the way there and back."""

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from models.db.migrate import migrate, unmigrate
from tests.databases import database_of_its_own

BEFORE = "0003"
TABLES = ("events", "notifications", "escalations", "invoices")
ROWS: tuple[LiteralString, ...] = (
    """insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round, slots,
        attention, timers, clocks, opened_at, fingerprint)
    values ('tkt_1', 1, 'CLOSED', %(customer)s, 'app', 'normal', 'COVERED', 1, '[]', '[]', '[]',
        '[]', now(), '')""",
    """insert into events (id, ticket_id, aggregate, seq, type, occurred_at, recorded_at,
        actor_role, actor_id, facts)
    select id, ticket_id, aggregate, 1, type, now(), now(), 'system', 'system', '{}'
    from (values ('evt_1', 'tkt_1', 'tkt_1', 'ticket.closed'),
        ('evt_2', 'tkt_1', 'esc_1', 'escalation.opened'),
        ('evt_3', null, %(expert)s, 'expert.week_changed')) as e(id, ticket_id, aggregate, type)""",
    """insert into notifications (id, ticket_id, event_id, recipient_role, recipient_id, template,
        facts, state, created_at)
    values ('ntf_1', 'tkt_1', 'evt_1', 'customer', %(customer)s, 'ticket.closed', '{}', 'QUEUED',
        now())""",
    """insert into escalations (id, ticket_id, workflow_id, seq, subject, reason, level, state,
        urgency, opened_at, due_at, known)
    values ('esc_1', 'tkt_1', 'ticket-1.PARTIAL', 1, 'grp_1', 'PARTIAL', 1, 'OPEN', 'normal', now(),
        now(), '{}')""",
    """insert into invoices (id, number, ticket_id, round, customer_id, state, currency, total,
        lines, issued_at)
    values ('inv_1', 1, 'tkt_1', 1, %(customer)s, 'PAID', 'EUR', 0, '[]', now())""",
)
NAMES = {"customer": FIRST_CUSTOMER_ID, "expert": FIRST_EXPERT_ID}
ALL = sql.SQL("select * from {} order by id")


@pytest.fixture(scope="module")
def old(postgres_url: str) -> Iterator[str]:
    """A database with rows of before."""
    with database_of_its_own(postgres_url) as url:
        unmigrate(url, BEFORE)
        with psycopg.connect(url) as session:
            for row in ROWS:
                session.execute(row, NAMES)
        yield url


def everything(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of the four tables, in order."""
    with psycopg.connect(url, row_factory=dict_row) as session:
        return {
            table: session.execute(ALL.format(sql.Identifier(table))).fetchall() for table in TABLES
        }


def test_what_named_a_ticket_names_it_as_its_subject_and_loses_nothing(old: str) -> None:
    before = everything(old)
    migrate(old)
    after = everything(old)
    for table in TABLES:
        for was, row in zip(before[table], after[table], strict=True):
            about = (row.pop("subject_kind"), row.pop("subject_id"))
            ticket = was["ticket_id"]
            assert about == (("ticket", ticket) if ticket else ("expert", was["aggregate"]))
            assert {name: row[name] for name in was} == was
    unmigrate(old, BEFORE)
    assert everything(old) == before


def test_a_row_without_a_subject_is_refused_and_a_ticket_that_is_named_must_be_there(
    old: str,
) -> None:
    migrate(old)
    of_nobody = """insert into escalations (id, subject_kind, subject_id, workflow_id, seq, subject,
        reason, level, state, urgency, opened_at, due_at, known)
        values ('esc_2', %s, %s, 'w', 1, 's', 'PARTIAL', 1, 'OPEN', 'normal', now(), now(), '{}')"""
    with psycopg.connect(old) as session:
        with pytest.raises(psycopg.errors.NotNullViolation):
            session.execute(of_nobody, ("ticket", None))
        session.rollback()
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            session.execute(of_nobody, ("ticket", "tkt_nobody"))
        session.rollback()
        session.execute(of_nobody, ("integration", "int_1"))
        session.rollback()
    unmigrate(old, BEFORE)
