"""Delivering notifications: channel after channel, until one accepts or none is left.

Intents are written with the event they tell of; from there this relay takes them. It runs beside
the worker and not in the tickets' workflows: courtesy may not stop truth, and one relay serves
every ticket. Several may run at once.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from activities.gateways.message import (
    DeliveryRefused,
    DeliveryUncertain,
    GatewayError,
    GatewayUnavailable,
    MessageGateway,
    OutgoingMessage,
    Receipt,
)
from activities.letters import Office, letter, recipient_of
from models.db.engine import Database
from models.db.repositories.notifications import NotificationRepository
from models.db.tables.event import DeliveryRow, NotificationRow
from models.notification import DeliveryState, MessageChannel, NotificationState

BATCH = 20
LEASE = timedelta(seconds=60)
"""A relay that died over a message leaves it to another after this long."""

MOST_ATTEMPTS = 3
FIRST_PAUSE = timedelta(seconds=1)
PAUSE_FACTOR = 4

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Try:
    delivery_id: str
    channel: MessageChannel
    message: OutgoingMessage
    ask_first: bool


class Delivery:
    """The relay from intents to gateways."""

    def __init__(
        self,
        database: Database,
        gateways: Mapping[MessageChannel, MessageGateway],
        office: Office,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._gateways = gateways
        self._office = office
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="delivery")

    def deliver_due(self) -> int:
        """Try everything that is due once; answers how much that was."""
        self._begin()
        tries = self._lease()
        for attempt, outcome in zip(tries, self._threads.map(self._send, tries), strict=True):
            self._settle(attempt, outcome)
        return len(tries)

    def pause(self, longest: float) -> float:
        """Seconds until something is due, at most `longest`."""
        with self._database.unit_of_work() as session:
            due = NotificationRepository(session).next_due()
        if due is None:
            return longest
        return min(longest, max(0.05, (due - self._clock()).total_seconds()))

    def close(self) -> None:
        """Let what is being sent finish."""
        self._threads.shutdown(wait=True)

    def _begin(self) -> None:
        """Queue the first channel of every new intent."""
        now = self._clock()
        with self._database.unit_of_work() as session:
            repository = NotificationRepository(session)
            for notification in repository.begin_delivery(BATCH, now):
                channels = list(recipient_of(session, notification, self._office).addresses)
                if channels:
                    repository.try_channel(notification.id, 1, channels[0], now)
                else:
                    notification.state = NotificationState.UNDELIVERABLE

    def _lease(self) -> list[_Try]:
        """Take what is due; should we die now, whoever comes next asks the provider first."""
        now = self._clock()
        with self._database.unit_of_work() as session:
            tries = []
            for delivery, notification in NotificationRepository(session).due(BATCH, now):
                channel = MessageChannel(delivery.channel)
                try:
                    message = letter(session, notification, channel, self._office)
                except (LookupError, ValueError, AssertionError):
                    # One letter that cannot be written must not keep back all the others.
                    delivery.state, delivery.error = DeliveryState.FAILED, "letter-unwritable"
                    notification.state = NotificationState.UNDELIVERABLE
                    log.exception("letter_unwritable", **_about(delivery, notification))
                    continue
                tries.append(_Try(delivery.id, channel, message, ask_first=delivery.uncertain))
                delivery.attempts += 1
                delivery.uncertain = True
                delivery.due_at = now + LEASE
            return tries

    def _send(self, attempt: _Try) -> Receipt | GatewayError:
        gateway = self._gateways[attempt.channel]
        try:
            if attempt.ask_first and (known := gateway.find(attempt.message)):
                return known
            return gateway.send(attempt.message)
        except GatewayError as error:
            return error

    def _settle(self, attempt: _Try, outcome: Receipt | GatewayError) -> None:
        now = self._clock()
        with self._database.unit_of_work() as session:
            delivery = session.get_one(DeliveryRow, attempt.delivery_id)
            notification = session.get_one(NotificationRow, delivery.notification_id)
            match outcome:
                case Receipt():
                    delivery.state, delivery.sent_at = DeliveryState.SENT, now
                    delivery.provider = outcome.provider
                    delivery.provider_ref = outcome.provider_ref
                    delivery.error = None
                    notification.state = NotificationState.SENT
                    log.info("notification_sent", **_about(delivery, notification))
                    return
                case GatewayError():
                    delivery.error, delivery.provider = outcome.code, outcome.provider
                    delivery.uncertain = isinstance(outcome, DeliveryUncertain) or (
                        attempt.ask_first and isinstance(outcome, GatewayUnavailable)
                    )
            if isinstance(outcome, DeliveryRefused) or delivery.attempts >= MOST_ATTEMPTS:
                delivery.state = DeliveryState.FAILED
                self._fall_back(NotificationRepository(session), delivery, notification, now)
            else:
                delivery.due_at = now + _patience(delivery.attempts, outcome)
            log.warning(
                "notification_failed", error=delivery.error, **_about(delivery, notification)
            )

    def _fall_back(
        self,
        repository: NotificationRepository,
        delivery: DeliveryRow,
        notification: NotificationRow,
        now: datetime,
    ) -> None:
        channels = list(recipient_of(repository.session, notification, self._office).addresses)
        if delivery.hop < len(channels):
            repository.try_channel(notification.id, delivery.hop + 1, channels[delivery.hop], now)
        else:
            notification.state = NotificationState.UNDELIVERABLE


def _patience(attempts: int, outcome: GatewayError) -> timedelta:
    pause: timedelta = FIRST_PAUSE * PAUSE_FACTOR ** (attempts - 1)
    if isinstance(outcome, GatewayUnavailable) and outcome.retry_after:
        return max(pause, timedelta(seconds=outcome.retry_after))
    return pause


def _about(delivery: DeliveryRow, notification: NotificationRow) -> dict[str, object]:
    return {
        "ticket_id": notification.ticket_id,
        "notification_id": notification.id,
        "template": notification.template,
        "channel": delivery.channel,
        "hop": delivery.hop,
        "attempt": delivery.attempts,
    }
