"""What Temporal's failures are in our words: refusals, with codes that stay."""

import structlog
from temporalio.client import (
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from api.intake.delivery import is_elsewhere, is_paused, is_stuck
from models.errors import Conflict, DomainError, NotFound, Unavailable
from temporal.failures import as_domain_error

log = structlog.get_logger("api.intake.commands")

_ENDED = ("already completed", "aborted by closing workflow")
"""How Temporal says that a workflow has ended, before a request or in the midst of one."""


def in_our_words(error: Exception) -> Exception:
    """A failure of Temporal as a refusal of ours, where it is one."""
    match error:
        case WorkflowUpdateFailedError():
            return as_domain_error(error.cause) or error
        case WorkflowUpdateRPCTimeoutOrCancelledError():
            return late()
        case RPCError(status=RPCStatusCode.NOT_FOUND):
            if is_elsewhere(error):
                return away()
            if any(ended in str(error) for ended in _ENDED):
                return Conflict("ticket-closed", "The ticket is closed; nothing changes it now.")
            return ticket_unknown()
        case RPCError(status=RPCStatusCode.FAILED_PRECONDITION):
            if is_stuck(error):
                return _stuck()
            return _paused() if is_paused(error) else late()
        case ValueError() if WorkflowExecutionStatus.__name__ in str(error):
            # What the SDK makes of PAUSED, a status that it does not know.
            return _paused()
        case RPCError(status=RPCStatusCode.RESOURCE_EXHAUSTED):
            return Unavailable("too-busy", "Too many requests at once.", retry_after=1)
        case RPCError(status=RPCStatusCode.INVALID_ARGUMENT):
            log.error("command_malformed", reason=str(error))
            return not_taken()
        case RPCError() | WorkflowQueryFailedError() | RuntimeError() | OSError():
            # A lazy client whose first connect fails raises RuntimeError.
            return away()
        case DomainError():
            return error
        case _:
            return error


def ticket_unknown() -> NotFound:
    """What there is to say of a ticket that is not there, or is somebody else's."""
    return NotFound("ticket-unknown", "There is no such ticket.")


def late() -> Unavailable:
    """Nobody answered a command in time."""
    return Unavailable(
        "answer-late",
        "Nobody answered in time; it goes on all the same. Asked again with the same "
        "Idempotency-Key, it has one effect.",
        retry_after=2,
    )


def nobody_answers() -> Unavailable:
    """Nobody answered a question in time."""
    return Unavailable(
        "answer-late", "Nobody answered in time; nothing was asked to change.", retry_after=2
    )


def away() -> Unavailable:
    """Temporal cannot be reached."""
    return Unavailable(
        "engine-unavailable",
        "The workflow engine cannot be reached. A change may have been kept, and is then made as "
        "soon as it can be; asked again with the same Idempotency-Key, it has one effect.",
        retry_after=2,
    )


def _paused() -> Unavailable:
    return Unavailable(
        "ticket-paused",
        "The ticket is paused by an operator; a change that was sent is kept until it goes on.",
        retry_after=30,
    )


def _stuck() -> Unavailable:
    return Unavailable(
        "ticket-stuck",
        "The ticket cannot go on at the moment, by a fault of ours; a change that was sent is kept "
        "until it does.",
        retry_after=30,
    )


def not_taken() -> Conflict:
    """A workflow does not take a command, and has no word for why."""
    return Conflict("command-not-taken", "The workflow does not take this as things stand.")
