"""Commands without an outcome are sent again until they have one, and nobody waits for another."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from structlog.testing import capture_logs
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import (
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.http.services import Services
from api.intake.commands import ask, bounded
from api.intake.delivery import deliver, is_away
from api.intake.resending import Resending
from api.intake.sending import PATIENCE, argument, carry_out, send
from models.actor import Actor, Role
from models.calendar import Window
from models.db.intake.command_log import CommandLog
from models.db.intake.idempotency import KEPT
from models.errors import DomainError, Unavailable
from models.event import Cause
from models.intake.command import CommandKind, LoggedCommand
from models.messages.ticket import CancelTicket, ChangeSlots, TicketStanding
from models.messages.visit import ReportVisit
from models.ticket import TicketStatus
from models.visit import FactKind
from temporal.ids import ticket_workflow
from tests.house import House, days
from tests.ports import free_port
from tests.replica import impatient
from workers.stack.temporal_server import binary
from workflows.ticket.story import TicketWorkflow

STANDING = TicketStanding(ticket_id="tkt_patient", status=TicketStatus.MATCHING, round=1, seq=1)
BY = Cause(actor=Actor(role=Role.HELPDESK, id="usr_helpdesk"))
SOON, SHORTLY = timedelta(seconds=3), timedelta(seconds=1)


@workflow.defn(name="Broken")
class Broken:
    """A ticket whose code fails whenever anything is said to it."""

    @workflow.run
    async def run(self) -> None:
        """For ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def visit_reported(self, _: Any) -> None:
        """Fail."""
        raise RuntimeError("broken")

    @workflow.update
    def cancel(self, _: Any) -> None:
        """Fail."""
        raise RuntimeError("broken")


@workflow.defn(name="NextQuestion")
class NextQuestion:
    """The next question of a kind, under the workflow id of the one before."""

    def __init__(self) -> None:
        self._claims = 0

    @workflow.run
    async def run(self) -> None:
        """For ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    def claim(self, _: Any = None) -> None:
        """Count."""
        self._claims += 1

    @workflow.query
    def escalation(self) -> dict[str, Any]:
        """Which one it is."""
        return {"id": "esc_next", "claims": self._claims}


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


@asynccontextmanager
async def broken_tickets(house: House, count: int) -> AsyncIterator[list[str]]:
    """Tickets that cannot go on."""
    worker = Worker(
        house.env.client,
        task_queue="broken",
        workflows=[Broken],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    names = [f"tkt_{uuid.uuid4()}" for _ in range(count)]
    async with worker:
        for name in names:
            await house.env.client.start_workflow(
                "Broken", id=ticket_workflow(name), task_queue="broken"
            )
        yield names
        for name in names:
            await house.workflow(name).terminate()


@asynccontextmanager
async def resending(
    house: House, directory: Path, *commands: LoggedCommand
) -> AsyncIterator[Services]:
    """The services of a process that starts over what one that died has left."""
    before = CommandLog(directory)
    for command in commands:
        await before.append(command)
    before.close()
    services = replace(house.services, commands=CommandLog(directory))
    found = services.commands.outstanding
    await house.soon(lambda: asyncio.sleep(0, len(found()) == len(commands)), "what was left")
    task = asyncio.create_task(Resending(services).keep())
    try:
        yield services
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        services.commands.close()


def cancelling(ticket: str, key: str = "first") -> LoggedCommand:
    return LoggedCommand(
        kind=CommandKind.UPDATE,
        workflow_id=ticket_workflow(ticket),
        name="cancel",
        update_id=f"upd_{key}",
        argument=argument(CancelTicket(by=BY)),
        logged_at=datetime.now(UTC),
    )


def changing(ticket: str, first_day: int) -> LoggedCommand:
    """The customer's times, from one day on."""
    slots = tuple(Window.model_validate(day) for day in days(first_day, 3))
    return cancelling(ticket, f"days_{first_day}").but(
        name="change_slots", argument=argument(ChangeSlots(slots=slots, by=BY))
    )


async def left(services: Services, command: LoggedCommand) -> None:
    """A command whose sender gave up."""
    with pytest.raises((TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError)):
        await send(services, command, timedelta(seconds=0.3))
    assert services.commands.first_left(command.workflow_id) is not None


