"""Sending a command: logged first, in its turn, settled when its outcome is known, the same bytes
every time.

Whatever leaves it without an outcome, a timeout, a lost connection, a client who hung up, our own
death, leaves it in the log, and `api.intake.resending` sends it again. What was left goes before
what is newer: otherwise an old command would undo what somebody was answered since. Commands that
are under way at one time wait for nobody, and neither do facts: they are true in whatever order
they are told (docs/rules/conventions.md, Events).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

import structlog
from pydantic_core import to_json
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from api.http import asking
from api.http.services import Services
from api.intake.delivery import deliver, is_known, is_malformed, is_stuck, struck
from api.intake.late_reports import hears_it_now
from api.intake.refused import refused_by_its_ticket
from api.intake.to_come import hears_it_later
from api.intake.too_old import struck_out
from api.intake.wording import late
from models.db.intake.quarantine import Poison, put_aside
from models.intake.command import CommandKind, LoggedCommand
from temporal.failpoints import Failpoint, reached

log = structlog.get_logger("api.intake.sending")

_HICCUP, _PAUSE = 2.0, 0.2
"""Seconds for which a workflow whose task has failed is given time to succeed, asked so far apart:
the task of a healthy one fails, too, when its worker dies or news comes in between."""


def argument(value: Any) -> str:
    """What a command says, as it goes on the wire."""
    return to_json(value).decode()


async def send(
    services: Services, command: LoggedCommand, patience: timedelta, answer: type | None = None
) -> Any:
    """Log a command and send it in its turn; the answer, as an `answer` if it is an update's.

    Raises:
        Exception: whatever Temporal's client raises, also to what was left before; unless
            `is_known`, it is sent again.
        TimeoutError: its turn did not come; it is sent when it does.
    """
    until = monotonic() + patience.total_seconds()
    try:
        reached(Failpoint.COMMAND_CAME, command.workflow_id)
        await services.commands.append(command)
        reached(Failpoint.COMMAND_LOGGED, command.workflow_id)
        answered = await _delivered(services, command, until, answer)
        reached(Failpoint.COMMAND_ANSWERED, command.workflow_id)
        return answered
    finally:
        services.commands.leave(command.id)


async def put_by(
    services: Services,
    command: LoggedCommand,
    beside: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Log a command and leave it: it is sent behind the request. What belongs `beside` it is put
    there in between: logged first, it is found again whatever happens."""
    reached(Failpoint.COMMAND_CAME, command.workflow_id)
    await services.commands.append(command)
    reached(Failpoint.COMMAND_LOGGED, command.workflow_id)
    try:
        if beside is not None:
            await beside()
    finally:
        services.commands.leave(command.id)


async def carry_out(services: Services, command: LoggedCommand, patience: timedelta) -> None:
    """Bring a command that was left to its outcome; nobody waits for its answer.

    Raises:
        Exception: whatever Temporal's client raises, if no outcome is known.
        Unavailable: what is refused cannot be written down yet, or its ticket may be there yet.
    """
    if command.kind is CommandKind.HTTP:
        await services.waiting_room.again(command)
        return
    try:
        if command.escalation_id is not None:
            # The question has its own half of the time.
            patience /= 2
            if not await _still_asks(services, command, patience):
                log.warning("command_too_late", command=command.id, what=command.name)
                services.commands.settle(command.id)
                return
        reached(Failpoint.BEFORE_AGAIN, command.workflow_id)
        try:
            await deliver(services, command, patience, heard=False)
        except Exception as error:
            if not await hears_it_now(services, command, error):
                raise
            await deliver(services, command, patience, heard=False)
        reached(Failpoint.AFTER_AGAIN, command.workflow_id)
    except WorkflowAlreadyStartedError:
        return
    except Exception as error:
        if not is_known(error):
            raise
        if await hears_it_later(services, command, error):
            raise late() from error
        await _refused(services, command, error)
        return
    log.info("command_sent_again", command=command.id, what=command.name)


async def _turn(services: Services, command: LoggedCommand, until: float) -> None:
    """Wait for what was left before a command, and see to it ourselves: whoever waits for the next
    try may wait for half a minute."""
    first_left = partial(services.commands.first_left, command.workflow_id, command.id)
    if command.kind is CommandKind.SIGNAL or first_left() is None or asking.is_put_off():
        # Who was put off is first in line now.
        return
    lane = services.commands.lane(command.workflow_id)
    async with asyncio.timeout(_rest(until).total_seconds()), lane:
        while (left := first_left()) is not None:
            if not await struck_out(services, left):
                await carry_out(services, left, _rest(until))


async def _delivered(
    services: Services, command: LoggedCommand, until: float, answer: type | None
) -> Any:
    """Deliver it in its turn, though the workflow cannot go on for a moment."""
    give_up = monotonic() + _HICCUP
    while True:
        try:
            await _turn(services, command, until)
            return await deliver(services, command, _rest(until), answer)
        except RPCError as error:
            if not is_stuck(error) or monotonic() >= give_up:
                raise
        await asyncio.sleep(_PAUSE)


def _rest(until: float) -> timedelta:
    """What is left of somebody's patience. To Temporal's client none at all would be endless."""
    rest = until - monotonic()
    if rest <= 0:
        raise TimeoutError
    return timedelta(seconds=rest)


async def _still_asks(services: Services, command: LoggedCommand, patience: timedelta) -> bool:
    """Whether a workflow asks the question still that an answer is for."""
    handle = services.temporal.get_workflow_handle(command.workflow_id)
    asked = await handle.query("escalation", result_type=dict, rpc_timeout=patience)
    return bool(asked["id"] == command.escalation_id)


async def _refused(services: Services, command: LoggedCommand, error: Exception) -> None:
    await refused_by_its_ticket(services, command, error)
    tell = log.warning
    if is_malformed(error):
        tell, at, why = log.error, services.clock(), Poison.REFUSED_FOR_GOOD
        await services.reads.write(lambda s: put_aside(s, command, why, at))
    # The code of a refusal, where there is one: words may quote what somebody sent.
    reason = getattr(getattr(error, "cause", None), "type", None) or str(error)
    tell("command_refused", command=command.id, what=command.name, reason=reason)
    struck(services, command)
