"""What was accepted and can never be carried out is kept, and the helpdesk is told of it once."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from models.intake.command import CommandKind, LoggedCommand
from tests.api.http.test_gauges import sample, told
from tests.api.intake.left_behind import nothing_left, resending
from tests.api.intake.outage import DATABASE, ENGINE, filed, without
from tests.house import House
from tests.refusals import refused
from tests.replica import replica

pytestmark = pytest.mark.long
LISTED = "select argument from accepted where ticket_id = %s"
KEPT = "select command, quarantined from intake where id = %s"
REUSED = "idempotency-key-reused"
REUSED_KEPT = "select id, command from intake where id like %s and quarantined = 'key-reused'"
MORE_THAN_TEMPORAL_TAKES = 2_200_000


def rows(house: House, question: str, *named: Any) -> list[Any]:
    with psycopg.connect(house.database_url, autocommit=True) as session:
        return session.execute(question.encode(), named).fetchall()


def forget(house: House, command_id: str) -> None:
    with psycopg.connect(house.database_url, autocommit=True) as session:
        session.execute("delete from intake where id = %s", (command_id,))


def put_off() -> LoggedCommand:
    """A request whose intake key is destroyed."""
    sealed = f"2020-W01.{base64.b64encode(bytes(40)).decode()}"
    return LoggedCommand(
        kind=CommandKind.HTTP,
        workflow_id=f"/v1/visits/vis_{uuid.uuid4()}",
        name="POST",
        update_id=f"put_{uuid.uuid4()}",
        argument=json.dumps(sealed),
        logged_at=datetime.now(UTC),
    )


async def letters(house: House, entry: str) -> list[str]:
    return [one for one in (" ".join(w.split()) for w in house.letters()) if entry in one]


async def told_once(house: House, entry: str, reason: str) -> None:
    async def written() -> Any:
        return await letters(house, entry)

    [letter] = await house.soon(written, "the letter to the helpdesk")
    assert reason in letter
    asked = "select recipient_role from notifications where facts ->> 'entry' = %s"
    assert rows(house, asked, entry) == [("helpdesk",)]


async def test_a_request_that_nobody_can_unseal_is_kept_and_told_once_by_two_processes(
    house: House, tmp_path: Path
) -> None:
    entry = put_off()
    for name in ("one", "other"):
        async with resending(house, tmp_path / name, entry) as services:
            await nothing_left(house, services)
    [(command, why)] = rows(house, KEPT, entry.id)
    assert LoggedCommand.model_validate_json(command) == entry
    assert why == "request-unreadable"
    await told_once(house, entry.id, why)
    registry = await told(house.services)
    assert (sample(registry, "intake_quarantined") or 0) >= 1
    async with replica(house, command_log=tmp_path / "third") as http:
        # Whoever takes over what others have left lets it lie.
        await http.get("/readyz")
        assert rows(house, KEPT, entry.id) == [(command, why)]
    forget(house, entry.id)


async def test_a_start_that_temporal_never_takes_is_kept_and_told_once(
    house: House, tmp_path: Path
) -> None:
    known = await house.file()

    async def listed() -> Any:
        return rows(house, LISTED, known)

    [(argument,)] = await house.soon(listed, "the list")
    identifier = str(uuid.uuid4())
    start = LoggedCommand(
        kind=CommandKind.START,
        workflow_id=f"ticket-{identifier}",
        name="Ticket",
        update_id="start",
        argument=argument.replace(known, f"tkt_{identifier}") + " " * MORE_THAN_TEMPORAL_TAKES,
        logged_at=datetime.now(UTC),
    )
    for name in ("one", "other"):
        async with resending(house, tmp_path / name, start) as services:
            await nothing_left(house, services)
    assert [why for _, why in rows(house, KEPT, start.id)] == ["refused-for-good"]
    await told_once(house, start.id, "refused-for-good")
    forget(house, start.id)
    missed = "delete from accepted where ticket_id = %s returning ticket_id"

    async def on_the_list() -> Any:
        return rows(house, missed, f"tkt_{identifier}")

    await house.soon(on_the_list, "the list, on which it is missed")
    await house.expect("helpdesk", "POST", f"/tickets/{known}/cancel", {})


async def test_the_later_of_two_tickets_that_were_accepted_under_one_key_is_kept_and_told_once(
    house: House, tmp_path: Path
) -> None:
    """By two machines that did not see each other."""
    key = str(uuid.uuid4())
    async with (
        without(house, tmp_path / "one", ENGINE, DATABASE) as (http, outage),
        without(house, tmp_path / "other", ENGINE, DATABASE) as (other, another),
    ):
        first = await filed(house, http, key)
        second = await filed(house, other, key, description="It leaks.")
        assert (first.status_code, second.status_code) == (202, 202)
        ticket = first.json()["id"]
        assert second.json()["id"] == ticket
        await outage.mend()

        async def runs() -> bool:
            return (await filed(house, http, key)).status_code == 201

        await house.soon(runs, "the first")
        await another.mend()

        async def kept() -> Any:
            return rows(house, REUSED_KEPT, f"ticket-{ticket.removeprefix('tkt_')}/start-%")

        [(entry, command)] = await house.soon(kept, "what was accepted later")
        await told_once(house, entry, "key-reused")
        refused(await filed(house, other, key, description="It leaks."), 422, REUSED)
    await house.until(ticket, "MATCHING")
    assert (await house.ticket(ticket))["description"] == "It hums."
    assert json.loads(LoggedCommand.model_validate_json(command).argument)["ticket_id"] == ticket
    assert len(await letters(house, entry)) == 1, "who asked again has heard it"
    forget(house, entry)


async def test_a_copy_that_no_version_reads_is_told_once_when_it_is_old(
    house: House, tmp_path: Path
) -> None:
    old, young = (f"ticket-{uuid.uuid4()}/upd_{uuid.uuid4()}" for _ in "12")
    now = datetime.now(UTC)
    with psycopg.connect(house.database_url, autocommit=True) as session:
        for name, age in ((old, 20), (young, 1)):
            session.execute(
                "insert into intake (id, command, logged_at) values (%s, %s, %s)",
                (name, '{"kind": "of another day"}', now - timedelta(minutes=age)),
            )
    async with (
        replica(house, command_log=tmp_path / "one"),
        replica(house, command_log=tmp_path / "other"),
    ):
        await told_once(house, old, "copy-unreadable")
    assert [why for _, why in rows(house, KEPT, old)] == ["copy-unreadable"]
    assert [why for _, why in rows(house, KEPT, young)] == [None]
    assert await letters(house, young) == []
    for name in (old, young):
        forget(house, name)
