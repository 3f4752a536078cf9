"""Who was told what, over which channels."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select, tuple_
from sqlmodel import Session, col

from models.actor import Role
from models.base import Value
from models.db.message.tables import DeliveryRow, NotificationRow
from models.message.notification import DeliveryState, MessageChannel, NotificationState
from models.recorded import Recorded


class Notification(Value):
    """That somebody was to be told of an event; `suppressed` says why they were not, `quiet_until`
    that it came in their quiet hours and when those end. `created_at` is since when it waits, which
    for a reminder lies ahead."""

    id: str
    ticket_id: str
    event_id: str
    recipient_role: Recorded[Role]
    recipient_id: str
    template: str
    facts: dict[str, Any]
    state: Recorded[NotificationState]
    created_at: datetime
    suppressed: str | None = None
    quiet_until: datetime | None = None


class DeliveryTry(Value):
    """One channel's try; a later hop is the fallback of the one before."""

    id: str
    hop: int
    fallback_of: str | None
    channel: Recorded[MessageChannel]
    state: Recorded[DeliveryState]
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
        return self._told(_of_ticket(ticket_id))

    def page(self, ticket_id: str, after: tuple[datetime, str] | None, limit: int) -> list[Told]:
        """Some of what was told around a ticket, in the order of `of_ticket`, after a moment and
        id."""
        query = _of_ticket(ticket_id).limit(limit)
        return self._told(query.where(after < _POSITION) if after else query)

    def _told(self, query: Select[NotificationRow]) -> list[Told]:
        rows = self._session.scalars(query)
        told = {row.id: Told(_notification(row), []) for row in rows}
        for row in self._session.scalars(
            select(DeliveryRow)
            .where(col(DeliveryRow.notification_id).in_(told))
            .order_by(col(DeliveryRow.notification_id), col(DeliveryRow.hop))
        ):
            told[row.notification_id].tries.append(_try(row))
        return list(told.values())


_POSITION = tuple_(col(NotificationRow.created_at), col(NotificationRow.id))


def _of_ticket(ticket_id: str) -> Select[NotificationRow]:
    return (
        select(NotificationRow)
        .where(col(NotificationRow.ticket_id) == ticket_id)
        .order_by(_POSITION)
    )


def _notification(row: NotificationRow) -> Notification:
    return Notification.model_validate(row, from_attributes=True)


def _try(row: DeliveryRow) -> DeliveryTry:
    return DeliveryTry.model_validate(row, from_attributes=True)
