"""Sending a command: logged first, settled when its outcome is known, the same bytes every time.

An outcome is known when the workflow has answered or refused, or when it can never get the command.
Whatever else happens, a timeout, a lost connection, a client who hung up, our own death, leaves the
command in the log, and `api.resending` sends it again.
"""

import asyncio
import json
import re
from datetime import timedelta
from time import monotonic
from typing import Any

from pydantic_core import to_json
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.errordetails.v1 import WorkflowNotReadyFailure
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import Priority, RawValue, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.services import Services
from models.command import CommandKind, LoggedCommand
from models.ticket import TicketStatus, Urgency
from temporal.failpoints import Failpoint, reached
from temporal.queues import TICKETS
from temporal.search_attributes import at_start

PATIENCE = timedelta(seconds=5)
"""How long a person waits for an answer before they are told to ask again."""
JSON = {"encoding": b"json/plain"}
URGENT, ORDINARY = Priority(priority_key=1), Priority(priority_key=3)
_HICCUP, _PAUSE = 2.0, 0.2
"""Seconds for which a workflow whose task has failed is given time to succeed, asked so far apart:
the task of a healthy one fails, too, when its worker dies or news comes in between."""
_NOT_ABOUT_THE_WORKFLOW = re.compile(r"(namespace|update) .*not found", re.IGNORECASE | re.DOTALL)


def argument(value: Any) -> str:
    """What a command says, as it goes on the wire."""
    return to_json(value).decode()


async def send(
    services: Services, command: LoggedCommand, patience: timedelta, answer: type | None = None
) -> Any:
    """Log a command and send it; the answer, as an `answer` if it is an update's.

    Raises:
        Exception: whatever Temporal's client raises; unless `is_known`, it is sent again.
    """
    await services.commands.append(command)
    reached(Failpoint.COMMAND_LOGGED, command.workflow_id)
    answered = await _delivered(services, command, patience, answer)
    reached(Failpoint.COMMAND_ANSWERED, command.workflow_id)
    return answered


async def deliver(
    services: Services, command: LoggedCommand, patience: timedelta, answer: type | None = None
) -> Any:
    """Send a logged command once, and settle it if its outcome is known then.

    Raises:
        Exception: whatever Temporal's client raises.
    """
    try:
        answered = await _sent(services.temporal, command, patience, answer)
    except Exception as error:
        if is_known(error):
            services.commands.settle(command.id)
        raise
    services.commands.settle(command.id)
    return answered


async def _delivered(
    services: Services, command: LoggedCommand, patience: timedelta, answer: type | None
) -> Any:
    """Deliver it, though the workflow cannot go on for a moment."""
    until = monotonic() + _HICCUP
    while True:
        try:
            return await deliver(services, command, patience, answer)
        except RPCError as error:
            if not is_stuck(error) or monotonic() >= until:
                raise
        await asyncio.sleep(_PAUSE)


def is_known(error: Exception) -> bool:
    """Whether a failure says what became of the command for good.

    FAILED_PRECONDITION does not: a workflow that is paused, or whose task fails, refuses even an
    update that it carried out a moment ago, and one that it has in hand.
    """
    match error:
        case WorkflowUpdateFailedError() | WorkflowAlreadyStartedError():
            return True
        case RPCError(status=RPCStatusCode.INVALID_ARGUMENT):
            return True
        case RPCError(status=RPCStatusCode.NOT_FOUND):
            return not is_elsewhere(error)
    return False


def is_elsewhere(error: RPCError) -> bool:
    """Whether something else than the workflow was not found: the namespace, or an update that a
    server lost when it died."""
    return _NOT_ABOUT_THE_WORKFLOW.match(str(error)) is not None


def is_stuck(error: RPCError) -> bool:
    """Whether Temporal refuses because the workflow's code fails, and not by an operator's wish."""
    if error.status is not RPCStatusCode.FAILED_PRECONDITION:
        return False
    return any(d.Is(WorkflowNotReadyFailure.DESCRIPTOR) for d in error.grpc_status.details)


def is_malformed(error: Exception) -> bool:
    """Whether Temporal cannot take a command as it is: a fault of ours."""
    return isinstance(error, RPCError) and error.status is RPCStatusCode.INVALID_ARGUMENT


def is_away(error: Exception) -> bool:
    """Whether Temporal could not be reached at all. A lazy client whose first connect fails raises
    RuntimeError."""
    unavailable = isinstance(error, RPCError) and error.status is RPCStatusCode.UNAVAILABLE
    return unavailable or isinstance(error, RuntimeError | OSError)


async def _sent(
    temporal: Client, command: LoggedCommand, patience: timedelta, answer: type | None
) -> Any:
    match command.kind:
        case CommandKind.START:
            return await _start(temporal, command, patience)
        case CommandKind.UPDATE:
            handle = temporal.get_workflow_handle(command.workflow_id)
            return await handle.execute_update(
                command.name,
                _as_written(command),
                id=command.update_id,
                result_type=answer,
                rpc_timeout=patience,
            )
        case CommandKind.SIGNAL:
            return await _signal(temporal, command, patience)


async def _start(temporal: Client, command: LoggedCommand, patience: timedelta) -> None:
    opened = json.loads(command.argument)
    urgency = Urgency(opened["urgency"])
    await temporal.start_workflow(
        command.name,
        _as_written(command),
        id=command.workflow_id,
        task_queue=TICKETS,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        memo={"fingerprint": opened["fingerprint"], "opened_at": opened["opened_at"]},
        search_attributes=at_start(TicketStatus.RECEIVED, urgency),
        priority=URGENT if urgency is Urgency.URGENT else ORDINARY,
        rpc_timeout=patience,
    )


def _as_written(command: LoggedCommand) -> RawValue:
    """The argument, not read and written once more."""
    return RawValue(Payload(metadata=JSON, data=command.argument.encode()))


async def _signal(temporal: Client, command: LoggedCommand, patience: timedelta) -> None:
    """Under the id of the command: the SDK would draw one a call, and the server takes a signal
    again whose id it does not know."""
    payload = _as_written(command).payload
    await temporal.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=temporal.namespace,
            workflow_execution=WorkflowExecution(workflow_id=command.workflow_id),
            signal_name=command.name,
            input=Payloads(payloads=[payload]),
            identity=temporal.identity,
            request_id=command.update_id,
        ),
        retry=True,
        timeout=patience,
    )
