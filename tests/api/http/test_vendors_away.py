"""Any one of those whom we call may be away, hang or rave: tickets are filed and read all the same.

How much longer that takes is a bench's business: `python -m tests.bench.vendors`.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from activities.breaker import FAILURES
from tests.api.http.vendors import Market, market
from tests.house import days
from tests.issuing import Issuer
from tests.replica import key_set, replica
from tests.scratch import scratch_database, scratch_temporal
from tests.until import until

FAULTS = ("stop", "hang", "rave")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Market]:
    folder = tmp_path_factory.mktemp("market")
    with scratch_database(postgres_url) as url:
        async with scratch_temporal() as server, market(server, url, folder) as open_:
            yield open_


async def lives(town: Market, day: int) -> str:
    """A ticket is filed, read, and settled; its id."""
    filed = await town.file(slots=days(day, 1))
    assert filed.status_code == 201, filed.text
    ticket_id: str = filed.json()["id"]
    assert (await town.read(ticket_id)).status_code == 200
    ticket = await town.house.until(ticket_id, "MATCHING")
    await town.house.propose(ticket["visits"][0]["id"], windows=days(day, 1))
    await town.house.until(ticket_id, "SCHEDULED")
    assert (await town.read(ticket_id)).status_code == 200
    return ticket_id


async def state(town: Market, part: str, wanted: str) -> Any:
    """What is said of a part, as soon as it is in a state."""

    async def look() -> Any:
        found = (await town.http.get("/v1/status")).json()[part]
        return found if found["state"] == wanted else None

    return await until(look, f"{part} {wanted}")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["sms", "email", "maps", "issuer", "accounts", "catalogue"])
async def test_a_ticket_is_filed_read_and_settled_without_any_one_of_them(
    town: Market, name: str, fault: str
) -> None:
    vendor = town.vendors[name]
    await getattr(vendor, fault)()
    try:
        day = 30 + FAULTS.index(fault) + 3 * list(town.vendors).index(name)
        ticket = (await town.read(await lives(town, day))).json()
        remembered = ticket["coverage_as_of"] is not None
        assert remembered or name != "accounts", "it was covered by what was heard before"
    finally:
        await vendor.recover()


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_status_says_that_no_text_goes_out_and_that_they_do_again(
    town: Market, fault: str
) -> None:
    await state(town, "messages.sms", "ok")
    await getattr(town.vendors["sms"], fault)()
    try:
        for _ in range(FAILURES):
            assert (await town.file(slots=[], slots_later=True)).status_code == 201
        assert (await state(town, "messages.sms", "away"))["since"]
    finally:
        await town.vendors["sms"].recover()
    await state(town, "messages.sms", "ok")


async def test_reference_data_that_cannot_be_read_anew_is_gone_by_as_it_was(town: Market) -> None:
    """The tables are locked, as a careless migration does it: the database is there, and whoever
    refreshes waits in vain."""
    with town.house.database.unit_of_work() as session:
        locked = "lock table models, categories, skills, zones in access exclusive mode"
        session.connection().exec_driver_sql(locked)
        await town.house.services.reference.refresh()
        filed = await town.file(slots=days(45, 1))
        assert filed.status_code == 201, filed.text
        assert (await town.read(filed.json()["id"])).status_code == 200
        assert town.house.services.reference.seen().state == "stale"
    await town.house.services.reference.refresh()
    assert town.house.services.reference.seen().state == "ok"


@pytest.mark.parametrize("fault", FAULTS)
async def test_tokens_that_were_issued_are_good_while_their_issuer_is_away_also_after_a_restart(
    town: Market, fault: str, tmp_path: Path
) -> None:
    issuer, cache = town.vendors["issuer"], tmp_path / "jwks.json"
    keys_url = f"http://127.0.0.1:{issuer.port}/jwks"
    async with replica(town.house, keys=key_set(town.house, keys_url, cache)) as http:
        headers = town.house.headers("customer")
        await until(cache.exists, "the keys")
        await getattr(issuer, fault)()
        try:
            assert (await http.get("/v1/tickets", headers=headers)).status_code == 200
            async with replica(town.house, keys=key_set(town.house, keys_url, cache)) as anew:
                assert (await anew.get("/v1/tickets", headers=headers)).status_code == 200
                (tmp_path / "unknown").mkdir()
                unknown = Issuer(tmp_path / "unknown")
                forged = {"Authorization": f"Bearer {unknown.token('customer')}"}
                assert (await anew.get("/v1/tickets", headers=forged)).status_code == 401

                async def told() -> bool:
                    said = (await anew.get("/v1/status")).json()
                    return bool(said["login"]["state"] == "away")

                await until(told, "the login to be away")
        finally:
            await issuer.recover()
