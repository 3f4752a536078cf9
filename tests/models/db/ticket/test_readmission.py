"""Where the experts are sent, once the customer's file is there."""

from collections.abc import Iterator

import psycopg
import pytest

from models.catalogue.catalogue import load
from models.db.engine import Database
from models.db.ticket.admission import set_place
from models.db.ticket.reads import TicketReads
from models.geography import Spot
from tests.databases import database_of_its_own

SAM, *_, OTHER = load().customers
_TICKETS = """insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round,
    slots, attention, timers, clocks, opened_at, fingerprint)
    select id, 0, 'RECEIVED', %s, 'web', 'normal', 'UNKNOWN', 1, '[]', '[]', '[]', '[]', now(), ''
    from unnest(array['tkt_lost', 'tkt_found']) as id"""
_PLACES = """insert into ticket_private (ticket_id, description, lat, lng) values
    ('tkt_lost', 'It hums.', null, null), ('tkt_found', 'It leaks.', 1, 2)"""


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with database_of_its_own(postgres_url) as url:
        with psycopg.connect(url) as session:
            session.execute(_TICKETS, (SAM.id,))
            session.execute(_PLACES)
        opened = Database(url, pool_size=1)
        yield opened
        opened.close()


def test_where_nobody_knew_the_customers_file_says(database: Database) -> None:
    with database.unit_of_work() as session:
        assert TicketReads(session).words("tkt_lost") == ("It hums.", None, None)
        set_place(session, "tkt_lost", SAM.id)
    with database.unit_of_work() as session:
        at = Spot(lat=SAM.place.lat, lng=SAM.place.lng, site="tkt_lost")
        assert TicketReads(session).place("tkt_lost") == at


def test_a_place_that_is_known_stays(database: Database) -> None:
    with database.unit_of_work() as session:
        set_place(session, "tkt_found", OTHER.id)
    with database.unit_of_work() as session:
        found = Spot(lat=1, lng=2, site="tkt_found")
        assert TicketReads(session).place("tkt_found") == found


def test_without_a_file_nobody_knows_still(database: Database) -> None:
    with database.unit_of_work() as session:
        set_place(session, "tkt_lost", "cus_nobody")
        assert TicketReads(session).place("tkt_lost") is None
