"""What was filed, changed: the customer's times, who pays, what was looked up, what governs it."""

from typing import Annotated, Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.ticket.tickets import TicketActivities
from models.errors import DomainError, Unavailable
from models.messages.escalation import (
    LeaveModelOpen,
    Readmit,
)
from models.messages.ticket import (
    Admission,
    ChangeSlots,
    CoverageHeard,
    DecideCoverage,
    EnrichTicket,
    FileAddition,
    PoliciesChanged,
    TicketStanding,
)
from models.rules.escalation import asking
from models.rules.ticket import enriching, following, intake, readmission
from temporal.failures import as_domain_error
from workflows.inbox import Wish
from workflows.options import DATABASE
from workflows.ticket.door import TicketDoor


class TicketFiling(TicketDoor):
    """What a ticket is about, and who pays."""

    @workflow.update(description="The customer changes the times that suit them.")
    async def change_slots(self, change: ChangeSlots) -> TicketStanding:
        """Replace the customer's times."""
        return await self._standing_after(enriching.with_times, change)

    @change_slots.validator
    def _change_slots(self, change: ChangeSlots) -> None:
        self._require(enriching.with_times, change)

    @workflow.update(description="The helpdesk adds what the ticket lacks.")
    async def enrich(self, added: EnrichTicket) -> TicketStanding:
        """Add to the ticket. What it needs with that is looked up, so the answer waits."""
        await self._answered(self._inbox.wished(added), TicketStanding)
        return self._standing()

    @enrich.validator
    def _enrich(self, added: EnrichTicket) -> None:
        enriching.require_enrichable(self._ticket, added, workflow.now())

    @workflow.update(description="Helpdesk settles who pays.")
    async def decide_coverage(self, decision: DecideCoverage) -> TicketStanding:
        """Settle who pays."""
        return await self._standing_after(intake.with_coverage, decision)

    @decide_coverage.validator
    def _decide_coverage(self, decision: DecideCoverage) -> None:
        self._require(intake.with_coverage, decision)

    @workflow.signal(description="It was heard who pays.")
    def coverage_heard(self, heard: Annotated[Any, CoverageHeard] = None, *_: Any) -> None:
        """Settle who pays, where nobody knew."""
        self._heard("coverage_heard", intake.coverage_heard, CoverageHeard, heard)

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

    async def _enrich_with(self, wish: Wish, added: EnrichTicket) -> None:
        """File what somebody added, and look up what the ticket needs with it."""
        self._causes.used(wish.number)
        try:
            addition = enriching.addition_of(self._ticket, added, self._clock.now)
            admission = await self._looked_up(addition)
            ticket = enriching.enriched(self._ticket, added, admission, self._clock.now)
            self._ticket = asking.with_due_questions(ticket, self._clock.due, self._clock.now)
            wish.answer = self._standing()
        except DomainError as refusal:
            wish.answer = refusal

    async def _looked_up(self, addition: FileAddition) -> Admission:
        """Raises:
        DomainError: `model-unknown`, `words-unreadable`.
        """
        try:
            found: Admission = await self._causes.act(
                TicketActivities.file_addition, addition, DATABASE
            )
        except ActivityError as failed:
            unclear = Unavailable("database-unavailable", "It could not be looked up just now.")
            raise as_domain_error(failed.cause) or unclear from failed
        return found
