"""Intents to tell somebody something, and the tries to do so."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models.base import Value
from models.db.tables.event import DeliveryRow, NotificationRow
from models.identity import derived_id
from models.notification import DeliveryState, MessageChannel, NotificationState

_INSERT = upsert(NotificationRow.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]
_WAKE = text("select pg_notify('notifications', '')")
WAKE_CHANNEL = "notifications"


class Intent(Value):
    """Somebody is to be told about an event, by a template."""

    event_id: str
    recipient_role: str
    recipient_id: str
    template: str
    facts: dict[str, str]


class NotificationRepository:
    """Notifications and their deliveries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def queue(self, ticket_id: str, intents: Sequence[Intent], now: datetime) -> None:
        """Put intents in; one per event, recipient and template, however often it is asked."""
        if not intents:
            return
        rows = [
            {
                **intent.model_dump(),
                "id": derived_id("ntf", intent.event_id, intent.recipient_id, intent.template),
                "ticket_id": ticket_id,
                "state": NotificationState.QUEUED,
                "created_at": now,
            }
            for intent in intents
        ]
        self._session.connection().execute(_INSERT, rows)
        self._session.execute(_WAKE)

    def untried(self, limit: int) -> list[NotificationRow]:
        """Intents that no channel was chosen for yet, locked for this unit of work."""
        chosen = (
            select(col(DeliveryRow.id))
            .where(col(DeliveryRow.notification_id) == col(NotificationRow.id))
            .exists()
        )
        return list(
            self._session.scalars(
                select(NotificationRow)
                .where(col(NotificationRow.state) == NotificationState.QUEUED, ~chosen)
                .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )

    def try_channel(
        self, notification_id: str, hop: int, channel: MessageChannel, due_at: datetime
    ) -> None:
        """Queue the first try of a channel; hop 1 is the recipient's first choice."""
        before = _delivery_id(notification_id, hop - 1) if hop > 1 else None
        self._session.execute(
            upsert(DeliveryRow)
            .values(
                id=_delivery_id(notification_id, hop),
                notification_id=notification_id,
                hop=hop,
                fallback_of=before,
                channel=channel,
                state=DeliveryState.QUEUED,
                attempts=0,
                uncertain=False,
                due_at=due_at,
            )
            .on_conflict_do_nothing()
        )

    def due(
        self, channel: MessageChannel, limit: int, now: datetime
    ) -> list[tuple[DeliveryRow, NotificationRow]]:
        """Deliveries over a channel whose time has come, locked for this unit of work."""
        rows = self._session.execute(
            select(DeliveryRow, NotificationRow)
            .join(NotificationRow, col(NotificationRow.id) == col(DeliveryRow.notification_id))
            .where(
                col(DeliveryRow.state) == DeliveryState.QUEUED,
                col(DeliveryRow.due_at) <= now,
                col(DeliveryRow.channel) == channel,
                ~_something_goes_first(),
            )
            .order_by(col(DeliveryRow.due_at), col(DeliveryRow.id))
            .limit(limit)
            .with_for_update(of=DeliveryRow, skip_locked=True)
        )
        return [(delivery, notification) for delivery, notification in rows]

    def next_due(self) -> datetime | None:
        """When the next delivery is due."""
        return self._session.scalar(
            select(func.min(DeliveryRow.due_at))
            .join(NotificationRow, col(NotificationRow.id) == col(DeliveryRow.notification_id))
            .where(col(DeliveryRow.state) == DeliveryState.QUEUED, ~_something_goes_first())
        )

    def locked(self, delivery_id: str) -> tuple[NotificationRow, list[DeliveryRow]]:
        """The notification of a delivery with every try of it, those locked for this unit of
        work."""
        delivery = self._session.get_one(DeliveryRow, delivery_id)
        tries = self._session.scalars(
            select(DeliveryRow)
            .where(col(DeliveryRow.notification_id) == delivery.notification_id)
            .order_by(col(DeliveryRow.hop))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return self._session.get_one(NotificationRow, delivery.notification_id), list(tries)

    def of_ticket(self, ticket_id: str) -> list[tuple[NotificationRow, list[DeliveryRow]]]:
        """What was told around a ticket, each with its tries, in order."""
        notifications = list(
            self._session.scalars(
                select(NotificationRow)
                .where(col(NotificationRow.ticket_id) == ticket_id)
                .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
            )
        )
        tries: dict[str, list[DeliveryRow]] = {n.id: [] for n in notifications}
        for delivery in self._session.scalars(
            select(DeliveryRow)
            .where(col(DeliveryRow.notification_id).in_(tries))
            .order_by(col(DeliveryRow.hop))
        ):
            tries[delivery.notification_id].append(delivery)
        return [(n, tries[n.id]) for n in notifications]


def _delivery_id(notification_id: str, hop: int) -> str:
    return derived_id("dlv", notification_id, str(hop))


def _something_goes_first() -> ColumnElement[bool]:
    """Whether the recipient still waits for older news of the same ticket: nobody should read of a
    cancellation before he reads of the visit."""
    earlier = aliased(NotificationRow)
    return (
        select(col(earlier.id))
        .where(
            col(earlier.ticket_id) == col(NotificationRow.ticket_id),
            col(earlier.recipient_id) == col(NotificationRow.recipient_id),
            col(earlier.state) == NotificationState.QUEUED,
            col(earlier.created_at) < col(NotificationRow.created_at),
        )
        .exists()
    )
