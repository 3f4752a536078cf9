"""What was filed, changed: the customer's times, who pays, what was looked up, what governs it."""

from typing import Annotated, Any

from temporalio import workflow

from models.messages.escalation import (
    LeaveModelOpen,
    Readmit,
)
from models.messages.ticket import (
    ChangeSlots,
    DecideCoverage,
    PoliciesChanged,
    TicketStanding,
)
from models.rules.matching import rescheduling
from models.rules.ticket import following, intake, readmission
from workflows.ticket.door import TicketDoor


class TicketFiling(TicketDoor):
    """What a ticket is about, and who pays."""

    @workflow.update(description="The customer changes the times that suit them.")
    async def change_slots(self, change: ChangeSlots) -> TicketStanding:
        """Replace the customer's times."""
        return await self._standing_after(rescheduling.with_slots, change)

    @change_slots.validator
    def _change_slots(self, change: ChangeSlots) -> None:
        self._require(rescheduling.with_slots, change)

    @workflow.update(description="Helpdesk settles who pays.")
    async def decide_coverage(self, decision: DecideCoverage) -> TicketStanding:
        """Settle who pays."""
        return await self._standing_after(intake.with_coverage, decision)

    @decide_coverage.validator
    def _decide_coverage(self, decision: DecideCoverage) -> None:
        self._require(intake.with_coverage, decision)

    @workflow.update(description="Look at the ticket as if it were filed now.")
    async def readmit(self, again: Readmit) -> TicketStanding:
        """Take what was looked up again."""
        return await self._standing_after(readmission.readmitted, again)

    @readmit.validator
    def _readmit(self, again: Readmit) -> None:
        self._require(readmission.readmitted, again)

    @workflow.update(description="Nobody looks for the model any more.")
    async def leave_model_open(self, leave: LeaveModelOpen) -> TicketStanding:
        """Go on without a model."""
        return await self._standing_after(readmission.without_model, leave)

    @workflow.signal(description="The policies that govern this ticket are others.")
    def policies_changed(self, changed: Annotated[Any, PoliciesChanged] = None, *_: Any) -> None:
        """Have what runs follow them."""
        self._heard("policies_changed", following.policies_followed, PoliciesChanged, changed)
