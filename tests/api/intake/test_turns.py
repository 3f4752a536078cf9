"""Who waits for whom: what was left goes before what is asked next, and nobody else waits."""

import asyncio
import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.intake.looking import bounded
from api.intake.sending import send
from models.db.intake.command_log import CommandLog
from models.errors import Unavailable
from models.messages.ticket import TicketStanding
from models.ticket import TicketStatus
from temporal.ids import ticket_workflow
from tests.api.intake.left_behind import (
    SHORTLY,
    cancelling,
    changing,
    first_day,
    first_days,
    left,
    nothing_left,
    reporting,
    resending,
)
from tests.house import House
from tests.ports import free_port
from tests.replica import impatient

STANDING = TicketStanding(ticket_id="tkt_patient", status=TicketStatus.MATCHING, round=1, seq=1)


@workflow.defn(name="Patient")
class Patient:
    """A ticket that answers one request only when another has come."""

    def __init__(self) -> None:
        self._confirmed = False

    @workflow.run
    async def run(self) -> None:
        """For ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def cancel(self, _: Any) -> TicketStanding:
        """Wait for the other."""
        await workflow.wait_condition(lambda: self._confirmed)
        return STANDING

    @workflow.update
    def confirm(self, _: Any) -> TicketStanding:
        """The other."""
        self._confirmed = True
        return STANDING


async def test_what_is_left_for_one_ticket_is_sent_in_order(house: House, tmp_path: Path) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    async with resending(house, tmp_path, reporting(ticket), cancelling(ticket)) as services:
        await nothing_left(house, services)
    types = [entry["type"] for entry in await house.timeline(ticket)]
    assert types.index("command.rejected") < types.index("ticket.cancelled")


async def test_what_was_left_goes_before_what_is_asked_next(house: House) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    # Nobody sends again here: whoever asks next sees to it.
    services = replace(house.services, commands=CommandLog(None))
    oldest, older, newer = (changing(ticket, day) for day in (40, 30, 50))
    away = replace(services, temporal=await impatient(free_port()))
    for command in (oldest, older):
        with pytest.raises(Unavailable) as refused:
            await bounded(
                send(away, command, services.patience.for_commands), services.patience.for_commands
            )
        assert refused.value.code == "engine-unavailable"
    await bounded(
        send(services, newer, services.patience.for_commands), services.patience.for_commands
    )
    in_order = [first_day(command) for command in (oldest, older, newer)]
    assert await first_days(house, ticket) == in_order
    assert services.commands.outstanding() == []
    [slot, *_] = (await house.ticket(ticket))["slots"]
    assert datetime.fromisoformat(slot["start"]) == datetime.fromisoformat(in_order[-1])


async def test_who_asks_again_for_the_oldest_does_not_wait_for_what_came_after_it(
    house: House,
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    services = replace(house.services, commands=CommandLog(None))
    oldest, newer = changing(ticket, 30), changing(ticket, 40)
    assert house.shift
    async with house.shift.over():
        await left(services, oldest)
        await left(services, newer)
    await bounded(
        send(services, oldest, services.patience.for_commands), services.patience.for_commands
    )
    assert services.commands.outstanding() == [newer]
    assert await first_days(house, ticket) == [first_day(oldest)]


async def test_whose_turn_does_not_come_is_told_so_and_is_served_in_order(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    older, newer, hung_up = (changing(ticket, day) for day in (40, 30, 50))
    assert house.shift
    async with resending(house, tmp_path) as services:
        async with house.shift.over():
            await left(services, older)
            began = monotonic()
            with pytest.raises(Unavailable) as refused:
                await bounded(send(services, newer, SHORTLY), SHORTLY)
            assert refused.value.code == "answer-late"
            assert monotonic() - began < 2 * SHORTLY.total_seconds()
            waits = asyncio.create_task(send(services, hung_up, services.patience.for_commands))
            logged = services.commands.outstanding
            await house.soon(lambda: hung_up in logged(), "the command")
            waits.cancel()
            with pytest.raises((WorkflowUpdateRPCTimeoutOrCancelledError, asyncio.CancelledError)):
                await waits
            assert logged() == [older, newer, hung_up]
        await nothing_left(house, services)
    in_order = [first_day(command) for command in (older, newer, hung_up)]
    assert await first_days(house, ticket) == in_order


async def test_what_is_under_way_at_one_time_waits_for_nobody(house: House) -> None:
    services = replace(house.services, commands=CommandLog(None))
    ticket = f"tkt_{uuid.uuid4()}"
    worker = Worker(
        house.env.client,
        task_queue="patient",
        workflows=[Patient],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        handle = await house.env.client.start_workflow(
            "Patient", id=ticket_workflow(ticket), task_queue="patient"
        )
        first, second = cancelling(ticket), cancelling(ticket, "second").but(name="confirm")
        waits = asyncio.create_task(send(services, first, services.patience.for_commands))
        await house.soon(lambda: first in services.commands.outstanding(), "the first")
        await send(services, second, services.patience.for_commands)
        await waits
        await handle.terminate()


async def test_a_fact_waits_for_no_request_that_was_left(house: House) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    services = replace(house.services, commands=CommandLog(None))
    older = cancelling(ticket)
    assert house.shift
    async with house.shift.over():
        await left(services, older)
        await send(services, reporting(ticket), SHORTLY)
        assert services.commands.outstanding() == [older]