async def first_days(house: House, ticket: str) -> list[str]:
    """What the customer's times began with, from change to change."""
    accepted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    said = [json.loads(words) for words in await arguments(house, ticket, accepted)]
    return [change["slots"][0]["start"] for change in said if "slots" in change]


def first_day(command: LoggedCommand) -> str:
    return str(json.loads(command.argument)["slots"][0]["start"])


def reporting(ticket: str) -> LoggedCommand:
    """A fact that the ticket can make nothing of, and writes down."""
    fact = ReportVisit(
        visit_id="vis_none",
        kind=FactKind.STARTED,
        expert_id="exp_none",
        occurred_at=datetime.now(UTC),
        client_event_id="1",
        by=BY,
    )
    return LoggedCommand(
        kind=CommandKind.SIGNAL,
        workflow_id=ticket_workflow(ticket),
        name="visit_reported",
        update_id="sig_first",
        argument=argument(fact),
        logged_at=datetime.now(UTC),
    )


async def nothing_left(house: House, services: Services) -> None:
    await house.soon(lambda: asyncio.sleep(0, not services.commands.outstanding()), "the outcome")


async def arguments(house: House, ticket: str, kind: "EventType.ValueType") -> list[bytes]:
    """What was said to a ticket by events of a kind, as it stands in the history."""
    events = (await house.workflow(ticket).fetch_history()).events
    found = []
    for event in events:
        if event.event_type == kind:
            said = (
                event.workflow_execution_signaled_event_attributes.input.payloads
                or (
                    event.workflow_execution_update_accepted_event_attributes.accepted_request
                ).input.args.payloads
            )
            found.append(said[0].data)
    return found


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
            await house.soon(lambda: asyncio.sleep(0, bool(logged())), "the command")
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
            await bounded(send(away, command, PATIENCE), PATIENCE)
        assert refused.value.code == "engine-unavailable"
    await bounded(send(services, newer, PATIENCE), PATIENCE)
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
    await bounded(send(services, oldest, PATIENCE), PATIENCE)
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
            waits = asyncio.create_task(send(services, hung_up, PATIENCE))
            logged = services.commands.outstanding
            await house.soon(lambda: asyncio.sleep(0, hung_up in logged()), "the command")
            waits.cancel()
            with pytest.raises(WorkflowUpdateRPCTimeoutOrCancelledError):
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
        waits = asyncio.create_task(send(services, first, PATIENCE))
        await house.soon(
            lambda: asyncio.sleep(0, first in services.commands.outstanding()), "the first"
        )
        await send(services, second, PATIENCE)
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


