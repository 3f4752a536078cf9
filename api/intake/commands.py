"""Messages to tickets: one call, one answer, and what Temporal refuses in our words."""

from datetime import timedelta
from functools import cache
from typing import Any, get_type_hints
from uuid import uuid4

import structlog
from temporalio.client import WorkflowUpdateFailedError

from api.http import asking
from api.http.services import Services
from api.intake.looking import bounded
from api.intake.sending import argument, put_by, send
from api.intake.wording import away as engine_away
from api.intake.wording import not_taken
from models.base import Message
from models.errors import Kept, Unavailable
from models.identity import derived_id
from models.intake.command import CommandKind, LoggedCommand
from temporal.ids import ticket_workflow

log = structlog.get_logger("api.intake.commands")

_A_MOMENT = timedelta(seconds=0.1)
_FOR_THE_COPY = timedelta(seconds=1.3)
"""What is left of a request's time for the copy in the database, where our disk keeps nothing."""
_NAMED = {CommandKind.UPDATE: "upd", CommandKind.SIGNAL: "sig"}


async def ask(
    services: Services,
    ticket_id: str,
    update: Any,
    message: Message,
    key: str | None = None,
    patience: timedelta | None = None,
    *,
    waits: bool = True,
) -> Any:
    """The answer of a ticket to a request. `key` names the request: asked again under the same one,
    it has one effect and the first answer. Without one it is a request of its own: the id of an
    HTTP request will not do, the caller chooses it and may use it for several. It takes no longer
    than `patience`, nor than the HTTP request has left. `waits`: also while the engine is silent;
    else it is kept at once.

    Raises:
        DomainError: the ticket's refusal; `ticket-closed`, `ticket-unknown`, `answer-late`.
    """
    command = _command(services, CommandKind.UPDATE, ticket_id, update, message, key)
    patience = asking.within(patience or services.patience.for_commands)
    try:
        return await _sent(services, command, patience, _answer_of(update), waits=waits)
    except WorkflowUpdateFailedError as broken:
        log.error("command_not_taken", what=command.name, exc_info=broken)
        raise not_taken() from broken


async def tell(
    services: Services, ticket_id: str, signal: Any, message: Message, key: str | None = None
) -> None:
    """Leave a fact for a ticket: it is durable at once, whether or not anybody works. `key` names
    the fact: left again under the same one, it is there once.

    Raises:
        DomainError: `ticket-closed`, `ticket-unknown`, `engine-unavailable`, `answer-late`.
    """
    command = _command(services, CommandKind.SIGNAL, ticket_id, signal, message, key)
    await _sent(services, command, asking.within(services.patience.for_commands))


async def start(services: Services, command: LoggedCommand) -> None:
    """Start the workflow of a new ticket. Where our disk does not keep it, somebody else has to in
    the same request: they are given time for that.

    Raises:
        WorkflowAlreadyStartedError: it was there.
        DomainError: as `tell`.
    """
    patience = asking.within(services.patience.for_commands)
    if not services.commands.outlives_us:
        patience = max(_A_MOMENT, patience - _FOR_THE_COPY)
    await _sent(services, command, patience)


async def _sent(
    services: Services,
    command: LoggedCommand,
    patience: timedelta,
    answer: type | None = None,
    *,
    waits: bool = False,
) -> Any:
    """What a workflow answers to a command.

    Raises:
        Kept: nobody could answer, and the command outlives this process.
    """
    needs_nobody = command.kind is not CommandKind.UPDATE
    if not waits and services.engine.lasts:
        await put_by(services, command)
        if services.commands.keeps(command.id):
            raise Kept.of(engine_away())
        if command.kind is CommandKind.START:
            raise engine_away()
    try:
        return await bounded(send(services, command, patience, answer), patience)
    except Unavailable as away:
        if needs_nobody or away.code == "engine-unavailable":
            services.engine.begins()
        if services.commands.keeps(command.id):
            raise Kept.of(away) from away
        raise


def _command(
    services: Services,
    kind: CommandKind,
    ticket_id: str,
    handler: Any,
    message: Message,
    key: str | None,
) -> LoggedCommand:
    """A message to a ticket's handler, named by its key. Without one it is of its own."""
    return LoggedCommand(
        kind=kind,
        workflow_id=ticket_workflow(ticket_id),
        name=handler.__name__,
        update_id=derived_id(_NAMED[kind], ticket_id, key or uuid4().hex),
        argument=argument(message),
        logged_at=services.clock(),
    )


@cache
def _answer_of(update: Any) -> type:
    answer: type = get_type_hints(update)["return"]
    return answer
