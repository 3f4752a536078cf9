"""What was accepted comes on its list, whoever dies in between."""

from datetime import UTC, datetime
from typing import Any

import psycopg

from api.intake.noting import note_started
from models.db.intake.command_log import CommandLog
from models.intake.command import CommandKind, LoggedCommand
from tests.house import House

LISTED = "select argument from accepted where ticket_id = %s"


async def test_a_ticket_stays_in_the_log_until_it_is_on_the_list(house: House) -> None:
    ticket_id = await house.file()
    assert start_of(ticket_id) not in {c.id for c in house.services.commands.outstanding()}

    async def listed() -> bool:
        return bool(sql(house, LISTED, ticket_id))

    await house.soon(listed, "the list")
    assert '"sealed"' in sql(house, LISTED, ticket_id)
    assert "It hums" not in sql(house, LISTED, ticket_id), "words travel sealed"


async def test_whoever_takes_over_a_log_lists_what_its_owner_had_started(house: House) -> None:
    """As if the API had been killed between its answer and the list."""
    ticket_id = await house.file()

    async def listed() -> Any:
        return sql(house, LISTED, ticket_id)

    argument = await house.soon(listed, "the list")
    await house.soon(lambda: not len(house.services.started), "all that was started to be listed")
    sql(house, "delete from accepted where ticket_id = %s returning 1", ticket_id)
    house.services.commands.adopt([start(ticket_id, argument)])
    assert await house.soon(listed, "the list, by whoever took it over") == argument


async def test_another_request_under_a_used_key_never_comes_on_the_list(house: House) -> None:
    ticket_id = await house.file()

    async def listed() -> Any:
        return sql(house, LISTED, ticket_id)

    argument = await house.soon(listed, "the list")
    sql(house, "delete from accepted where ticket_id = %s returning 1", ticket_id)
    other = argument.replace('"fingerprint":"', '"fingerprint":"0')
    command = start(ticket_id, other)
    house.services.started.add(command, was_there=True)
    await note_started(house.services)
    assert command not in [one.command for one in house.services.started.first(10)]
    assert sql(house, LISTED, ticket_id) is None
    house.services.started.add(start(ticket_id, argument), was_there=True)
    assert await house.soon(listed, "the list") == argument


async def test_a_start_that_has_its_outcome_stays_in_the_file_until_it_is_settled(
    house: House, tmp_path: Any
) -> None:
    log = CommandLog(tmp_path)
    command = start("tkt_7c0e2c4e-0000-4000-8000-000000000001", "{}")
    await log.append(command)
    log.conclude(command.id)
    assert log.find(command.id) is None
    log.close()
    successor = CommandLog(tmp_path)

    async def taken_over() -> bool:
        return successor.find(command.id) == command

    await house.soon(taken_over, "the next one to take it over")
    successor.close()


def start(ticket_id: str, argument: str) -> LoggedCommand:
    return LoggedCommand(
        kind=CommandKind.START,
        workflow_id=f"ticket-{ticket_id.removeprefix('tkt_')}",
        name="Ticket",
        update_id="start",
        argument=argument,
        logged_at=datetime.now(UTC),
    )


def start_of(ticket_id: str) -> str:
    return start(ticket_id, "{}").id


def sql(house: House, question: str, *named: Any) -> Any:
    with psycopg.connect(house.database_url, autocommit=True) as session:
        found = session.execute(question.encode(), named).fetchone()
    return found[0] if found else None
