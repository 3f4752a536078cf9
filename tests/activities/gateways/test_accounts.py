"""Accounts over real HTTP that are slow, wrong, frozen and away."""

from collections.abc import Callable, Iterator
from datetime import date
from time import monotonic

import pytest

from activities.breaker import FAILURES
from activities.gateways.coverage import CoverageUnavailable
from activities.gateways.coverage.peer import PeerAccounts
from activities.ticket.paying import Accounts
from models.rules.promise.coverage import SubscriptionStatus
from models.rules.promise.paid import PaidPlan
from models.status import FINE, UNHEARD, PartState, last_heard
from tests.activities.gateways.accounts_server import AccountsServer, accounts_server
from tests.house import LIMIT
from tests.ports import free_port
from tests.until import awaited

SAM = "cus_00000000-0000-7000-8000-000000000001"
Misbehaviour = Callable[[AccountsServer], object]


@pytest.fixture
def server() -> Iterator[AccountsServer]:
    with accounts_server() as accounts:
        yield accounts


@pytest.fixture
def peer(server: AccountsServer) -> Iterator[PeerAccounts]:
    accounts = PeerAccounts(server.url)
    yield accounts
    accounts.close()


def test_what_a_customer_has_paid_for_is_heard(server: AccountsServer, peer: PeerAccounts) -> None:
    server.pays(SAM, "home-eur", "2026-12-31")
    paid = PaidPlan(
        plan_id="home-eur", status=SubscriptionStatus.ACTIVE, paid_until=date(2026, 12, 31)
    )
    assert peer.plans_of(SAM) == (paid,)


def test_who_is_not_known_there_holds_nothing(server: AccountsServer, peer: PeerAccounts) -> None:
    server.status = 404
    assert peer.plans_of(SAM) == ()


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "garbage": lambda s: setattr(s, "raw", b"\xff<html>"),
    "an array": lambda s: setattr(s, "raw", b"[]"),
    "plans that are none": lambda s: setattr(s, "raw", b'{"plans": "all"}'),
    "a status nobody knows": lambda s: s.pays(SAM, "home-eur", "2026-12-31", "GOLD"),
    "a day that is none": lambda s: s.pays(SAM, "home-eur", "soon"),
    "much too much": lambda s: setattr(s, "raw", b" " * 100_000),
    "an error": lambda s: setattr(s, "status", 500),
    "a way elsewhere": lambda s: setattr(s, "status", 302),
    "silence": lambda s: s.hangs.set(),
    "a drip": lambda s: setattr(s, "drips", True),
}


@pytest.mark.parametrize("wrong", MISBEHAVIOURS.values(), ids=list(MISBEHAVIOURS))
def test_what_cannot_be_used_is_no_answer_and_nobody_waits_for_it_for_long(
    server: AccountsServer, peer: PeerAccounts, wrong: Misbehaviour
) -> None:
    wrong(server)
    began = monotonic()
    with pytest.raises(CoverageUnavailable) as away:
        peer.plans_of(SAM)
    assert monotonic() - began < LIMIT
    assert SAM not in str(away.value)


def test_while_it_is_away_hardly_anybody_asks() -> None:
    with accounts_server() as server:
        server.status = 500
        peer = PeerAccounts(server.url)
        for _ in range(3 * FAILURES):
            with pytest.raises(CoverageUnavailable):
                peer.plans_of(SAM)
        assert FAILURES <= server.asked <= FAILURES + 1
        peer.close()


def test_where_nobody_listens_there_is_no_answer() -> None:
    peer = PeerAccounts(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CoverageUnavailable):
        peer.plans_of(SAM)
    peer.close()


def test_who_was_away_is_noticed_to_be_back_though_nobody_needs_them() -> None:
    with accounts_server() as server:
        server.status = 500
        peer = PeerAccounts(server.url)
        accounts = Accounts(peer)
        assert accounts.seen() == UNHEARD
        for _ in range(FAILURES):
            with pytest.raises(CoverageUnavailable):
                peer.plans_of(SAM)
        assert accounts.seen().state is PartState.STALE
        server.status = 200

        def back() -> bool:
            accounts.look_again()
            return accounts.seen() == last_heard(peer.heard_at)

        awaited(back, "the accounts")
        accounts.close()


def test_where_nobody_else_keeps_the_accounts_nothing_is_stale() -> None:
    accounts = Accounts()
    accounts.look_again()
    assert accounts.seen() == FINE
