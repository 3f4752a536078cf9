"""Which escalation a workflow is: its name says what is asked, its memo which time it is asked."""

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from temporal.telling import PATIENCE


async def running_escalation(client: Client, workflow_id: str) -> str | None:
    """The id of the escalation that runs under a name, if one does.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        found = await client.get_workflow_handle(workflow_id).describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    if found.status is not WorkflowExecutionStatus.RUNNING:
        return None
    return str(await found.memo_value("escalation_id", ""))
