"""What a completed round sets in motion."""

from contextlib import suppress
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from models.messages.money import BillTicket
from temporal.failpoints import Failpoint, reached
from temporal.ids import billing_workflow
from temporal.queues import TICKETS

BILLING = "Billing"


class AftercareActivities:
    """Billing is started."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn
    async def start_billing(self, bill: BillTicket) -> None:
        """Start the billing workflow of a round.

        Again after success: the workflow id is taken, which is what we want.
        """
        reached(Failpoint.BEFORE_BILL, bill.ticket_id)
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                BILLING,
                bill,
                id=billing_workflow(bill.ticket_id, bill.round),
                task_queue=TICKETS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                rpc_timeout=timedelta(seconds=5),
            )
        reached(Failpoint.AFTER_BILL, bill.ticket_id)
