"""What is stale or away, and since when, as anybody reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from models.db.status.bulletin import Bulletin
from models.status import FINE, PARTS, PartState, Seen
from tests.api.http.honest import file
from tests.cable import cable
from tests.house import House
from tests.ports import free_port
from tests.replica import impatient, postgres_address, replica
from tests.until import until

AWAY = Seen(PartState.AWAY)


async def told(http: httpx2.AsyncClient) -> Any:
    """What anybody reads, without a token."""
    answer = await http.get("/v1/status")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def soon(http: httpx2.AsyncClient, part: str, state: str) -> Any:
    """What is read of a part as soon as it is in a state."""

    async def look() -> Any:
        found = (await told(http))[part]
        return found if found["state"] == state else None

    return await until(look, f"{part} {state}")


@contextmanager
def another_relay(house: House, part: str) -> Iterator[Bulletin]:
    """A relay beside the house's own that says of a part that it is away, while the block lasts."""
    bulletin = Bulletin("relay another", lambda: datetime.now(UTC))
    bulletin.watch(part, lambda: AWAY)
    bulletin.tell(house.database)
    try:
        yield bulletin
    finally:
        bulletin.watch(part, lambda: FINE)
        bulletin.tell(house.database)


async def whole(http: httpx2.AsyncClient) -> bool:
    return bool((await told(http))["state"] == "ok")


async def test_a_house_that_works_says_so_of_every_part_in_words(house: House) -> None:
    await house.soon(lambda: whole(house.http), "a house that works")
    status = await told(house.http)
    assert {name for name in status if name not in ("state", "as_of")} == set(PARTS)
    for part in PARTS:
        assert status[part] == {"state": "ok", "words": PARTS[part].ok}
    assert datetime.fromisoformat(status["as_of"]) <= datetime.now(UTC)


@pytest.mark.parametrize("is_frozen", [False, True])
async def test_without_the_database_records_are_away_and_the_catalogue_is_as_old_as_it_is(
    house: House, is_frozen: bool
) -> None:
    async with (
        cable(*postgres_address(house)) as postgres,
        replica(house, database_port=postgres.port) as http,
    ):
        await until(lambda: whole(http), "a replica that works")
        before = datetime.now(UTC)
        if is_frozen:
            postgres.freeze()
        else:
            await postgres.cut()
        records = await soon(http, "records", "away")
        assert before - timedelta(seconds=5) <= datetime.fromisoformat(records["since"])
        catalogue = await soon(http, "catalogue", "stale")
        assert datetime.fromisoformat(catalogue["as_of"]) <= datetime.now(UTC)
        assert catalogue["words"] == PARTS["catalogue"].stale
        status = await told(http)
        assert status["state"] == "away"
        assert status["messages.sms"]["state"] == "ok", "as it was heard last"
        assert (await file(house, http))[0].status_code == 201
        await postgres.mend()
        await until(lambda: whole(http), "a replica that works")


async def test_a_process_that_has_never_heard_of_the_others_says_that_it_cannot_say(
    house: House,
) -> None:
    temporal = await impatient(free_port())
    async with replica(house, database_port=free_port(), temporal=temporal) as http:
        await soon(http, "records", "away")
        await soon(http, "matching", "away")
        status = await told(http)
        assert "as_of" not in status
        assert status["messages.email"] == {
            "state": "stale",
            "words": PARTS["messages.email"].stale,
        }


async def test_tickets_wait_for_their_experts_while_the_engine_is_away(house: House) -> None:
    async with replica(house, temporal=await impatient(free_port())) as http:
        matching = await soon(http, "matching", "away")
        assert matching["words"] == PARTS["matching"].away
        # The others hear of it, who see nothing wrong themselves.
        assert (await soon(house.http, "matching", "away"))["since"]


async def test_every_process_says_what_one_relay_sees_and_since_when_also_after_a_restart(
    house: House,
) -> None:
    async with replica(house) as other:
        await soon(house.http, "messages.sms", "ok")
        await soon(other, "messages.sms", "ok")
        with another_relay(house, "messages.sms"):
            since = (await soon(house.http, "messages.sms", "away"))["since"]
            assert (await soon(other, "messages.sms", "away"))["since"] == since
            # The relay is another one now, which has seen it a moment ago only.
            anew = Bulletin("relay another", lambda: datetime.now(UTC))
            anew.watch("messages.sms", lambda: AWAY)
            anew.tell(house.database)
            async with replica(house) as started:
                assert (await soon(started, "messages.sms", "away"))["since"] == since
        await soon(house.http, "messages.sms", "ok")
