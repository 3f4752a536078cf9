"""What a completed round sets in motion."""

from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from models.db.engine import Database
from models.db.repositories.aftercare import AftercareRepository
from models.identity import derived_id
from models.messages.billing import BillTicket, OpenSurvey
from temporal.ids import billing_workflow
from temporal.queues import TICKETS

BILLING = "Billing"


class AftercareActivities:
    """Billing is started, the customer is asked."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client

    @activity.defn
    async def start_billing(self, bill: BillTicket) -> None:
        """Start the billing workflow of a round.

        Again after success: the workflow id is taken, which is what we want.
        """
        try:
            await self._client.start_workflow(
                BILLING,
                bill,
                id=billing_workflow(bill.ticket_id, bill.round),
                task_queue=TICKETS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                rpc_timeout=timedelta(seconds=5),
            )
        except WorkflowAlreadyStartedError:
            return

    @activity.defn
    def open_survey(self, asked: OpenSurvey) -> None:
        """Put the question of a round in; the message with its link is rendered when it is sent.

        Again after success: one survey a round.
        """
        with self._database.unit_of_work() as session:
            AftercareRepository(session).open_survey(survey_id(asked.ticket_id, asked.round), asked)


def survey_id(ticket_id: str, round_: int) -> str:
    """The survey of a round."""
    return derived_id("svy", ticket_id, str(round_))
