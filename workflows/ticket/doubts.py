"""What needs a person, and what they decided."""

from typing import Annotated, Any

from temporalio import workflow

from models.messages.escalation import (
    EscalationOver,
    ExtendWait,
    NoteDelay,
    NotificationFailed,
    NotificationSettled,
    RequestPayment,
)
from models.messages.ticket import (
    TicketStanding,
)
from models.rules.escalation import asking, delaying, doubts
from models.rules.message import undeliverable
from workflows.ticket.door import TicketDoor


class TicketDoubts(TicketDoor):
    """Decisions arrive as requests, which the ticket may refuse: the world may have moved on."""

    @workflow.update(description="Ask nobody about something for longer.")
    async def extend_wait(self, wait: ExtendWait) -> TicketStanding:
        """Wait longer."""
        return await self._standing_after(doubts.wait_extended, wait)

    @extend_wait.validator
    def _extend_wait(self, wait: ExtendWait) -> None:
        self._require(doubts.wait_extended, wait)

    @workflow.update(description="Ask no more about a clock that is late.")
    async def note_delay(self, note: NoteDelay) -> TicketStanding:
        """Take note."""
        return await self._standing_after(delaying.delay_noted, note)

    @note_delay.validator
    def _note_delay(self, note: NoteDelay) -> None:
        self._require(delaying.delay_noted, note)

    @workflow.update(description="Ask the customer to pay.")
    async def request_payment(self, request: RequestPayment) -> TicketStanding:
        """Ask the customer to pay."""
        return await self._standing_after(doubts.payment_requested, request)

    @request_payment.validator
    def _request_payment(self, request: RequestPayment) -> None:
        self._require(doubts.payment_requested, request)

    @workflow.update(description="A person has seen to an undeliverable notification.")
    async def settle_notification(self, settled: NotificationSettled) -> TicketStanding:
        """Ask no more about it."""
        return await self._standing_after(undeliverable.notification_settled, settled)

    @settle_notification.validator
    def _settle_notification(self, settled: NotificationSettled) -> None:
        self._require(undeliverable.notification_settled, settled)

    @workflow.signal(description="An escalation of this ticket has ended.")
    def escalation_over(self, over: Annotated[Any, EscalationOver] = None, *_: Any) -> None:
        """Ask no more, or once more if it was ended from outside."""
        self._heard("escalation_over", asking.escalation_over, EscalationOver, over)

    @workflow.signal(description="No channel could deliver a notification.")
    def notification_failed(
        self, failed: Annotated[Any, NotificationFailed] = None, *_: Any
    ) -> None:
        """Somebody has to see to it."""
        self._heard(
            "notification_failed", undeliverable.notification_failed, NotificationFailed, failed
        )
