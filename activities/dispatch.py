"""What becomes of a delivery, written down: sent, tried again, passed on, or given up."""

from collections.abc import Container, Sequence
from datetime import datetime, timedelta

import structlog

from activities.gateways.message import (
    DeliveryUncertain,
    FailureCode,
    GatewayError,
    GatewayUnavailable,
    OutgoingMessage,
    Receipt,
)
from activities.lane import Call
from activities.letters import Office, recipient_of
from models.db.engine import Session
from models.db.repositories.notifications import NotificationRepository, Try
from models.db.tables.event import DeliveryRow, NotificationRow
from models.notification import DeliveryState, MessageChannel, NotificationState
from models.rules.fallback import AT_ONCE, Tried, next_try

MAY_PASS = {
    None,
    FailureCode.PROVIDER_UNAVAILABLE,
    FailureCode.PROVIDER_RATE_LIMITED,
    FailureCode.DELIVERY_UNCERTAIN,
}
"""What a channel may say and still be asked again; everything else is a refusal for good."""

LEASE = timedelta(seconds=60)
"""A relay that died over a message leaves it to another after this long. Longer than Twilio can
keep us waiting for an answer to a search and a message; mail that comes twice is shown once."""

NOT_NEEDED = "not-needed"
"""Of a try that was under way when good news of another came late."""

log = structlog.get_logger()

Answered = tuple[Call, Receipt | GatewayError]


class Dispatch:
    """Outcomes on their way into the rows, within one unit of work."""

    def __init__(self, session: Session, office: Office, now: datetime) -> None:
        self._session = session
        self._repository = NotificationRepository(session)
        self._office = office
        self._now = now

    def leased(self, delivery: DeliveryRow, message: OutgoingMessage) -> Call:
        """The next attempt at a delivery. Should we die over it, whoever takes it when the lease
        is over asks the provider first."""
        delivery.attempts += 1
        call = Call(
            notification_id=delivery.notification_id,
            delivery_id=delivery.id,
            attempt=delivery.attempts,
            channel=MessageChannel(delivery.channel),
            message=message,
            ask_first=delivery.uncertain,
        )
        delivery.uncertain, delivery.due_at = True, self._now + LEASE
        return call

    def record(self, answers: Sequence[Answered], down: Container[MessageChannel]) -> None:
        """Write down what the providers answered.

        An answer that comes after its lease was taken over counts only if it is good news; one
        about a notification that was erased meanwhile, not at all.
        """
        told = self._repository.locked([call.notification_id for call, _ in answers])
        for call, outcome in answers:
            if call.notification_id not in told:
                continue
            notification, tries = told[call.notification_id]
            delivery = next(d for d in tries if d.id == call.delivery_id)
            if isinstance(outcome, Receipt):
                self._sent(delivery, notification, tries, outcome)
            elif delivery.state == DeliveryState.QUEUED and delivery.attempts == call.attempt:
                delivery.error, delivery.provider = outcome.code, outcome.provider
                delivery.uncertain = isinstance(outcome, DeliveryUncertain) or (
                    call.ask_first and isinstance(outcome, GatewayUnavailable)
                )
                wait = outcome.retry_after if isinstance(outcome, GatewayUnavailable) else None
                asked_to_wait = timedelta(seconds=wait or 0)
                self._go_on(delivery, notification, tries, asked_to_wait, call.channel in down)

    def passed_over(self, delivery: DeliveryRow) -> None:
        """Do without a provider that is down, and without asking it."""
        delivery.error = delivery.error or FailureCode.PROVIDER_UNAVAILABLE
        self._session.flush()
        [(notification, tries)] = self._repository.locked([delivery.notification_id]).values()
        self._go_on(delivery, notification, tries, AT_ONCE, is_down=True)

    def unwritable(self, delivery: DeliveryRow, notification: NotificationRow) -> None:
        """Give up a letter that cannot be written, lest it keep back all the others."""
        delivery.error = "letter-unwritable"
        delivery.state = DeliveryState.FAILED
        notification.state = NotificationState.UNDELIVERABLE
        log.exception("letter_unwritable", **_about(delivery, notification))

    def _sent(
        self,
        delivery: DeliveryRow,
        notification: NotificationRow,
        tries: list[DeliveryRow],
        receipt: Receipt,
    ) -> None:
        if delivery.state == DeliveryState.SENT:
            return
        for other in tries:
            if other.state == DeliveryState.QUEUED:
                other.state, other.error = DeliveryState.FAILED, NOT_NEEDED
        delivery.state, delivery.sent_at = DeliveryState.SENT, self._now
        delivery.provider, delivery.provider_ref = receipt.provider, receipt.provider_ref
        delivery.error, delivery.uncertain = None, False
        notification.state = NotificationState.SENT
        log.info("notification_sent", **_about(delivery, notification))

    def _go_on(
        self,
        delivery: DeliveryRow,
        notification: NotificationRow,
        tries: list[DeliveryRow],
        asked_to_wait: timedelta,
        is_down: bool,
    ) -> None:
        about = {"error": delivery.error, **_about(delivery, notification)}
        step = next_try(
            [_tried(d) for d in tries],
            MessageChannel(delivery.channel),
            list(recipient_of(self._session, notification, self._office).addresses),
            age=self._now - notification.created_at,
            asked_to_wait=asked_to_wait,
            is_down=is_down,
        )
        if step is None:
            delivery.state = DeliveryState.FAILED
            notification.state = NotificationState.UNDELIVERABLE
            log.error("notification_undeliverable", **about)
            return
        due_at = self._now + step.wait
        if step.channel == delivery.channel:
            delivery.due_at = due_at
            log.info("notification_waits", **about)
            return
        delivery.state = DeliveryState.FAILED
        log.warning("notification_passed_on", to_channel=step.channel, **about)
        for other in tries:
            if other.channel == step.channel:
                other.state, other.due_at = DeliveryState.QUEUED, due_at
                return
        self._repository.queue_tries(
            [Try(notification.id, tries[-1].hop + 1, step.channel, due_at)]
        )


def _tried(delivery: DeliveryRow) -> Tried:
    return Tried(
        channel=MessageChannel(delivery.channel),
        attempts=delivery.attempts,
        refused=delivery.error not in MAY_PASS,
    )


def _about(delivery: DeliveryRow, notification: NotificationRow) -> dict[str, object]:
    return {
        "ticket_id": notification.ticket_id,
        "notification_id": notification.id,
        "template": notification.template,
        "channel": delivery.channel,
        "hop": delivery.hop,
        "attempt": delivery.attempts,
    }
