"""Asking Temporal what a ticket says of itself: nothing is changed, and nothing kept."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from api.http import asking
from api.http.services import Services
from api.intake.wording import in_our_words, late, nobody_answers
from models.errors import Unavailable
from models.messages.ticket import OpenTicket
from models.rules.ticket import intake
from models.ticket import Ticket
from temporal.ids import ticket_workflow

_A_MOMENT = timedelta(seconds=0.1)

T = TypeVar("T")


async def filed(services: Services, ticket_id: str) -> Ticket | None:
    """A ticket as its run began, from its history: nobody needs to work for that. True of one that
    was never recorded since. None, if what it began with is no ticket's.

    Raises:
        DomainError: `ticket-unknown`; as `look`.
    """
    patience = asking.within(services.patience.for_commands)
    events = _handle(services, ticket_id).fetch_history_events(page_size=1, rpc_timeout=patience)
    began = await bounded(anext(aiter(events)), patience)
    said = began.workflow_execution_started_event_attributes.input
    try:
        [opened] = await services.temporal.data_converter.decode_wrapper(said, [OpenTicket])
    except (ValueError, RuntimeError):
        return None
    resumed: Ticket | None = opened.resumed
    return resumed or intake.opened(opened)


async def look(
    services: Services, ticket_id: str, query: Any, *, to_spare: timedelta = timedelta(0)
) -> Any:
    """What a ticket says of itself, past the projection; so much of the request's time is left when
    nobody answers.

    Raises:
        DomainError: `answer-late` where nobody works; as `ask`.
    """
    patience = max(_A_MOMENT, asking.within(services.patience.for_commands) - to_spare)
    try:
        asked = _handle(services, ticket_id).query(query, rpc_timeout=patience)
        return await bounded(asked, patience)
    except Unavailable as unavailable:
        cause = unavailable.__cause__
        ran_out = isinstance(cause, RPCError) and cause.status is RPCStatusCode.DEADLINE_EXCEEDED
        if ran_out or unavailable.code == "answer-late":
            raise nobody_answers() from unavailable
        raise


async def bounded(call: Awaitable[T], patience: timedelta) -> T:
    """A call to Temporal, in our words, and never longer than `patience`, nor than the request has
    left."""
    try:
        async with asyncio.timeout(asking.rest(patience.total_seconds())):
            return await call
    except TimeoutError:
        raise late() from None
    except Exception as error:
        raise in_our_words(error) from error


def _handle(services: Services, ticket_id: str) -> WorkflowHandle[Any, Any]:
    return services.temporal.get_workflow_handle(ticket_workflow(ticket_id))
