"""Losing what was accepted, and looking for it."""

import uuid
from datetime import timedelta
from typing import Any

import psycopg

from activities.intake.comparing import STRANGERS, ComparingActivities
from models.messages.intake import ComparePage, Which
from tests.house import House
from tests.workflows.imagined import ticket_of

MOST = 200
STRANGER = """insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round,
    slots, attention, timers, clocks, opened_at, fingerprint)
    select %(id)s, 0, status, customer_id, channel, urgency, coverage, round, slots, attention,
        timers, clocks, opened_at, {fingerprint}
    from tickets where id = %(like)s"""

AGED = "update accepted set accepted_at = now() - interval '2 minutes' where ticket_id = %s"


def comparing(house: House, at_once: int = STRANGERS) -> ComparingActivities:
    """As a worker of the house compares, without waiting for what is new."""
    return ComparingActivities(
        house.database, house.services.keyring, house.env.client, timedelta(seconds=0), at_once
    )


async def look(house: House, which: Which) -> None:
    """Through all the pages."""
    began = None
    for _ in range(MOST):
        page = await comparing(house).compare_accepted(ComparePage(which=which, began=began))
        began = page.began
        if page.is_last:
            return


async def strangers(house: House, at_once: int = STRANGERS) -> None:
    began = sql(house, "select now()")
    await comparing(house, at_once).compare_strangers(began)


async def accepted(house: House, **body: Any) -> str:
    """A ticket that waits for experts, and is on the list of what was accepted."""
    ticket_id = await house.file(**body)
    await house.until(ticket_id, "MATCHING")
    await listed(house, ticket_id)
    return ticket_id


async def listed(house: House, ticket_id: str) -> None:
    question = "select argument is not null from accepted where ticket_id = %s"

    async def noted() -> bool:
        return bool(sql(house, question, ticket_id))

    await house.soon(noted, "the list of what was accepted")


def aged(house: House, ticket_id: str) -> None:
    """As if it had been accepted a while ago, and not just now."""
    sql(house, f"{AGED} returning 1", ticket_id)


async def told(house: House, ticket_id: str) -> bool:
    """Whether the row says what its ticket says."""
    question = "select mark from tickets where id = %s"
    return bool(sql(house, question, ticket_id) == (await ticket_of(house, ticket_id)).mark)


async def whole_again(house: House, ticket_id: str) -> None:
    async def healed() -> bool:
        await look(house, Which.FOUND)
        return await fault_of(house, ticket_id) == []

    await house.soon(healed, "nothing to be wrong any more")
    seen = "select count(*) from losses where ticket_id = %s and over_at is not null"
    assert sql(house, seen, ticket_id) == 1


async def reported(house: House, ticket_id: str) -> list[Any]:
    """What the report on loss says of a ticket."""
    report = await house.expect("manager", "GET", "/reports/loss?limit=100")
    return [one for one in report["unresolved"] if one["ticket_id"] == ticket_id]


async def fault_of(house: House, ticket_id: str) -> list[str]:
    return [one["fault"] for one in await reported(house, ticket_id)]


def stranger(house: House, like: str, fingerprint: str) -> str:
    """A row like another one's, which nobody has asked for."""
    name = f"tkt_{uuid.uuid4()}"
    with psycopg.connect(house.database_url, autocommit=True) as session:
        statement = STRANGER.format(fingerprint=fingerprint).encode()
        session.execute(statement, {"id": name, "like": like})
    return name


def remove(house: House, ticket_id: str, *, and_its_past: bool = False) -> None:
    """As if the table of tickets had lost it."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        session.execute("set session_replication_role = replica")
        session.execute("delete from ticket_private where ticket_id = %s", (ticket_id,))
        session.execute("delete from tickets where id = %s", (ticket_id,))
        if and_its_past:
            session.execute("delete from events where aggregate = %s", (ticket_id,))
            session.execute("delete from notifications where subject_id = %s", (ticket_id,))


def sql(house: House, question: str, *named: Any) -> Any:
    """The first value that a statement answers."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        found = session.execute(question.encode(), named).fetchone()
    return found[0] if found else None
