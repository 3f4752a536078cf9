"""Intents to tell somebody something, and the tries to do so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models.base import Value
from models.db.tables.event import DeliveryRow, EventRow, NotificationRow
from models.db.tables.ticket import TicketRow
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


class Due(NamedTuple):
    """A delivery whose time has come, with what its letter is about."""

    delivery: DeliveryRow
    notification: NotificationRow
    ticket: TicketRow
    event: EventRow


Told = tuple[NotificationRow, list[DeliveryRow]]
"""A notification with its tries, in order."""


def intent_columns(intent: Intent, ticket_id: str, now: datetime) -> dict[str, Any]:
    """An intent as its row; the same intent has the same id."""
    return {
        **intent.model_dump(),
        "id": derived_id("ntf", intent.event_id, intent.recipient_id, intent.template),
        "ticket_id": ticket_id,
        "state": NotificationState.QUEUED,
        "created_at": now,
    }


class NotificationRepository:
    """Notifications and their deliveries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def queue(self, ticket_id: str, intents: Sequence[Intent], now: datetime) -> None:
        """Put intents in; one per event, recipient and template, however often it is asked."""
        if not intents:
            return
        rows = [intent_columns(intent, ticket_id, now) for intent in intents]
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

    def due(self, channel: MessageChannel, limit: int, now: datetime) -> list[Due]:
        """Deliveries over a channel whose time has come, locked for this unit of work."""
        rows = self._session.execute(
            select(DeliveryRow, NotificationRow, TicketRow, EventRow)
            .join(NotificationRow, col(NotificationRow.id) == col(DeliveryRow.notification_id))
            .join(TicketRow, col(TicketRow.id) == col(NotificationRow.ticket_id))
            .join(EventRow, col(EventRow.id) == col(NotificationRow.event_id))
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
        return [Due(*row) for row in rows]

    def next_due(self) -> datetime | None:
        """When the next delivery is due."""
        return self._session.scalar(
            select(func.min(DeliveryRow.due_at))
            .join(NotificationRow, col(NotificationRow.id) == col(DeliveryRow.notification_id))
            .join(EventRow, col(EventRow.id) == col(NotificationRow.event_id))
            .where(col(DeliveryRow.state) == DeliveryState.QUEUED, ~_something_goes_first())
        )

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

    def _told(self, which: Select[NotificationRow], tries: Select[DeliveryRow]) -> dict[str, Told]:
        told: dict[str, Told] = {n.id: (n, []) for n in self._session.scalars(which)}
        for delivery in self._session.scalars(
            tries.where(col(DeliveryRow.notification_id).in_(told)).order_by(
                col(DeliveryRow.notification_id), col(DeliveryRow.hop)
            )
        ):
            told[delivery.notification_id][1].append(delivery)
        return told


def _delivery_id(notification_id: str, hop: int) -> str:
    return derived_id("dlv", notification_id, str(hop))


def _something_goes_first() -> ColumnElement[bool]:
    """Whether the recipient still waits for older news of the same ticket: nobody should read of a
    cancellation before he reads of the visit."""
    earlier, its_event = aliased(NotificationRow), aliased(EventRow)
    here = tuple_(col(NotificationRow.created_at), col(EventRow.seq))
    return (
        select(col(earlier.id))
        .join(its_event, col(its_event.id) == col(earlier.event_id))
        .where(
            col(earlier.ticket_id) == col(NotificationRow.ticket_id),
            col(earlier.recipient_id) == col(NotificationRow.recipient_id),
            col(earlier.state) == NotificationState.QUEUED,
            tuple_(col(earlier.created_at), col(its_event.seq)) < here,
        )
        .exists()
    )
