"""How a ticket ends, and how it comes back."""

from datetime import datetime

from temporalio import workflow

from models.messages.ticket import (
    CancelTicket,
    ConfirmTicket,
    ReopenTicket,
    TicketStanding,
)
from models.rules.ticket import closing
from models.rules.visit import opening
from models.ticket import Ticket
from workflows.ticket.door import TicketDoor


class TicketClosing(TicketDoor):
    """The last word on a round is the customer's."""

    @workflow.update(description="End the ticket; experts are freed and everybody is told.")
    async def cancel(self, command: CancelTicket) -> TicketStanding:
        """Give the ticket up."""
        return await self._standing_after(closing.cancelled, command)

    @cancel.validator
    def _cancel(self, command: CancelTicket) -> None:
        self._require(closing.cancelled, command)

    @workflow.update(description="The customer says that the work is done.")
    async def confirm(self, command: ConfirmTicket) -> TicketStanding:
        """Close the ticket."""
        return await self._standing_after(closing.confirmed, command)

    @confirm.validator
    def _confirm(self, command: ConfirmTicket) -> None:
        self._require(closing.confirmed, command)

    @workflow.update(description="The customer says that the work is not done.")
    async def reopen(self, command: ReopenTicket) -> TicketStanding:
        """Begin another round."""
        return await self._standing_after(_reopened, command)

    @reopen.validator
    def _reopen(self, command: ReopenTicket) -> None:
        self._require(_reopened, command)


def _reopened(ticket: Ticket, command: ReopenTicket, now: datetime) -> Ticket:
    return closing.reopened(ticket, command, *opening.next_ids(ticket), now)
