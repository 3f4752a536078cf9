"""Leaving facts for workflows that may be over by now."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.base import Message

PATIENCE = timedelta(seconds=5)
ASTRAY = "projection_astray"
"""The fact for a ticket whose row says something else than it does: it writes itself down whole."""


async def tell_if_open(client: Client, workflow_id: str, signal: str, fact: Message) -> bool:
    """Signal a workflow; one that is over, or never was, needs to know nothing. Whether it is
    open.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    handle = client.get_workflow_handle(workflow_id)
    try:
        await handle.signal(signal, fact.model_dump(mode="json"), rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True
