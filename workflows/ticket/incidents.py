"""The day of a visit, where it goes wrong: somebody cannot come, or nobody opens."""

from temporalio import workflow

from activities.escalation.escalations import EscalationActivities
from models.messages.escalation import SeekStandIns
from models.messages.ticket import TicketStanding
from models.messages.visit import AskCustomer, CancelVisit, CustomerComing, WaitAtDoor
from models.rules.escalation import asking
from models.rules.matching import posing
from models.rules.ticket import calling_off
from models.rules.visit import absence, door
from workflows.options import DATABASE
from workflows.ticket.door import TicketDoor


class TicketIncidents(TicketDoor):
    """What people decide about it, and what the house finds out by itself."""

    @workflow.update(description="Ask the customer when else they have time.")
    async def ask_customer(self, ask: AskCustomer) -> TicketStanding:
        """Ask the customer first."""
        return await self._standing_after(absence.customer_asked, ask)

    @ask_customer.validator
    def _ask_customer(self, ask: AskCustomer) -> None:
        self._require(absence.customer_asked, ask)

    @workflow.update(description="Call one visit off; the ticket goes on.")
    async def cancel_visit(self, ask: CancelVisit) -> TicketStanding:
        """Cancel a visit."""
        return await self._standing_after(calling_off.called_off, ask)

    @cancel_visit.validator
    def _cancel_visit(self, ask: CancelVisit) -> None:
        self._require(calling_off.called_off, ask)

    @workflow.update(description="Have the expert wait at a closed door.")
    async def wait_at_door(self, wait: WaitAtDoor) -> TicketStanding:
        """Wait for the customer."""
        return await self._standing_after(door.waited, wait)

    @wait_at_door.validator
    def _wait_at_door(self, wait: WaitAtDoor) -> None:
        self._require(door.waited, wait)

    @workflow.update(description="The customer comes to the door.")
    async def customer_coming(self, coming: CustomerComing) -> TicketStanding:
        """Tell the expert that the customer comes."""
        return await self._standing_after(door.customer_coming, coming)

    @customer_coming.validator
    def _customer_coming(self, coming: CustomerComing) -> None:
        self._require(door.customer_coming, coming)

    async def _find_stand_ins(self) -> None:
        """Where somebody cannot come, look once whether somebody else could: a person chooses whom
        to send, or there is nobody and the visit is matched anew."""
        while visit := absence.unsought(self._ticket):
            group = self._ticket.group_of(visit.id)
            assert group is not None, "what was settled was in a group"
            found = await self._causes.act(
                EscalationActivities.seek_stand_ins,
                SeekStandIns(
                    ticket=posing.around(self._ticket, group),
                    visit_id=visit.id,
                    now=self._clock.now,
                ),
                DATABASE,
            )
            now = self._clock.now
            self._ticket = absence.sought(self._ticket, visit.id, now, found=found.found)
            self._ticket = asking.with_due_questions(self._ticket, self._clock.due, now)
