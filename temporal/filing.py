"""The start of a ticket's workflow: the same, whoever starts it."""

import json
from datetime import timedelta

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import Priority, RawValue, WorkflowIDReusePolicy

from models.ticket import TicketStatus, Urgency
from temporal.queues import TICKETS
from temporal.search_attributes import at_start

TICKET = "Ticket"
URGENT, ORDINARY = Priority(priority_key=1), Priority(priority_key=3)
_JSON = {"encoding": b"json/plain"}


def as_written(argument: str) -> RawValue:
    """An argument that is JSON already, not read and written once more."""
    return RawValue(Payload(metadata=_JSON, data=argument.encode()))


async def start_ticket(
    client: Client, workflow_id: str, argument: str, patience: timedelta
) -> None:
    """Start a ticket with what it was filed with, `OpenTicket` as JSON. An id is used once.

    Raises:
        WorkflowAlreadyStartedError: it runs, or did so before.
        RPCError: Temporal does not take it.
    """
    opened = json.loads(argument)
    urgency = Urgency(opened["urgency"])
    await client.start_workflow(
        TICKET,
        as_written(argument),
        id=workflow_id,
        task_queue=TICKETS,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        memo={"fingerprint": opened["fingerprint"], "opened_at": opened["opened_at"]},
        search_attributes=at_start(TicketStatus.RECEIVED, urgency),
        priority=URGENT if urgency is Urgency.URGENT else ORDINARY,
        rpc_timeout=patience,
    )
