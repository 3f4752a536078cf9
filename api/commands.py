"""Messages to tickets: one call, one answer, and what Temporal refuses in our words."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.client import (
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from api.services import Services
from models.base import Message
from models.errors import Conflict, DomainError, NotFound, Unavailable
from models.identity import derived_id
from temporal.failures import as_domain_error
from temporal.ids import ticket_workflow

PATIENCE = timedelta(seconds=5)
"""How long a person waits for an answer before he is told to ask again."""

_ENDED = ("already completed", "aborted by closing workflow")
"""How Temporal says that a workflow has ended, before a request or in the midst of one."""

T = TypeVar("T")


async def ask(
    services: Services, ticket_id: str, update: Any, message: Message, key: str | None = None
) -> Any:
    """The answer of a ticket to a request. `key` names the request: asked again under the same one,
    it has one effect and the first answer. Without one it is a request of its own: the id of an
    HTTP request will not do, the caller chooses it and may use it for several.

    Raises:
        DomainError: the ticket's refusal; `ticket-closed`, `ticket-unknown`, `answer-late`.
    """
    handle = _handle(services, ticket_id)
    request = handle.execute_update(
        update, message, id=derived_id("upd", ticket_id, key or uuid4().hex), rpc_timeout=PATIENCE
    )
    return await bounded(request, PATIENCE)


async def tell(services: Services, ticket_id: str, signal: Any, message: Message) -> None:
    """Leave a fact for a ticket: it is durable at once, whether or not anybody works."""
    handle = _handle(services, ticket_id)
    left = handle.signal(signal, message.model_dump(mode="json"), rpc_timeout=PATIENCE)
    await bounded(left, PATIENCE)


async def look(services: Services, ticket_id: str, query: Any) -> Any:
    """What a ticket says of itself, past the projection."""
    return await bounded(_handle(services, ticket_id).query(query, rpc_timeout=PATIENCE), PATIENCE)


async def bounded(call: Awaitable[T], patience: timedelta) -> T:
    """A call to Temporal, in our words, and never longer than `patience` and a little."""
    try:
        async with asyncio.timeout(patience.total_seconds() + 0.5):
            return await call
    except TimeoutError:
        raise _late() from None
    except Exception as error:
        raise in_our_words(error) from error


def in_our_words(error: Exception) -> Exception:
    """A failure of Temporal as a refusal of ours, where it is one."""
    match error:
        case WorkflowUpdateFailedError():
            return as_domain_error(error.cause) or error
        case WorkflowUpdateRPCTimeoutOrCancelledError():
            return _late()
        case RPCError(status=RPCStatusCode.NOT_FOUND):
            if any(ended in str(error) for ended in _ENDED):
                return Conflict("ticket-closed", "The ticket is closed; nothing changes it now.")
            return ticket_unknown()
        case RPCError(status=RPCStatusCode.FAILED_PRECONDITION):
            return Unavailable("ticket-paused", "The ticket is paused by an operator.")
        case RPCError(status=RPCStatusCode.RESOURCE_EXHAUSTED):
            return Unavailable("too-busy", "Too many requests at once.", retry_after=1)
        case RPCError(status=RPCStatusCode.INVALID_ARGUMENT):
            return error
        case RPCError() | WorkflowQueryFailedError() | RuntimeError() | OSError():
            # A lazy client whose first connect fails raises RuntimeError.
            return Unavailable(
                "engine-unavailable", "The workflow engine cannot be reached.", retry_after=2
            )
        case DomainError():
            return error
        case _:
            return error


def ticket_unknown() -> NotFound:
    """What there is to say of a ticket that is not there, or is somebody else's."""
    return NotFound("ticket-unknown", "There is no such ticket.")


def _late() -> Unavailable:
    return Unavailable(
        "answer-late",
        "Nobody answered in time; ask again with the same Idempotency-Key, it has one effect.",
        retry_after=2,
    )


def _handle(services: Services, ticket_id: str) -> WorkflowHandle[Any, Any]:
    return services.temporal.get_workflow_handle(ticket_workflow(ticket_id))
