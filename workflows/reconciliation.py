"""Whether everything that was accepted is there, twice: as a workflow and as a row."""

from datetime import datetime, timedelta

from temporalio import workflow

from activities.intake.comparing import ComparingActivities
from models.messages.intake import Compared, ComparePage, Reconciled, Which
from workflows.options import LOOK

PAGES = 40
"""Of what is recent; the next look goes on where this one ended."""
EARLIER = 5
A_MOMENT = timedelta(seconds=10)
"""What was put right is whole by then."""


@workflow.defn(name="Reconciliation")
class ReconciliationWorkflow:
    """One look, begun by a schedule: compare, put right what can be, look at that once more, and
    leave the rest to a person (docs/rules/invariants.md, Loss)."""

    @workflow.run
    async def run(self) -> Reconciled:
        """From the first page to what is left."""
        recent = await self._look(Which.RECENT, PAGES)
        earlier = await self._look(Which.EARLIER, EARLIER, recent.began)
        wrong = recent.wrong + earlier.wrong
        if wrong:
            await workflow.sleep(A_MOMENT)
            await self._look(Which.FOUND, EARLIER)
        left = await workflow.execute_activity_method(
            ComparingActivities.compare_strangers, recent.began, **LOOK
        )
        return Reconciled(looked=recent.looked + earlier.looked, wrong=wrong, left=left)

    async def _look(self, which: Which, pages: int, began: datetime | None = None) -> Compared:
        looked = wrong = 0
        while True:
            page = await workflow.execute_activity_method(
                ComparingActivities.compare_accepted, ComparePage(which=which, began=began), **LOOK
            )
            began, looked, wrong, pages = (
                *(page.began, looked + page.looked, wrong + page.wrong),
                pages - 1,
            )
            if page.is_last or not pages:
                return page.model_copy(update={"looked": looked, "wrong": wrong})
