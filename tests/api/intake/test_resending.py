"""What was left without an outcome is sent again, in the same words, until it has one."""

import asyncio
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError

from api.intake.commands import ask
from api.intake.delivery import deliver, is_away
from api.intake.resending import Resending
from api.intake.sending import argument, carry_out
from models.db.intake.command_log import CommandLog
from models.field import FactKind
from models.messages.ticket import CancelTicket
from models.messages.visit import ReportVisit
from tests.api.intake.left_behind import (
    BY,
    SOON,
    arguments,
    cancelling,
    nothing_left,
    reporting,
    resending,
)
from tests.house import House
from workflows.ticket.story import TicketWorkflow


async def test_a_request_that_was_left_behind_is_carried_out_with_the_same_words(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    async with resending(house, tmp_path, cancelling(ticket)) as services:
        await nothing_left(house, services)
    await house.until(ticket, "CANCELLED")
    accepted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    [said] = await arguments(house, ticket, accepted)
    typed = await house.env.client.data_converter.encode([CancelTicket(by=BY)])
    assert said == typed[0].data


async def test_what_somebody_asked_who_hung_up_is_done(house: House, tmp_path: Path) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    async with resending(house, tmp_path) as services:
        assert house.shift
        async with house.shift.over():
            update = TicketWorkflow.cancel
            asking = asyncio.create_task(ask(services, ticket, update, CancelTicket(by=BY)))
            logged = services.commands.outstanding
            await house.soon(lambda: bool(logged()), "the command")
            asking.cancel()
        await house.until(ticket, "CANCELLED")
        await nothing_left(house, services)


async def test_the_words_are_the_same_as_those_of_a_typed_call(house: House) -> None:
    converter = house.env.client.data_converter
    fact = ReportVisit(
        visit_id="vis_ü",
        kind=FactKind.STARTED,
        expert_id="exp_1",
        occurred_at=datetime(2026, 11, 29, 10, 0, 0, 120000, tzinfo=UTC),
        client_event_id='"\u2028 /',
        by=BY,
    )
    for value in (fact, {"parameter": 0.1, "note_id": None}, None):
        [typed] = await converter.encode([value])
        [logged] = await converter.encode([json.loads(argument(value))])
        assert logged == typed


async def test_every_request_is_registered_under_the_name_that_it_is_logged_under() -> None:
    for name in dir(TicketWorkflow):
        handler = getattr(TicketWorkflow, name)
        defined = getattr(handler, "_defn", None) or getattr(
            handler, "__temporal_signal_definition", None
        )
        if defined is not None:
            assert defined.name == handler.__name__


async def test_a_fact_that_is_left_twice_is_there_once(house: House, tmp_path: Path) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    services = replace(house.services, commands=CommandLog(None))
    await deliver(services, reporting(ticket), SOON)
    async with resending(house, tmp_path, reporting(ticket)) as started:
        await nothing_left(house, started)
    signalled = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    assert len(await arguments(house, ticket, signalled)) == 1


def test_a_slow_answer_is_not_an_absent_temporal() -> None:
    assert not is_away(TimeoutError())
    assert is_away(ConnectionRefusedError())


async def test_a_ticket_that_somebody_else_sees_to_is_looked_at_a_few_times_a_second(
    house: House,
) -> None:
    class Counting(CommandLog):
        """Counts the rounds."""

        rounds = 0

        def waiting(self) -> set[str]:
            self.rounds += 1
            return super().waiting()

    commands, command = Counting(None), cancelling(f"tkt_{uuid.uuid4()}")
    commands.adopt([command])
    async with commands.lane(command.workflow_id):
        services = replace(house.services, commands=commands)
        task = asyncio.create_task(Resending(services).keep())
        began = monotonic()
        await house.soon(lambda: commands.rounds >= 8, "some rounds")
        assert monotonic() - began >= 0.5
        task.cancel()


async def test_a_question_and_its_answer_share_the_time_there_is(house: House) -> None:
    asked = f"ticket-{uuid.uuid4()}.PARTIAL"
    question = await house.env.client.start_workflow(
        "NextQuestion", id=asked, task_queue="nobody-serves-it"
    )
    decision = cancelling("tkt_any").but(workflow_id=asked, escalation_id="esc_next")
    services = replace(house.services, commands=CommandLog(None))
    await services.commands.append(decision)
    with pytest.raises(RPCError) as nobody:
        async with asyncio.timeout(1.8 * SOON.total_seconds()):
            await carry_out(services, decision, 2 * SOON)
    assert not is_away(nobody.value)
    await question.terminate()
