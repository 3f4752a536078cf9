"""Tickets that nobody can act upon are so many of one customer, and are in nobody else's way."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from api.http.limits import Limits, Rates
from models.db.engine import Database
from models.db.promise.paid import PaidRepository
from models.rules.promise.coverage import SubscriptionStatus
from models.rules.promise.paid import PaidPlan
from tests.api.http.test_limits import somebody
from tests.house import FRIDGE, REFERENCE, House, days
from tests.ports import free_port
from tests.refusals import refused
from tests.replica import postgres_address, replica
from tests.workflows.company import welcome

RATES = Rates(filing=100, command=100, unactionable=4)
TIMES = {"slots": days(30, 20)}
NO_TIMES: dict[str, Any] = {"slots": [], "slots_later": True}
COVERED = next(
    customer
    for customer in reversed(REFERENCE.customers)
    if any(held.status == "ACTIVE" for held in customer.subscriptions)
)


@asynccontextmanager
async def bounded(
    house: House, url: str | None = None, rates: Rates = RATES
) -> AsyncIterator[httpx2.AsyncClient]:
    """An API that bounds what nobody can act upon."""
    database = Database(url or house.database_url, pool_size=2)
    limits = Limits(database, rates, 2.0)
    async with replica(house, limits=limits) as http:
        yield http
    limits.close()
    database.close()


async def file(
    house: House, http: httpx2.AsyncClient, who: str, key: str | None = None, **body: Any
) -> httpx2.Response:
    role, _, subject = who.partition(":")
    headers = house.headers(role, subject or None)
    headers["Idempotency-Key"] = key or str(uuid.uuid4())
    new = {"description": "It hums.", "model_id": FRIDGE, **TIMES, **body}
    return await http.post("/v1/tickets", json=new, headers=headers)


async def test_tickets_that_no_plan_pays_for_are_bounded_and_hinder_nobody_else(
    house: House,
) -> None:
    me, first = somebody("customer"), str(uuid.uuid4())
    async with bounded(house) as one, bounded(house) as other:
        taken = [await file(house, one, me, first), await file(house, other, me)]
        taken += [await file(house, one, me), await file(house, other, me)]
        assert [answer.status_code for answer in taken] == [201] * 4
        for http in (one, other):
            answer = await file(house, http, me)
            problem = refused(answer, 429, "too-many-unactionable-tickets")
            assert problem["evidence"]["limit"] == 4
            assert int(answer.headers["Retry-After"]) >= 1
        # The same once more is the old answer.
        again = await file(house, one, me, first)
        assert (again.status_code, again.json()["id"]) == (201, taken[0].json()["id"])
        # From the same address: somebody whom a plan pays for, and the helpdesk for its caller.
        assert (await file(house, one, f"customer:{COVERED.id}")).status_code == 201
        by_phone = {"on_behalf_of": me.partition(":")[2], "channel": "phone"}
        assert (await file(house, one, "helpdesk", **by_phone)).status_code == 201


def remember(house: House, who: str, *plans: PaidPlan) -> None:
    """Whoever keeps the accounts elsewhere has said so."""
    with house.database.unit_of_work() as session:
        PaidRepository(session).keep(who.partition(":")[2], plans, datetime.now(UTC))


async def test_whom_only_the_accounts_elsewhere_know_to_pay_is_not_bounded(house: House) -> None:
    me = somebody("customer")
    remember(house, me, PaidPlan(plan_id="home-eur", status=SubscriptionStatus.ACTIVE))
    async with bounded(house) as http:
        answers = [await file(house, http, me) for _ in range(RATES.unactionable + 2)]
        assert {answer.status_code for answer in answers} == {201}


@pytest.mark.parametrize(
    "plans",
    [
        (),
        (PaidPlan(plan_id="home-eur", status=SubscriptionStatus.PAST_DUE),),
        (PaidPlan(plan_id="gold-plated", status=SubscriptionStatus.ACTIVE),),
    ],
    ids=["none", "overdue", "not ours"],
)
async def test_who_holds_nothing_there_that_pays_is_bounded_whatever_our_own_rows_say(
    house: House, plans: tuple[PaidPlan, ...]
) -> None:
    me = welcome(house, 52.52, 13.41)
    async with bounded(house) as http:
        assert (await file(house, http, me)).status_code == 201
        remember(house, me, *plans)
        answers = [await file(house, http, me) for _ in range(RATES.unactionable + 1)]
        refused(answers[-1], 429, "too-many-unactionable-tickets")


async def test_what_is_open_is_bounded_whenever_it_was_filed_and_room_is_made_by_giving_up(
    house: House,
) -> None:
    me = somebody("customer")
    generous = Rates(filing=100, command=100, unactionable=4)
    async with bounded(house, rates=generous) as http:
        filed = [(await file(house, http, me)).json()["id"] for _ in range(4)]
        for ticket_id in filed:
            await house.until(ticket_id, "REVIEW")
        # A minute has passed.
        house.database.rows_at_once("delete from rates returning 1", {})
    async with bounded(house, rates=generous) as http:
        answer = await file(house, http, me)
        refused(answer, 429, "too-many-unactionable-tickets")
        assert int(answer.headers["Retry-After"]) == 300
        await house.expect(me, "POST", f"/tickets/{filed[0]}/cancel", {})
        await house.until(filed[0], "CANCELLED")
        assert (await file(house, http, me)).status_code == 201


async def test_a_covered_customer_who_names_no_time_is_bounded_until_they_name_one(
    house: House,
) -> None:
    me = f"customer:{COVERED.id}"
    async with bounded(house) as http:
        answers = [await file(house, http, me, **NO_TIMES) for _ in range(5)]
        assert {answer.status_code for answer in answers[:4]} <= {201, 429}
        refused(answers[4], 429, "too-many-unactionable-tickets")
        assert (await file(house, http, me)).status_code == 201
        for answer in answers:
            if answer.is_success:
                cancel = f"/tickets/{answer.json()['id']}/cancel"
                await house.expect(me, "POST", cancel, {})


async def test_it_is_bounded_also_where_a_customer_may_file_as_much_as_they_like(
    house: House,
) -> None:
    me = somebody("customer")
    async with bounded(house, rates=Rates(unactionable=2)) as http:
        answers = [await file(house, http, me) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert (await file(house, http, f"customer:{COVERED.id}")).status_code == 201


async def test_without_the_records_what_can_be_told_is_bounded_and_all_else_accepted(
    house: House,
) -> None:
    me = somebody("customer")
    nowhere = house.database_url.replace(str(postgres_address(house)[1]), str(free_port()))
    async with bounded(house, nowhere) as http:
        answers = [await file(house, http, me, **NO_TIMES) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [201] * 4 + [429]
        answers = [await file(house, http, me) for _ in range(6)]
        assert {answer.status_code for answer in answers} == {201}
