"""Customers who want to know when everything works again hear of it, once."""

import uuid
from pathlib import Path
from typing import Any

import psycopg

from tests.api.http.honest import ask
from tests.api.http.operations import CUSTOMER, NEIGHBOUR
from tests.api.status.test_status import another_relay, soon, whole
from tests.cable import cable
from tests.house import House
from tests.refusals import refused
from tests.replica import postgres_address, replica
from tests.until import until
from workers.restoring import Restoring

PATH = "/status/subscriptions"


def a_minute_passes(house: House) -> None:
    with psycopg.connect(house.database_url) as session:
        session.execute("update outages set ended_at = ended_at - interval '1 minute'")
        session.execute(
            "update status_subscriptions set asked_at = asked_at - interval '1 minute',"
            " told_at = told_at - interval '1 minute'"
        )


def forgotten(house: House) -> None:
    with psycopg.connect(house.database_url) as session:
        session.execute("delete from status_subscriptions")


def told(house: House, customer: str) -> list[str]:
    """What a customer is told of the house, each with how it stands."""
    with psycopg.connect(house.database_url) as session:
        found = session.execute(
            "select state from notifications where template = 'service.restored'"
            " and recipient_id = %s",
            (customer,),
        ).fetchall()
    return [state for (state,) in found]


def waits(house: House, customer: str) -> bool:
    with psycopg.connect(house.database_url) as session:
        return bool(
            session.execute(
                "select from status_subscriptions where customer_id = %s and asked_at is not null",
                (customer,),
            ).fetchall()
        )


async def test_a_customer_who_asked_is_told_once_and_not_again_of_another_time_soon_after(
    house: House,
) -> None:
    forgotten(house)
    me, before = f"customer:{CUSTOMER.id}", len(told(house, CUSTOMER.id))
    tells = Restoring(house.database)

    async def told_now() -> bool:
        a_minute_passes(house)
        return tells.tell() == 1

    await house.soon(lambda: whole(house.http), "a house that works")
    refused(await house.ask(me, "POST", PATH), 409, "nothing-away")
    for number in range(2):
        with another_relay(house, "messages.sms"):
            await soon(house.http, "messages.sms", "away")
            for _ in range(2):
                answer = await house.ask(me, "POST", PATH)
                assert (answer.status_code, answer.json()["effect"]) == (201, "done")
            assert tells.tell() == 0, "it is away still"
        await house.soon(lambda: whole(house.http), "a house that works")
        assert tells.tell() == 0, "it may be away again in a moment"
        if number == 0:
            await house.soon(told_now, "the news")
        else:
            a_minute_passes(house)
            assert tells.tell() == 0, "they were told a moment ago"
    assert len(told(house, CUSTOMER.id)) == before + 1
    await house.soon(lambda: told(house, CUSTOMER.id).count("SENT") == before + 1, "the message")
    assert any("Alles geht wieder, seit" in letter for letter in house.letters())
    forgotten(house)


async def test_whoever_asks_while_the_records_are_away_is_told_as_well(
    house: House, tmp_path: Path
) -> None:
    forgotten(house)
    me, before = f"customer:{NEIGHBOUR.id}", len(told(house, NEIGHBOUR.id))
    async with (
        cable(*postgres_address(house)) as postgres,
        replica(house, database_port=postgres.port, command_log=tmp_path / "log") as http,
    ):
        await until(lambda: whole(http), "a replica that works")
        await postgres.cut()
        await soon(http, "records", "away")
        answer, _ = await ask(house, http, me, "POST", PATH)
        assert (answer.status_code, answer.json()["effect"]) == (202, "accepted")
        await postgres.mend()
        await until(lambda: waits(house, NEIGHBOUR.id), "the wish")
        await until(lambda: whole(http), "a replica that works")

    async def told_now() -> Any:
        a_minute_passes(house)
        return Restoring(house.database).tell()

    await house.soon(told_now, "the news")
    assert len(told(house, NEIGHBOUR.id)) == before + 1
    forgotten(house)


async def test_nobody_without_a_file_can_be_told(house: House) -> None:
    with another_relay(house, "messages.sms"):
        await soon(house.http, "messages.sms", "away")
        answer = await house.ask(f"customer:cus_{uuid.uuid4()}", "POST", PATH)
        refused(answer, 404, "customer-unknown")
