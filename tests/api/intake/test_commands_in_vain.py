"""Commands to tickets that cannot go on, do not yet, or are not there."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from temporalio import workflow
from temporalio.client import WorkflowUpdateFailedError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.intake.commands import ask
from api.intake.delivery import deliver
from api.intake.sending import argument, carry_out
from models.db.intake.command_log import CommandLog
from models.db.intake.idempotency import KEPT
from models.errors import DomainError, Unavailable
from models.intake.command import CommandKind, LoggedCommand
from models.messages.ticket import CancelTicket
from temporal.ids import ticket_workflow
from tests.api.intake.left_behind import (
    BY,
    SOON,
    cancelling,
    changing,
    first_day,
    first_days,
    nothing_left,
    resending,
)
from tests.house import House
from workers.stack.temporal_server import binary
from workflows.ticket.story import TicketWorkflow

pytestmark = pytest.mark.long


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
    a_while_ago = datetime.now(UTC) - timedelta(minutes=11)
    second, lost = cancelling(ticket, "second"), cancelling(nowhere).but(logged_at=a_while_ago)
    async with resending(house, tmp_path, cancelling(ticket), second, lost) as started:
        await nothing_left(house, started)
    await house.until(ticket, "CANCELLED")


async def test_what_was_asked_of_a_ticket_waits_for_the_start_that_another_process_has(
    house: House, tmp_path: Path
) -> None:
    ticket = f"tkt_{uuid.uuid4()}"
    a_while_ago = datetime.now(UTC) - timedelta(minutes=11)
    asked = cancelling(ticket).but(logged_at=a_while_ago)
    start = asked.but(kind=CommandKind.START, name="Ticket", update_id="start")
    holder = CommandLog(tmp_path / "log")
    await holder.append(start)
    async with resending(house, tmp_path / "log", asked) as services:
        with pytest.raises(Unavailable):
            await carry_out(services, asked, SOON)
        assert services.commands.find(asked.id) == asked
        holder.settle(start.id)
        await nothing_left(house, services)
    holder.close()


def test_the_start_of_a_ticket_goes_before_all_else_whatever_the_clocks_say() -> None:
    log = CommandLog(None)
    cancel = cancelling(f"tkt_{uuid.uuid4()}")
    later = cancel.logged_at + timedelta(seconds=1)
    start = cancel.but(kind=CommandKind.START, update_id="start", logged_at=later)
    log.adopt([cancel])
    log.adopt([start])
    assert log.first_left(cancel.workflow_id) == start
    assert log.first_left(cancel.workflow_id, start.id) is None


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
            await house.soon(lambda: len(services.commands.outstanding()) == 12, "the others")


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
