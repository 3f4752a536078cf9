"""What a bill is computed from: no amount of one currency is ever taken for one of another."""

from collections.abc import Iterator

import pytest

from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Database
from models.db.money.billing import basis_of
from models.messages.money import BillTicket
from models.ticket import Coverage, Urgency
from tests.databases import database_of_its_own
from tests.house import REFERENCE
from tests.models.rules.stories import BY_CUSTOMER, NOW

PLAN = next(p for p in REFERENCE.plans if p.currency == "EUR")


@pytest.fixture(scope="module")
def database(postgres_url: str) -> Iterator[Database]:
    with database_of_its_own(postgres_url) as url:
        opened = Database(url)
        with opened.unit_of_work() as session:
            ReferenceRepository(session).load_missing(REFERENCE)
        yield opened
        opened.close()


def urgent_in(zone: str) -> BillTicket:
    return BillTicket(
        ticket_id="tkt_1",
        customer_id="cus_1",
        round=1,
        zone=zone,
        coverage=Coverage.COVERED,
        plan_id=PLAN.id,
        urgency=Urgency.URGENT,
        work=(),
        completed_at=NOW,
        by=BY_CUSTOMER,
    )


def test_the_plans_urgent_fee_counts_in_the_zones_currency(database: Database) -> None:
    basis = basis_of(database, urgent_in("berlin"))
    assert (basis.tariff.currency, basis.plan_urgent_fee) == ("EUR", PLAN.urgent_fee)


def test_a_plan_in_another_currency_has_no_fee_there(database: Database) -> None:
    basis = basis_of(database, urgent_in("london"))
    assert (basis.tariff.currency, basis.plan_urgent_fee) == ("GBP", None)
