"""Who was told what, over which channels."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from models.base import Value
from models.db.message.tables import DeliveryRow, NotificationRow
from models.message.notification import DeliveryState, MessageChannel, NotificationState


class Notification(Value):
    """That somebody was to be told of an event."""

    id: str
    ticket_id: str
    event_id: str
    recipient_role: str
    recipient_id: str
    template: str
    facts: dict[str, Any]
    state: NotificationState
    created_at: datetime


class DeliveryTry(Value):
    """One channel's try; a later hop is the fallback of the one before."""

    id: str
    hop: int
    fallback_of: str | None
    channel: MessageChannel
    state: DeliveryState
    attempts: int
    uncertain: bool
    due_at: datetime
    sent_at: datetime | None
    provider: str | None
    provider_ref: str | None
    error: str | None


class Told(NamedTuple):
    """A notification with its tries, in order."""

    notification: Notification
    tries: list[DeliveryTry]


class NotificationReads:
    """Notifications and their deliveries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_ticket(self, ticket_id: str) -> list[Told]:
        """What was told around a ticket, each with its tries, in order."""
        rows = self._session.scalars(
            select(NotificationRow)
            .where(col(NotificationRow.ticket_id) == ticket_id)
            .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
        )
        told = {row.id: Told(_notification(row), []) for row in rows}
        for row in self._session.scalars(
            select(DeliveryRow)
            .where(col(DeliveryRow.notification_id).in_(told))
            .order_by(col(DeliveryRow.notification_id), col(DeliveryRow.hop))
        ):
            told[row.notification_id].tries.append(_try(row))
        return list(told.values())


def _notification(row: NotificationRow) -> Notification:
    return Notification.model_validate(row, from_attributes=True)


def _try(row: DeliveryRow) -> DeliveryTry:
    return DeliveryTry.model_validate(row, from_attributes=True)
