"""Which running tickets have to hear that policies became others."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest

from models.actor import Actor, Role
from models.db.catalogue.policies import PolicyRepository
from models.db.catalogue.policy_changes import PolicyChangeRepository, Untold
from models.db.engine import Database
from models.db.flag.writes import FlagRepository
from models.flag import Rollout
from models.ticket import Urgency
from tests.databases import database_of_its_own

AT_ONCE = timedelta(0)
HOUR = timedelta(hours=1)
_FILED: LiteralString = """insert into tickets (id, seq, status, customer_id, channel, urgency,
    zone, plan_id, coverage, round, slots, attention, timers, clocks, opened_at, fingerprint)
    values (%s, %s, %s, 'cus_1', 'web', %s, %s, %s, 'COVERED', 1, '[]', '[]', '[]', '[]', now(),
    '')"""


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as url:
        file(url, "tkt_1")
        file(url, "tkt_2", zone="london")
        file(url, "tkt_3", urgency="urgent", plan="gold")
        file(url, "tkt_4", status="CLOSED")
        file(url, "tkt_5", status="CANCELLED")
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url, pool_size=1)
    yield opened
    opened.close()


def file(
    url: str,
    ticket_id: str,
    *,
    seq: int = 1,
    status: str = "MATCHING",
    urgency: str = "normal",
    zone: str | None = "berlin",
    plan: str | None = None,
) -> None:
    say(url, _FILED, ticket_id, seq, status, urgency, zone, plan)


def say(url: str, words: LiteralString, *named: object) -> None:
    with psycopg.connect(url) as session:
        session.execute(words, named)


def change(
    database: Database,
    value: timedelta = HOUR,
    urgency: Urgency = Urgency.NORMAL,
    zone: str | None = None,
    plan: str | None = None,
) -> None:
    with database.unit_of_work() as session:
        PolicyRepository(session).set_policy("match_hold", urgency, value, zone, plan)


def untold(database: Database, quiet: timedelta = AT_ONCE, most: int = 100) -> list[Untold]:
    with database.reading() as session:
        return PolicyChangeRepository(session).untold(most, quiet)


def ids(database: Database) -> list[str]:
    return [ticket.id for ticket in untold(database)]


def tell(database: Database, *tickets: Untold) -> None:
    with database.unit_of_work() as session:
        changes = PolicyChangeRepository(session)
        changes.told(tickets, changes.newest())
        changes.over(AT_ONCE)


def is_pending(database: Database) -> bool:
    with database.reading() as session:
        return PolicyChangeRepository(session).is_pending(AT_ONCE)


@pytest.mark.parametrize(
    ("scope", "concerned"),
    [
        ({}, ["tkt_1", "tkt_2"]),
        ({"urgency": Urgency.URGENT}, ["tkt_3"]),
        ({"zone": "london"}, ["tkt_2"]),
        ({"urgency": Urgency.URGENT, "plan": "gold"}, ["tkt_3"]),
        ({"urgency": Urgency.URGENT, "plan": "gold", "zone": "london"}, []),
    ],
)
def test_those_hear_whom_a_change_concerns_and_who_run(
    database: Database, scope: dict[str, object], concerned: list[str]
) -> None:
    change(database, **scope)  # type: ignore[arg-type]
    assert ids(database) == concerned


def test_what_stands_already_is_no_change(database: Database) -> None:
    change(database)
    tell(database, *untold(database))
    change(database)
    assert (ids(database), is_pending(database)) == ([], False)


def test_what_is_taken_back_is_a_change_and_what_never_was_is_none(database: Database) -> None:
    def drop(zone: str | None) -> None:
        with database.unit_of_work() as session:
            PolicyRepository(session).drop_policy("match_hold", Urgency.NORMAL, zone)

    change(database)
    tell(database, *untold(database))
    drop("london")
    assert ids(database) == []
    drop(None)
    assert ids(database) == ["tkt_1", "tkt_2"]


def test_a_change_is_let_alone_for_a_moment(database: Database) -> None:
    change(database)
    assert untold(database, HOUR) == []


def test_whoever_dies_over_it_leaves_the_rest_to_the_next(database: Database) -> None:
    change(database)
    [first] = untold(database, most=1)
    tell(database, first)
    assert (ids(database), is_pending(database)) == (["tkt_2"], True)
    tell(database, *untold(database))
    assert (ids(database), is_pending(database)) == ([], False)


def test_a_change_that_comes_meanwhile_is_another(database: Database) -> None:
    change(database)
    known = untold(database)
    with database.reading() as session:
        version = PolicyChangeRepository(session).newest()
    change(database, 2 * HOUR)
    with database.unit_of_work() as session:
        PolicyChangeRepository(session).told(known, version)
    assert ids(database) == ["tkt_1", "tkt_2"]


def test_a_ticket_whose_zone_or_plan_became_another_hears_what_holds_there(
    database: Database, url: str
) -> None:
    say(url, "update tickets set zone = 'paris' where id = 'tkt_1'")
    say(url, "update tickets set plan_id = 'silver' where id = 'tkt_3'")
    say(url, "update tickets set zone = zone, plan_id = plan_id where id = 'tkt_2'")
    known = untold(database)
    assert [t.id for t in known] == ["tkt_1", "tkt_3"]
    say(url, "update tickets set zone = 'rome' where id = 'tkt_1'")
    tell(database, *known)
    assert ids(database) == ["tkt_1"], "it was told what holds in Paris"


def test_what_a_ticket_was_filed_with_is_no_other_zone(database: Database, url: str) -> None:
    file(url, "tkt_6", seq=0, zone=None)
    say(url, "update tickets set seq = 1, zone = 'berlin' where id = 'tkt_6'")
    assert ids(database) == []


def test_a_change_is_not_over_while_a_ticket_is_only_filed(database: Database, url: str) -> None:
    file(url, "tkt_6", seq=0, zone=None)
    change(database, zone="berlin")
    tell(database, *untold(database))
    assert (ids(database), is_pending(database)) == ([], True)
    say(url, "update tickets set seq = 1, zone = 'berlin' where id = 'tkt_6'")
    assert ids(database) == ["tkt_6"]


@pytest.mark.parametrize(
    ("key", "concerned"), [("start_code", ["tkt_1", "tkt_2", "tkt_3"]), ("maps.primary", [])]
)
def test_a_flag_that_acts_as_a_policy_is_heard_by_everybody(
    database: Database, key: str, concerned: list[str]
) -> None:
    with database.unit_of_work() as session:
        flags, by = FlagRepository(session), Actor(role=Role.ADMIN, id="usr_admin")
        flags.change(flags.locked(key), Rollout(on=False), "So.", by, datetime.now(UTC))
    assert ids(database) == concerned
