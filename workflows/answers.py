"""What escalations, and those who watch over them, say to a ticket."""

from typing import Any

from pydantic import ValidationError
from temporalio import workflow

from models.event import OURSELVES
from models.messages.escalation import (
    EscalationOver,
    ExtendWait,
    LeaveModelOpen,
    NotificationFailed,
    NotificationSettled,
    Readmit,
    RemindExpert,
    RequestPayment,
    RescheduleVisit,
)
from models.messages.ticket import TicketStanding
from models.rules import answering, asking
from models.rules.transitions import status_of
from models.ticket import Ticket


class TicketAnswers:
    """Decisions arrive as requests, which the ticket may refuse: the world may have moved on."""

    _ticket: Ticket

    @workflow.update(description="Ask nobody about something for longer.")
    def extend_wait(self, wait: ExtendWait) -> TicketStanding:
        """Wait longer."""
        return self._became(answering.wait_extended(self._ticket, wait, workflow.now()))

    @extend_wait.validator
    def _extend_wait(self, wait: ExtendWait) -> None:
        answering.wait_extended(self._ticket, wait, workflow.now())

    @workflow.update(description="Ask the customer to pay.")
    def request_payment(self, request: RequestPayment) -> TicketStanding:
        """Ask the customer to pay."""
        return self._became(answering.payment_requested(self._ticket, request, workflow.now()))

    @request_payment.validator
    def _request_payment(self, request: RequestPayment) -> None:
        answering.payment_requested(self._ticket, request, workflow.now())

    @workflow.update(description="Look at the ticket as if it were filed now.")
    def readmit(self, again: Readmit) -> TicketStanding:
        """Take what was looked up again."""
        return self._became(answering.readmitted(self._ticket, again, workflow.now()))

    @readmit.validator
    def _readmit(self, again: Readmit) -> None:
        answering.readmitted(self._ticket, again, workflow.now())

    @workflow.update(description="Nobody looks for the model any more.")
    def leave_model_open(self, leave: LeaveModelOpen) -> TicketStanding:
        """Go on without a model."""
        return self._became(answering.without_model(self._ticket, leave.by, workflow.now()))

    @workflow.update(description="Tell silent experts once more.")
    def remind_expert(self, remind: RemindExpert) -> TicketStanding:
        """Remind."""
        return self._became(answering.reminded(self._ticket, remind, workflow.now()))

    @remind_expert.validator
    def _remind_expert(self, remind: RemindExpert) -> None:
        answering.reminded(self._ticket, remind, workflow.now())

    @workflow.update(description="Match a visit anew.")
    def reschedule(self, change: RescheduleVisit) -> TicketStanding:
        """Open the visit again."""
        return self._became(answering.rescheduled(self._ticket, change, workflow.now()))

    @reschedule.validator
    def _reschedule(self, change: RescheduleVisit) -> None:
        answering.rescheduled(self._ticket, change, workflow.now())

    @workflow.update(description="A person has seen to an undeliverable notification.")
    def settle_notification(self, settled: NotificationSettled) -> TicketStanding:
        """Ask no more about it."""
        return self._became(answering.notification_settled(self._ticket, settled, workflow.now()))

    @settle_notification.validator
    def _settle_notification(self, settled: NotificationSettled) -> None:
        answering.notification_settled(self._ticket, settled, workflow.now())

    @workflow.signal(description="An escalation of this ticket has ended.")
    def escalation_over(self, over: Any = None, *_: Any) -> None:
        """Ask no more, or once more if it was ended from outside."""
        try:
            said = EscalationOver.model_validate(over)
        except ValidationError:
            self._reject("escalation_over", "malformed-message")
            return
        self._ticket = asking.escalation_over(
            self._ticket, said.escalation_id, lost=said.lost, now=workflow.now()
        )

    @workflow.signal(description="No channel could deliver a notification.")
    def notification_failed(self, failed: Any = None, *_: Any) -> None:
        """Somebody has to see to it."""
        try:
            said = NotificationFailed.model_validate(failed)
        except ValidationError:
            self._reject("notification_failed", "malformed-message")
            return
        self._ticket = answering.notification_failed(self._ticket, said, workflow.now())

    def _reject(self, command: str, code: str) -> None:
        self._ticket = self._ticket.happened(
            "command.rejected", workflow.now(), OURSELVES, command=command, code=code
        )

    def _became(self, ticket: Ticket) -> TicketStanding:
        self._ticket = ticket
        return TicketStanding(
            ticket_id=ticket.id, status=status_of(ticket), round=ticket.round, seq=ticket.seq
        )
