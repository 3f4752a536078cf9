"""Intents to tell somebody something, and the tries to do so."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, text, update
from sqlmodel import Session, col

from models.db.effect import WAKE_CHANNEL
from models.db.message.tables import DeliveryRow, NotificationRow
from models.message.notification import DeliveryState, NotificationState
from models.subject import Subject, SubjectKind

_WAKE = text(f"select pg_notify('{WAKE_CHANNEL}', '')")


class GivenUp(NamedTuple):
    """A notification that no channel could deliver."""

    id: str
    subject: Subject
    recipient_role: str


class NotificationRepository:
    """Notifications and their deliveries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def given_up(self, limit: int) -> list[GivenUp]:
        """What no channel could deliver and nobody was told of yet, locked for this unit of
        work."""
        row = NotificationRow
        found = self._session.execute(
            select(col(row.id), col(row.subject_kind), col(row.subject_id), col(row.recipient_role))
            .where(col(row.state) == NotificationState.UNDELIVERABLE)
            .order_by(col(row.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [
            GivenUp(one, Subject(kind=SubjectKind(kind), id=subject), role)
            for one, kind, subject, role in found
        ]

    def escalate(self, notification_ids: Sequence[str]) -> None:
        """Say of what was given up that a person sees to it."""
        row = NotificationRow
        self._session.execute(
            update(row)
            .where(
                col(row.id).in_(notification_ids),
                col(row.state) == NotificationState.UNDELIVERABLE,
            )
            .values(state=NotificationState.ESCALATED)
        )

    def send_again(self, notification_id: str, now: datetime) -> None:
        """Begin anew with a notification that was given up, as if it were queued at `now`."""
        notification = self._session.get(NotificationRow, notification_id)
        if notification is None or notification.state == NotificationState.SENT:
            return
        tries = self._session.scalars(
            select(DeliveryRow)
            .where(col(DeliveryRow.notification_id) == notification_id)
            .order_by(col(DeliveryRow.hop))
            .with_for_update()
        )
        for delivery in tries:
            delivery.attempts, delivery.error, delivery.uncertain = 0, None, False
            if delivery.hop == 1:
                delivery.state, delivery.due_at = DeliveryState.QUEUED, now
        notification.state, notification.created_at = NotificationState.QUEUED, now
        self._session.execute(_WAKE)
