"""One command, delivered once: how it goes on the wire, and what its failures say.

An outcome is known when the workflow has answered or refused, or when it can never get the command.
Whatever else happens, a timeout, a lost connection, leaves the command in the log.
"""

import re
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.errordetails.v1 import WorkflowNotReadyFailure
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.http.services import Services
from models.intake.command import CommandKind, LoggedCommand
from temporal.filing import as_written, start_ticket

_NOT_ABOUT_THE_WORKFLOW = re.compile(r"(namespace|update) .*not found", re.IGNORECASE | re.DOTALL)


async def deliver(
    services: Services,
    command: LoggedCommand,
    patience: timedelta,
    answer: type | None = None,
    *,
    heard: bool = True,
) -> Any:
    """Send a logged command once, and settle it if its outcome is known then. `heard`: whoever sent
    it waits to hear it; else what is refused is settled by whoever writes that down.

    Raises:
        Exception: whatever Temporal's client raises.
    """
    try:
        answered = await _sent(services.temporal, command, patience, answer)
    except Exception as error:
        if is_known(error):
            was_there = isinstance(error, WorkflowAlreadyStartedError)
            if was_there or heard:
                _answered(services, command, listed=was_there, was_there=was_there, heard=heard)
            services.engine.ends()
        raise
    _answered(services, command, listed=command.kind is CommandKind.START)
    services.engine.ends()
    return answered


def _answered(
    services: Services,
    command: LoggedCommand,
    *,
    listed: bool,
    was_there: bool = False,
    heard: bool = True,
) -> None:
    """A start stays in the log until it is on the list of what was accepted (api.intake.noting)."""
    if listed:
        services.started.add(command, was_there=was_there, heard=heard)
        services.commands.conclude(command.id)
    else:
        services.commands.settle(command.id)


def struck(services: Services, command: LoggedCommand) -> None:
    """Forget a command that nobody will carry out any more. A ticket that nobody will start is
    missed on the list of what was accepted: its start, too, stays in the log until it is there."""
    _answered(services, command, listed=command.kind is CommandKind.START)


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


def is_paused(error: RPCError) -> bool:
    """Whether Temporal refuses because an operator holds the workflow. It refuses for other reasons
    with the same status, for one that nobody polls for it."""
    refused = error.status is RPCStatusCode.FAILED_PRECONDITION
    return refused and "paused" in str(error).lower()


def is_malformed(error: Exception) -> bool:
    """Whether Temporal cannot take a command as it is: a fault of ours."""
    return isinstance(error, RPCError) and error.status is RPCStatusCode.INVALID_ARGUMENT


def is_away(error: Exception) -> bool:
    """Whether Temporal could not be reached at all. A lazy client whose first connect fails raises
    RuntimeError. A timeout is an OSError, too, and says something of one workflow only."""
    unavailable = isinstance(error, RPCError) and error.status is RPCStatusCode.UNAVAILABLE
    lost = isinstance(error, RuntimeError | OSError) and not isinstance(error, TimeoutError)
    return unavailable or lost


async def _sent(
    temporal: Client, command: LoggedCommand, patience: timedelta, answer: type | None
) -> Any:
    match command.kind:
        case CommandKind.START:
            return await start_ticket(temporal, command.workflow_id, command.argument, patience)
        case CommandKind.UPDATE:
            handle = temporal.get_workflow_handle(command.workflow_id)
            return await handle.execute_update(
                command.name,
                as_written(command.argument),
                id=command.update_id,
                result_type=answer,
                rpc_timeout=patience,
            )
        case CommandKind.SIGNAL:
            return await _signal(temporal, command, patience)
        case CommandKind.HTTP:
            raise AssertionError("it is asked again over HTTP")


async def _signal(temporal: Client, command: LoggedCommand, patience: timedelta) -> None:
    """Under the id of the command: the SDK would draw one a call, and the server takes a signal
    again whose id it does not know."""
    payload = as_written(command.argument).payload
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
