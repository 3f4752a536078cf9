"""How much one caller may ask, over HTTP, with the rates that are said."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta

import httpx2
import pytest

from api.http.counting import Counter
from api.http.limits import Limits, Rates
from models.db.engine import Database
from tests.api.http.honest import ask, file
from tests.cable import cable
from tests.house import House
from tests.ports import free_port
from tests.refusals import refused
from tests.replica import postgres_address, replica

RATES = Rates(filing=10, command=120, read=600)


def somebody(role: str) -> str:
    """Whom nobody has heard of."""
    return f"{role}:{'cus' if role == 'customer' else 'usr'}_{uuid.uuid4()}"


@asynccontextmanager
async def limited(
    house: House, url: str | None = None, rates: Rates = RATES, seconds: float = 2.0
) -> AsyncIterator[httpx2.AsyncClient]:
    """An API that counts."""
    database = Database(url or house.database_url, pool_size=2)
    limits = Limits(database, rates, seconds)
    async with replica(house, limits=limits) as http:
        yield http
    limits.close()
    database.close()


async def filed(house: House, http: httpx2.AsyncClient, who: str) -> httpx2.Response:
    """Let in, an empty ticket is refused for what it lacks, and makes nobody work."""
    return (await ask(house, http, who, "POST", "/tickets", {}))[0]


async def test_a_customer_files_twenty_at_once_and_then_ten_a_minute(house: House) -> None:
    me, neighbour = somebody("customer"), somebody("customer")
    async with limited(house) as http:
        answers = [await filed(house, http, me) for _ in range(21)]
        assert [answer.status_code for answer in answers] == [422] * 20 + [429]
        assert [int(a.headers["RateLimit-Remaining"]) for a in answers[:3]] == [19, 18, 17]
        assert answers[0].headers["RateLimit-Limit"] == "10"
        assert answers[0].headers["RateLimit-Policy"] == "10;w=60;burst=20"
        assert 110 <= int(answers[19].headers["RateLimit-Reset"]) <= 120
        problem = refused(answers[20], 429, "rate-limited")
        assert 1 <= int(answers[20].headers["Retry-After"]) <= 6
        assert problem["evidence"]["limit"] == 10
        assert (await filed(house, http, neighbour)).status_code == 422
        listed, _ = await ask(house, http, me, "GET", "/tickets")
        assert listed.status_code == 200, "whoever files too much may still read"


async def test_several_processes_count_together(house: House) -> None:
    me = somebody("customer")
    async with limited(house) as one, limited(house) as other:
        answers = await asyncio.gather(
            *(filed(house, http, me) for _ in range(15) for http in (one, other))
        )
    assert sorted(a.status_code for a in answers) == [422] * 20 + [429] * 10


async def test_the_helpdesk_files_for_many(house: House) -> None:
    agent = somebody("helpdesk")
    async with limited(house) as http:
        answers = [await filed(house, http, agent) for _ in range(21)]
    assert {answer.status_code for answer in answers} == {422}
    assert answers[0].headers["RateLimit-Limit"] == "120"


@pytest.mark.parametrize("who", ["a token", "no token", "a wrong token"])
async def test_readings_are_counted_by_person_or_else_by_address(house: House, who: str) -> None:
    headers = house.headers("customer") if who == "a token" else {}
    if who == "a wrong token":
        headers = {"Authorization": "Bearer x.y.z"}
    path = "/v1/skills" if who == "no token" else "/v1/tickets"
    async with limited(house, rates=Rates(read=5)) as http:
        answers = [await http.get(path, headers=headers) for _ in range(11)]
        refused(answers[10], 429, "rate-limited")
        assert 429 not in [answer.status_code for answer in answers[:10]]
        assert (await http.get("/healthz")).status_code == 200
        other = await http.get("/v1/tickets", headers=house.headers("helpdesk"))
        assert other.status_code == 200


async def test_without_the_database_each_process_counts_what_it_hears_and_refuses_no_other(
    house: House,
) -> None:
    me, neighbour = somebody("customer"), somebody("customer")
    nowhere = house.database_url.replace(str(postgres_address(house)[1]), str(free_port()))
    async with limited(house, nowhere, seconds=0.5) as http:
        answers = [await filed(house, http, me) for _ in range(21)]
        assert [answer.status_code for answer in answers] == [422] * 20 + [429]
        assert 1 <= int(answers[20].headers["Retry-After"]) <= 6
        assert (await filed(house, http, neighbour)).status_code == 422
    async with cable(*postgres_address(house)) as line:
        frozen = house.database_url.replace(str(postgres_address(house)[1]), str(line.port))
        line.freeze()
        async with limited(house, frozen, seconds=0.5) as http:
            assert {(await filed(house, http, me)).status_code for _ in range(20)} == {422}
            assert (await file(house, http))[0].status_code == 201
        await line.mend()


async def test_one_caller_on_a_thousand_connections_switches_the_count_off_for_nobody(
    house: House,
) -> None:
    each, most = timedelta(seconds=0.5), timedelta(minutes=2)
    crowd, other = somebody("customer"), somebody("customer")
    with closing(Database(house.database_url, pool_size=2)) as database:
        counter = Counter(database, seconds=0.5)
        asked = [asyncio.create_task(counter.ask(crowd, each, most)) for _ in range(1000)]
        counted = [await counter.ask(other, each, most) for _ in range(5)]
        assert [one is not None and one.is_taken for one in counted] == [True] * 5
        answers = await asyncio.gather(*asked)
        assert None not in answers, "nobody is let in uncounted"
        taken = [one for one in answers if one is not None and one.is_taken]
        assert len(taken) <= 241, "twice the rate, and what is paid off meanwhile"
        again = await counter.ask(other, each, most)
        assert again is not None
        counter.close()


async def test_many_callers_at_once_who_wait_for_each_other_are_no_outage(house: House) -> None:
    each, most = timedelta(seconds=6), timedelta(minutes=2)
    with closing(Database(house.database_url, pool_size=2)) as database:
        counter = Counter(database, seconds=0.5)
        await counter.ask(somebody("customer"), each, most)
        await asyncio.gather(*(counter.ask(somebody("customer"), each, most) for _ in range(3000)))
        assert await counter.ask(somebody("customer"), each, most) is not None
        counter.close()


async def test_a_database_that_keeps_silent_lets_everybody_in_and_is_asked_again(
    house: House,
) -> None:
    each, most = timedelta(seconds=6), timedelta(minutes=2)
    async with cable(*postgres_address(house)) as line:
        url = house.database_url.replace(str(postgres_address(house)[1]), str(line.port))
        with closing(Database(url, pool_size=2)) as database:
            counter = Counter(database, seconds=0.3)
            me = somebody("customer")
            assert await counter.ask(me, each, most) is not None
            line.freeze()
            assert await asyncio.gather(*(counter.ask(me, each, most) for _ in range(15))) == (
                [None] * 15
            )
            assert await counter.ask(somebody("customer"), each, most) is None
            await line.mend()

            async def is_counted() -> bool:
                return await counter.ask(me, each, most) is not None

            await house.soon(is_counted, "the count")
            counter.close()
