"""The bill of one round of a ticket."""

from temporalio import workflow

from activities.money.billing import BillingActivities
from models.messages.money import Billed, BillTicket, IssueInvoice
from workflows.options import DATABASE


@workflow.defn(name="Billing")
class BillingWorkflow:
    """Prices what was done and issues the invoice, however long that takes."""

    @workflow.run
    async def run(self, bill: BillTicket) -> Billed:
        """From the work to the invoice."""
        return await workflow.execute_local_activity_method(
            BillingActivities.issue_invoice,
            IssueInvoice(bill=bill, issued_at=workflow.now()),
            **DATABASE,
        )