async def test_what_was_left_for_longer_than_answers_are_kept_is_not_carried_out(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    now = datetime.now(UTC)
    forgotten = cancelling(ticket).but(logged_at=now - KEPT - timedelta(minutes=1))
    remembered = changing(ticket, 30).but(logged_at=now - KEPT + timedelta(minutes=5))
    with capture_logs() as logs:
        async with resending(house, tmp_path, forgotten, remembered) as services:
            await nothing_left(house, services)
    assert await first_days(house, ticket) == [first_day(remembered)]
    assert (await house.ticket(ticket))["status"] == "MATCHING"
    [struck] = [entry for entry in logs if entry["event"] == "command_too_old"]
    assert (struck["log_level"], struck["what"]) == ("error", "cancel")
    assert struck["command"] == forgotten.id


def test_a_slow_answer_is_not_an_absent_temporal() -> None:
    assert not is_away(TimeoutError())
    assert is_away(ConnectionRefusedError())


async def test_a_question_and_its_answer_share_the_time_there_is(house: House) -> None:
    asked = f"ticket-{uuid.uuid4()}.PARTIAL"
    question = await house.env.client.start_workflow(
        "NextQuestion", id=asked, task_queue="nobody-serves-it"
    )
    decision = cancelling("tkt_any").but(workflow_id=asked, escalation_id="esc_next")
    services = replace(house.services, commands=CommandLog(None))
    await services.commands.append(decision)
    with pytest.raises(RPCError) as nobody:
        async with asyncio.timeout(SHORTLY.total_seconds()):
            await carry_out(services, decision, SHORTLY)
    assert not is_away(nobody.value)
    await question.terminate()


async def test_a_refusal_and_a_ticket_that_is_not_there_are_outcomes(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    nowhere = f"tkt_{uuid.uuid4()}"
    unheard_of = cancelling(ticket).but(name="no_such_request", update_id="upd_other")
    services = replace(house.services, commands=CommandLog(None))
    with pytest.raises(WorkflowUpdateFailedError):
        await deliver(services, unheard_of, SOON)
    second, lost = cancelling(ticket, "second"), cancelling(nowhere)
    async with resending(house, tmp_path, cancelling(ticket), second, lost) as started:
        await nothing_left(house, started)
    await house.until(ticket, "CANCELLED")


async def test_an_answer_to_one_question_is_not_taken_for_one_to_the_next(
    house: House, tmp_path: Path
) -> None:
    worker = Worker(
        house.env.client,
        task_queue="questions",
        workflows=[NextQuestion],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    asked = f"ticket-{uuid.uuid4()}.PARTIAL"
    async with worker:
        question = await house.env.client.start_workflow(
            "NextQuestion", id=asked, task_queue="questions"
        )
        before, this = (
            LoggedCommand(
                kind=CommandKind.UPDATE,
                workflow_id=asked,
                name="claim",
                update_id=f"helpdesk:usr_helpdesk/{escalation}",
                argument=argument(None),
                logged_at=datetime.now(UTC),
                escalation_id=escalation,
            )
            for escalation in ("esc_before", "esc_next")
        )
        nowhere = this.but(workflow_id=f"ticket-{uuid.uuid4()}.PARTIAL")
        async with resending(house, tmp_path, before, this, nowhere) as services:
            await nothing_left(house, services)
        assert (await question.query("escalation"))["claims"] == 1
        await question.terminate()


async def test_tickets_that_cannot_go_on_hold_up_nobody(house: House, tmp_path: Path) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    async with broken_tickets(house, 12) as stuck:
        waiting = [cancelling(name) for name in (*stuck, ticket)]
        async with resending(house, tmp_path, *waiting) as services:
            await house.until(ticket, "CANCELLED")
            await house.soon(
                lambda: asyncio.sleep(0, len(services.commands.outstanding()) == 12), "the others"
            )


async def test_a_ticket_whose_code_fails_is_not_said_to_be_paused(house: House) -> None:
    services = replace(house.services, commands=CommandLog(None))
    async with broken_tickets(house, 1) as [ticket]:
        await house.workflow(ticket).signal("visit_reported", {})

        async def refusal() -> DomainError | None:
            with pytest.raises(Unavailable) as refused:
                await ask(services, ticket, TicketWorkflow.cancel, CancelTicket(by=BY))
            return refused.value if refused.value.code != "answer-late" else None

        refused = await house.soon(refusal, "the refusal", seconds=40)
        assert refused.code == "ticket-stuck"
        assert refused.evidence["retry_after"] >= 1
        read = await house.ask("helpdesk", "GET", f"/tickets/{ticket}")
        assert (read.status_code, read.json()["code"]) == (503, "ticket-stuck")
        assert services.commands.outstanding(), "it is kept until the ticket goes on"


async def test_a_paused_ticket_keeps_what_it_is_sent_until_it_goes_on(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.file()
    await house.until(ticket, "MATCHING")
    async with resending(house, tmp_path) as services:
        await temporal(house, "pause", ticket)
        with pytest.raises(Unavailable) as refused:
            await ask(services, ticket, TicketWorkflow.cancel, CancelTicket(by=BY))
        assert refused.value.code == "ticket-paused"
        answer = await house.ask("helpdesk", "GET", f"/tickets/{ticket}/suggested-slots")
        assert (answer.status_code, answer.json()["code"]) == (503, "ticket-paused")
        assert int(answer.headers["Retry-After"]) >= 1
        await temporal(house, "unpause", ticket)
        await house.until(ticket, "CANCELLED")
        await nothing_left(house, services)


async def temporal(house: House, command: str, ticket: str) -> None:
    """What an operator does."""
    address = house.env.client.service_client.config.target_host
    arguments = ("--workflow-id", ticket_workflow(ticket), "--reason", "looked into")
    process = await asyncio.create_subprocess_exec(
        *(str(binary()), "workflow", command, *arguments, "--address", address),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
