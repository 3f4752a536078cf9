"""What a person lets go from quarantine, as the runbook says, is carried out, however long it lay
there."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI, Response

from api.http.auth import Principal
from api.http.services import Services
from api.intake.as_it_came import KEY, PutOff
from api.intake.failing import Failing
from api.intake.put_off import asking_again, name_of_put_off
from api.intake.waiting_room import Again
from models.actor import Role
from models.intake.command import CommandKind, LoggedCommand
from models.messages.ticket import OpenTicket
from temporal.ids import ticket_workflow
from tests.api.intake.left_behind import (
    changing,
    first_day,
    first_days,
    nothing_left,
    resending,
)
from tests.api.intake.test_quarantine import KEPT, LISTED, rows, told_once
from tests.architecture.source import ROOT
from tests.house import House
from tests.replica import replica

pytestmark = pytest.mark.long

RUNBOOK = (ROOT / "docs" / "runbooks" / "command-log.md").read_text()
[LET_GO] = re.findall(r'-c "(update intake .*?)"', RUNBOOK)
LONG_AGO = timedelta(hours=80)


def quarantined(house: House, command: LoggedCommand, why: str) -> None:
    with psycopg.connect(house.database_url, autocommit=True) as session:
        session.execute(
            "insert into intake (id, command, logged_at, quarantined) values (%s, %s, %s, %s)",
            (command.id, command.model_dump_json(), command.logged_at, why),
        )


async def let_go(house: House, command: LoggedCommand, log: Path) -> None:
    """By the words of the runbook, while an API runs that takes it up."""

    async def is_done() -> bool:
        return not rows(house, KEPT, command.id)

    async with replica(house, command_log=log):
        with psycopg.connect(house.database_url, autocommit=True) as session:
            session.execute(LET_GO.replace("'…'", "%s").encode(), (command.id,))
        await house.soon(is_done, "its outcome")


def giving_up(house: House, ticket: str, at: datetime) -> LoggedCommand:
    """The customer's cancel, which was put off at a time."""
    [(customer,)] = rows(house, "select customer_id from tickets where id = %s", ticket)
    put_off = PutOff(
        principal=Principal(role=Role.CUSTOMER, subject=customer),
        asked_at=at,
        method="POST",
        path=f"/v1/tickets/{ticket}/cancel",
        headers=(("content-type", "application/json"), (KEY, uuid.uuid4().hex)),
        body="{}",
    )
    name = name_of_put_off(put_off.principal, put_off.method, put_off.path, "{}")
    keyring = house.services.keyring
    sealed = keyring.seal(put_off.model_dump(mode="json"), name, datetime.now(UTC))
    return LoggedCommand(
        kind=CommandKind.HTTP,
        workflow_id=ticket_workflow(ticket),
        name=put_off.method,
        update_id=name,
        argument=json.dumps(sealed),
        logged_at=at,
    )


def tripping(services: Services) -> Again:
    """How an API asks again that has a fault, and a second's patience with itself."""
    app = FastAPI()

    @app.post("/{path:path}")
    async def trips() -> Response:
        return Response(status_code=500)

    return asking_again(services, app, Failing(longest=1.0))


async def test_a_ticket_that_lay_in_quarantine_for_three_days_begins_once_it_is_let_go(
    house: House, tmp_path: Path
) -> None:
    known, mended = await house.file(), f"tkt_{uuid.uuid4()}"

    async def listed() -> list[tuple[str]]:
        return rows(house, LISTED, known)

    [(argument,)] = await house.soon(listed, "the list")
    opened, keyring = OpenTicket.model_validate_json(argument), house.services.keyring
    sealed = keyring.seal(keyring.open(opened.sealed, known), mended, datetime.now(UTC))
    opened = opened.model_copy(update={"ticket_id": mended, "sealed": sealed})
    start = LoggedCommand(
        kind=CommandKind.START,
        workflow_id=ticket_workflow(mended),
        name="Ticket",
        update_id="start",
        argument=opened.model_dump_json(),
        logged_at=datetime.now(UTC) - LONG_AGO,
    )
    quarantined(house, start, "refused-for-good")
    await let_go(house, start, tmp_path)
    await house.until(mended, "MATCHING")
    for ticket in (known, mended):
        await house.expect("helpdesk", "POST", f"/tickets/{ticket}/cancel", {})


async def test_a_cancel_that_lay_in_quarantine_for_three_days_is_done_once_it_is_let_go(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    cancel = giving_up(house, ticket, datetime.now(UTC) - LONG_AGO)
    quarantined(house, cancel, "request-unreadable")
    await let_go(house, cancel, tmp_path)
    assert (await house.ticket(ticket))["status"] == "CANCELLED"


async def test_a_request_that_trips_over_a_fault_of_ours_holds_up_nobody_and_is_done_once_mended(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    cancel = giving_up(house, ticket, datetime.now(UTC) - timedelta(minutes=1))
    behind = changing(ticket, 30)
    async with resending(house, tmp_path / "one", cancel, behind, again=tripping) as services:
        await nothing_left(house, services)
    assert await first_days(house, ticket) == [first_day(behind)]
    assert [why for _, why in rows(house, KEPT, cancel.id)] == ["request-fails"]
    await told_once(house, cancel.id, "request-fails")
    await let_go(house, cancel, tmp_path / "two")
    assert (await house.ticket(ticket))["status"] == "CANCELLED"
