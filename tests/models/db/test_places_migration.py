"""A point that we put in the middle of a zone ourselves is marked as what it is, and no other."""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest

from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Database
from models.db.migrate import migrate, unmigrate
from tests.databases import database_of_its_own
from tests.house import REFERENCE

BEFORE = "0004"
BERLIN = next(z for z in REFERENCE.zones if z.code == "berlin").centre
CUSTOMER = REFERENCE.customers[0].id
ROWS: tuple[LiteralString, ...] = (
    "update customers set lat = %(lat)s, lng = %(lng)s where id = %(customer)s",
    """insert into tickets (id, seq, status, customer_id, channel, urgency, zone, coverage, round,
        slots, attention, timers, clocks, opened_at, fingerprint)
    select id, 1, 'CLOSED', %(customer)s, 'app', 'normal', 'berlin', 'COVERED', 1, '[]', '[]',
        '[]', '[]', now(), ''
    from unnest(array['tkt_city', 'tkt_exact', 'tkt_nowhere']) as id""",
    """insert into ticket_private (ticket_id, description, lat, lng) values
        ('tkt_city', '', %(lat)s, %(lng)s), ('tkt_exact', '', 52.5, 13.4),
        ('tkt_nowhere', '', null, null)""",
    """insert into assignments (id, ticket_id, group_id, round, visit_id, position, expert_id,
        expert_no, state, source, start_at, end_at, blocked, lat, lng)
    select 'asg_' || ticket_id, ticket_id, 'grp_1', 1, 'vis_' || ticket_id, 0, e.id, e.expert_no,
        'DONE', 'AUTO', now() + n * interval '1 day', now() + n * interval '1 day 1 hour',
        tstzrange(now() + n * interval '1 day', now() + n * interval '1 day 1 hour'), p.lat, p.lng
    from (select *, row_number() over () as n from ticket_private where lat is not null) as p
    cross join (select id, expert_no from experts limit 1) as e""",
)


@pytest.fixture(scope="module")
def old(postgres_url: str) -> Iterator[str]:
    """A database with places of before."""
    with database_of_its_own(postgres_url) as url:
        opened = Database(url)
        with opened.unit_of_work() as session:
            ReferenceRepository(session).load_missing(REFERENCE)
        opened.close()
        unmigrate(url, BEFORE)
        with psycopg.connect(url) as session:
            session.execute("set session_replication_role = replica")
            for row in ROWS:
                session.execute(row, {"customer": CUSTOMER, "lat": BERLIN.lat, "lng": BERLIN.lng})
        yield url


def precisions(url: str, query: LiteralString) -> dict[str, str]:
    with psycopg.connect(url) as session:
        return dict(session.execute(query).fetchall())


def test_the_middle_of_a_zone_is_a_stand_in_and_every_other_point_an_address(old: str) -> None:
    migrate(old)
    customers = precisions(old, "select id, precision from customers")
    assert {c: p for c, p in customers.items() if p != "exact"} == {CUSTOMER: "city"}
    assert precisions(old, "select ticket_id, precision from ticket_private") == {
        "tkt_city": "city",
        "tkt_exact": "exact",
        "tkt_nowhere": "exact",
    }
    assert precisions(old, "select ticket_id, precision from assignments") == {
        "tkt_city": "city",
        "tkt_exact": "exact",
    }
    unmigrate(old, BEFORE)
    migrate(old)
