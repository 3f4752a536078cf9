"""Who has paid is known before they file anything; whoever keeps the accounts is asked gently."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from activities.gateways.coverage.peer import PeerAccounts
from activities.ticket.paying import Accounts
from activities.ticket.tickets import TicketActivities
from models.catalogue.catalogue import FIRST_CUSTOMER_ID, load
from models.db.engine import Database
from models.db.promise.paid import PaidRepository
from models.messages.ticket import OpenTicket
from models.ticket import Channel, Coverage, Urgency
from temporal.flags import Flags
from temporal.sealing import IntakeKeyring
from tests.activities.gateways.accounts_server import AccountsServer, accounts_server
from tests.databases import database_of_its_own
from tests.ticket_desk import CUSTOMER, FRIDGE
from workers.remembering import AGE, MOST_ASKED, Remembering

AT_ONCE = timedelta(0)
CUSTOMERS = sorted(customer.id for customer in load().customers)


class Town:
    """Everybody who has a file, and who keeps their accounts elsewhere."""

    def __init__(self, database: Database, server: AccountsServer) -> None:
        self.database, self.server = database, server
        self.peer = PeerAccounts(server.url)
        self.accounts = Accounts(self.peer)

    def worker(self, turn: timedelta = AT_ONCE) -> Remembering:
        return Remembering(self.database, self.accounts, turn)

    def all_round(self, worker: Remembering) -> int:
        """Of how many was heard in as many turns as may be needed."""
        return sum(worker.go_on() for _ in range(2 + len(CUSTOMERS)))

    def grow(self, by: int) -> None:
        """So many more have a file."""
        more = """insert into customers select (jsonb_populate_record(c, jsonb_build_object(
            'id', 'cus_' || gen_random_uuid()))).* from customers c, generate_series(1, %(by)s)
            where c.id = %(id)s returning 1"""
        self.database.rows_at_once(more, {"by": by, "id": FIRST_CUSTOMER_ID})

    def remembered(self) -> set[str]:
        with self.database.reading() as session:
            known = PaidRepository(session).known("", len(CUSTOMERS))
        return {one.customer_id for one in known if one.heard_at is not None}


@pytest.fixture
def town(postgres_url: str) -> Iterator[Town]:
    with database_of_its_own(postgres_url) as url, accounts_server() as server:
        town = Town(Database(url, pool_size=2), server)
        yield town
        town.peer.close()
        town.database.close()


def test_who_paid_before_they_ever_filed_is_covered_when_the_accounts_stop(
    town: Town, tmp_path_factory: pytest.TempPathFactory
) -> None:
    now = datetime.now(UTC)
    paid_until = (now + timedelta(days=20)).date().isoformat()
    town.server.pays(FIRST_CUSTOMER_ID, "home-eur", paid_until)
    assert town.all_round(town.worker()) == len(CUSTOMERS)
    town.server.status = 503
    keyring = IntakeKeyring(tmp_path_factory.mktemp("keys"))
    ticket_id = "tkt_00000000-0000-7000-8000-0000000000a1"
    found = TicketActivities(town.database, keyring, Flags(), town.accounts).admit_ticket(
        OpenTicket(
            ticket_id=ticket_id,
            customer_id=FIRST_CUSTOMER_ID,
            by=CUSTOMER,
            channel=Channel.APP,
            urgency=Urgency.NORMAL,
            opened_at=now,
            slots=(),
            model_id=FRIDGE,
            category=None,
            model_text_given=False,
            sealed=keyring.seal({"description": "It hums.", "model_text": None}, ticket_id, now),
            fingerprint="",
        )
    )
    assert found.coverage is Coverage.COVERED
    assert found.coverage_as_of


def test_of_several_workers_one_asks_at_a_time_and_only_so_much(town: Town) -> None:
    town.grow(3 * MOST_ASKED)
    turn = timedelta(minutes=10)
    one, other = town.worker(turn), town.worker(turn)
    asked = one.go_on()
    assert 0 < asked <= MOST_ASKED, "no more, and fewer where each takes long"
    assert other.go_on() == one.go_on() == 0
    assert town.server.asked == asked


def test_who_was_heard_of_lately_is_asked_about_no_more_until_that_is_old(town: Town) -> None:
    worker = town.worker()
    town.all_round(worker)
    asked = town.server.asked
    assert town.all_round(worker) == 0
    assert town.server.asked == asked
    older = "update paid_customers set heard_at = heard_at - %(age)s where customer_id = %(id)s"
    old = {"age": AGE, "id": CUSTOMERS[3]}
    town.database.at_once(f"{older} returning customer_id", old)
    assert town.all_round(worker) == 1


def test_whoever_does_not_answer_is_asked_once_a_turn_and_in_the_end_about_everybody(
    town: Town,
) -> None:
    town.server.status = 500
    worker = town.worker()
    assert worker.go_on() == 0
    assert worker.go_on() == 0
    assert town.server.asked == 2
    assert town.remembered() == set()
    town.server.status = 200
    town.all_round(worker)
    assert town.remembered() == set(CUSTOMERS)


def test_a_customer_of_whom_nothing_can_be_heard_is_in_nobody_elses_way(town: Town) -> None:
    town.server.pays(CUSTOMERS[2], "home-eur", "soon")
    town.all_round(town.worker())
    assert town.remembered() == set(CUSTOMERS) - {CUSTOMERS[2]}
