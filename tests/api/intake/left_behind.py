"""Commands that were left without an outcome, and a process that starts over them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError

from api.app import create_app
from api.http.services import Services
from api.intake.put_off import asking_again
from api.intake.resending import Resending
from api.intake.sending import argument, send
from api.intake.waiting_room import Again, WaitingRoom
from models.actor import Actor, Role
from models.calendar import Window
from models.db.intake.command_log import CommandLog
from models.event import Cause
from models.field import FactKind
from models.intake.command import CommandKind, LoggedCommand
from models.messages.ticket import CancelTicket, ChangeSlots
from models.messages.visit import ReportVisit
from temporal.ids import ticket_workflow
from tests.house import House, days

BY = Cause(actor=Actor(role=Role.HELPDESK, id="usr_helpdesk"))
SOON, SHORTLY = timedelta(seconds=3), timedelta(seconds=1)


def as_ever(services: Services) -> Again:
    """How an API asks again what was put off."""
    return asking_again(services, create_app(services, None))


@asynccontextmanager
async def resending(
    house: House,
    directory: Path,
    *commands: LoggedCommand,
    again: Callable[[Services], Again] = as_ever,
) -> AsyncIterator[Services]:
    """The services of a process that starts over what one that died has left."""
    before = CommandLog(directory)
    for command in commands:
        await before.append(command)
    before.close()
    services = replace(house.services, commands=CommandLog(directory), waiting_room=WaitingRoom())
    found = services.commands.outstanding
    await house.soon(lambda: len(found()) == len(commands), "what was left")
    services.waiting_room.asks_by(again(services))
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
    await house.soon(lambda: not services.commands.outstanding(), "the outcome")


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
