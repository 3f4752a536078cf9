"""Intents to tell somebody something, and the tries to do so."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select, text
from sqlmodel import Session, col

from models.db.effect import WAKE_CHANNEL
from models.db.message.tables import DeliveryRow, NotificationRow
from models.message.notification import DeliveryState, NotificationState

_WAKE = text(f"select pg_notify('{WAKE_CHANNEL}', '')")


Told = tuple[NotificationRow, list[DeliveryRow]]
"""A notification with its tries, in order."""


class NotificationRepository:
    """Notifications and their deliveries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def locked(self, notification_ids: Sequence[str]) -> dict[str, Told]:
        """Notifications by id, each with its tries in order, the tries locked for this unit of
        work."""
        return self._told(
            select(NotificationRow).where(col(NotificationRow.id).in_(notification_ids)),
            select(DeliveryRow).with_for_update().execution_options(populate_existing=True),
        )

    def of_ticket(self, ticket_id: str) -> list[Told]:
        """What was told around a ticket, each with its tries, in order."""
        about = (
            select(NotificationRow)
            .where(col(NotificationRow.ticket_id) == ticket_id)
            .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
        )
        return list(self._told(about, select(DeliveryRow)).values())

    def given_up(self, limit: int) -> list[NotificationRow]:
        """What no channel could deliver and nobody was told of yet, locked for this unit of
        work."""
        return list(
            self._session.scalars(
                select(NotificationRow)
                .where(col(NotificationRow.state) == NotificationState.UNDELIVERABLE)
                .order_by(col(NotificationRow.id))
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )

    def send_again(self, notification_id: str, now: datetime) -> None:
        """Begin anew with a notification that was given up, as if it were queued at `now`."""
        told = self.locked([notification_id]).get(notification_id)
        if told is None or told[0].state == NotificationState.SENT:
            return
        notification, tries = told
        notification.state, notification.created_at = NotificationState.QUEUED, now
        for delivery in tries:
            delivery.attempts, delivery.error, delivery.uncertain = 0, None, False
            if delivery.hop == 1:
                delivery.state, delivery.due_at = DeliveryState.QUEUED, now
        self._session.execute(_WAKE)

    def _told(self, which: Select[NotificationRow], tries: Select[DeliveryRow]) -> dict[str, Told]:
        told: dict[str, Told] = {n.id: (n, []) for n in self._session.scalars(which)}
        for delivery in self._session.scalars(
            tries.where(col(DeliveryRow.notification_id).in_(told)).order_by(
                col(DeliveryRow.notification_id), col(DeliveryRow.hop)
            )
        ):
            told[delivery.notification_id][1].append(delivery)
        return told
