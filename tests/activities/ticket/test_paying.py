"""Who pays where another system keeps the accounts: heard, remembered, not known, heard later."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from activities.gateways.coverage.peer import PeerAccounts
from activities.ticket.paying import Accounts
from activities.ticket.tickets import TicketActivities
from models.catalogue.catalogue import FIRST_CUSTOMER_ID, load
from models.db.engine import Database
from models.db.escalation.plans import plans_of
from models.identity import derived_id
from models.messages.ticket import Admission, FileAddition, OpenTicket
from models.rules.escalation.plans import Plans
from models.ticket import Channel, Coverage, Filing, Urgency
from temporal.flags import Flags
from temporal.sealing import IntakeKeyring
from tests.activities.gateways.accounts_server import AccountsServer, accounts_server
from tests.activities.ticket.asking import busy_with, named
from tests.databases import database_of_its_own
from tests.ticket_desk import CUSTOMER, FRIDGE

PLAN = "home-eur"
OURS = next(plan for plan in load().plans if plan.id == PLAN)
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


class Counter:
    """Admits tickets in a house whose accounts are elsewhere."""

    def __init__(self, url: str, keyring: IntakeKeyring, server: AccountsServer) -> None:
        self.server, self.now, self._keyring, self._number = server, NOW, keyring, 0
        self.url, self.database = url, Database(named(url), pool_size=2)
        self.peer = PeerAccounts(server.url)
        accounts = Accounts(self.peer, lambda: self.now)
        self._tickets = TicketActivities(self.database, keyring, Flags(), accounts)

    def opened(self) -> OpenTicket:
        self._number += 1
        ticket_id = derived_id("tkt", "paying", str(self._number))
        words = {"description": "It hums.", "model_text": None}
        return OpenTicket(
            ticket_id=ticket_id,
            customer_id=FIRST_CUSTOMER_ID,
            by=CUSTOMER,
            channel=Channel.APP,
            urgency=Urgency.NORMAL,
            opened_at=NOW,
            slots=(),
            model_id=FRIDGE,
            category=None,
            model_text_given=False,
            sealed=self._keyring.seal(words, ticket_id, datetime.now(UTC)),
            fingerprint="",
        )

    def admitted(self, opened: OpenTicket | None = None) -> Admission:
        return self._tickets.admit_ticket(opened or self.opened())

    def plans(self, opened: OpenTicket) -> Plans:
        with self.database.reading() as session:
            return plans_of(session, opened.ticket_id, opened.customer_id)

    def added(self) -> Admission:
        filing = Filing(
            customer_id=FIRST_CUSTOMER_ID,
            channel=Channel.APP,
            urgency=Urgency.NORMAL,
            opened_at=NOW,
            model_id=FRIDGE,
            slots=(),
        )
        return self._tickets.file_addition(
            FileAddition(filing=filing, ticket_id=self.opened().ticket_id, sealed=None)
        )


@pytest.fixture
def counter(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    keyring = IntakeKeyring(tmp_path_factory.mktemp("keys"))
    with database_of_its_own(postgres_url) as url, accounts_server() as server:
        counter = Counter(url, keyring, server)
        yield counter
        counter.peer.close()
        counter.database.close()


def test_who_has_paid_there_is_covered_whatever_our_own_rows_say(counter: Counter) -> None:
    assert counter.admitted().coverage is Coverage.NOT_COVERED, "nothing is held there"
    counter.server.pays(FIRST_CUSTOMER_ID, PLAN, "2026-06-30")
    found = counter.admitted()
    assert (found.coverage, found.plan_id) == (Coverage.COVERED, PLAN)
    assert found.coverage_as_of is None, "it was heard just now"


def test_who_paid_last_week_is_covered_while_the_accounts_are_away_and_its_age_is_told(
    counter: Counter,
) -> None:
    counter.server.pays(FIRST_CUSTOMER_ID, PLAN, "2026-06-30")
    counter.admitted()
    counter.server.status = 503
    counter.now = NOW + timedelta(days=7)
    found = counter.admitted()
    assert (found.coverage, found.plan_id) == (Coverage.COVERED, PLAN)
    assert found.coverage_as_of == NOW
    counter.now = datetime(2026, 6, 30, 23, 59, tzinfo=UTC)
    assert counter.admitted().coverage is Coverage.COVERED, "the last day that is paid for"
    counter.now = datetime(2026, 7, 1, tzinfo=UTC)
    later = counter.admitted()
    assert (later.coverage, later.coverage_as_of) == (Coverage.UNKNOWN, None)


def test_who_paid_while_they_were_away_is_not_known_and_never_refused(counter: Counter) -> None:
    counter.admitted()
    counter.server.status = 500
    counter.server.pays(FIRST_CUSTOMER_ID, PLAN, "2026-06-30")
    assert counter.admitted().coverage is Coverage.UNKNOWN, "nothing was held when it was heard"


def test_of_whom_nothing_was_ever_heard_nobody_knows_who_pays(counter: Counter) -> None:
    counter.server.status = 500
    assert counter.admitted().coverage is Coverage.UNKNOWN


def test_a_plan_that_we_do_not_know_leaves_open_what_it_covers(counter: Counter) -> None:
    counter.server.pays(FIRST_CUSTOMER_ID, "gold-plated", "2026-06-30")
    assert counter.admitted().coverage is Coverage.UNKNOWN


def test_an_admission_that_is_tried_again_finds_what_it_found(counter: Counter) -> None:
    opened = counter.opened()
    counter.server.status = 500
    first = counter.admitted(opened)
    counter.server.status = 200
    counter.server.pays(FIRST_CUSTOMER_ID, PLAN, "2026-06-30")
    assert counter.admitted(opened) == first


def test_whoever_settles_who_pays_is_shown_what_is_remembered_and_when_that_was_heard(
    counter: Counter,
) -> None:
    counter.server.status = 500
    nobody = counter.opened()
    counter.admitted(nobody)
    assert counter.plans(nobody) == Plans(held=None), "nobody has ever said anything"
    counter.server.status = 200
    counter.server.pays(FIRST_CUSTOMER_ID, PLAN, "2026-06-30")
    counter.server.pays(FIRST_CUSTOMER_ID, "gold-plated", "2026-05-31")
    opened = counter.opened()
    counter.admitted(opened)
    shown = counter.plans(opened)
    assert shown.held
    told = [(p.name, p.paid_until, p.is_ours) for p in shown.held]
    assert told == [
        (OURS.name, date(2026, 6, 30), True),
        ("gold-plated", date(2026, 5, 31), False),
    ]
    assert shown.heard_at == NOW


@pytest.mark.parametrize("asks", [Counter.admitted, Counter.added], ids=["admitted", "added"])
def test_whoever_waits_for_the_accounts_keeps_no_connection_meanwhile(
    counter: Counter, asks: Callable[[Counter], Admission]
) -> None:
    busy: list[int] = []
    counter.server.meanwhile = lambda: busy.append(busy_with(counter.url))
    asks(counter)
    assert busy == [0]
