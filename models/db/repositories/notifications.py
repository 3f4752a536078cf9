"""Intents to tell somebody something, and the tries to do so."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, SQLModel, col

from models.base import Value
from models.db.engine import Database
from models.db.tables.aftercare import InvoiceRow
from models.db.tables.event import DeliveryRow, EventRow, NotificationRow
from models.db.tables.people import CustomerRow, ExpertRow
from models.db.tables.reference import ZoneRow
from models.db.tables.ticket import TicketPrivateRow, TicketRow, VisitRow
from models.identity import derived_id
from models.notification import DeliveryState, MessageChannel, NotificationState

_INSERT = upsert(NotificationRow.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]
_INSERT_TRIES = upsert(DeliveryRow.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]
_WAKE = text("select pg_notify('notifications', '')")
WAKE_CHANNEL = "notifications"
_CHANNELS_DUE = """select coalesce(array_agg(distinct channel), '{}')
from deliveries where state = 'QUEUED' and due_at <= %(now)s"""


class Intent(Value):
    """Somebody is to be told about an event, by a template."""

    event_id: str
    recipient_role: str
    recipient_id: str
    template: str
    facts: dict[str, str]


class Try(NamedTuple):
    """The first try of a channel; hop 1 is the recipient's first choice."""

    notification_id: str
    hop: int
    channel: MessageChannel
    due_at: datetime


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


def channels_due(database: Database, now: datetime) -> list[str]:
    """The channels over which something may be due: mostly none, and then nobody need look."""
    found: list[str] = database.at_once(_CHANNELS_DUE, {"now": now})
    return found


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
        return list(self._session.scalars(_untried(), {"most": limit}))

    def queue_tries(self, tries: Sequence[Try]) -> None:
        """Queue first tries of channels; one that is there already stays as it is."""
        if not tries:
            return
        rows = [
            {
                "id": _delivery_id(t.notification_id, t.hop),
                "notification_id": t.notification_id,
                "hop": t.hop,
                "fallback_of": _delivery_id(t.notification_id, t.hop - 1) if t.hop > 1 else None,
                "channel": t.channel,
                "state": DeliveryState.QUEUED,
                "attempts": 0,
                "uncertain": False,
                "due_at": t.due_at,
            }
            for t in tries
        ]
        self._session.connection().execute(_INSERT_TRIES, rows)

    def read_ahead(
        self, notifications: Sequence[NotificationRow], tickets: Sequence[TicketRow] = ()
    ) -> list[SQLModel]:
        """What telling these people of these tickets will look up, read at once: the session finds
        it without asking again for as long as the answer is held."""
        facts = [n.facts for n in notifications] if tickets else []
        visits = {f["visit_id"] for f in facts if "visit_id" in f}
        visits |= {other for f in facts for other in f.get("also", "").split()}
        wanted: list[tuple[type[SQLModel], Mapped[Any], set[Any]]] = [
            (CustomerRow, col(CustomerRow.id), _recipients(notifications, "customer")),
            (ExpertRow, col(ExpertRow.id), _recipients(notifications, "expert")),
            (VisitRow, col(VisitRow.id), visits),
            (InvoiceRow, col(InvoiceRow.id), {f["invoice_id"] for f in facts if "invoice_id" in f}),
            (TicketPrivateRow, col(TicketPrivateRow.ticket_id), {t.id for t in tickets}),
            (ZoneRow, col(ZoneRow.code), {t.zone for t in tickets if t.zone}),
        ]
        return [
            row
            for table, key, values in wanted
            if values
            for row in self._session.scalars(select(table).where(key.in_(values)))
        ]

    def due(self, channel: MessageChannel, limit: int, now: datetime) -> list[Due]:
        """Deliveries over a channel whose time has come, locked for this unit of work."""
        asked = {"channel": channel, "most": limit, "now": now}
        return [Due(*row) for row in self._session.execute(_due(), asked)]

    def next_due(self) -> datetime | None:
        """When the next delivery is due."""
        return self._session.scalar(_next_due())

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


def _delivery_id(notification_id: str, hop: int) -> str:
    return derived_id("dlv", notification_id, str(hop))


def _recipients(notifications: Sequence[NotificationRow], role: str) -> set[str]:
    return {n.recipient_id for n in notifications if n.recipient_role == role}


# To put these together takes longer than to ask them, and they are asked several times a second.


@cache
def _untried() -> Select[NotificationRow]:
    chosen = (
        select(col(DeliveryRow.id))
        .where(col(DeliveryRow.notification_id) == col(NotificationRow.id))
        .exists()
    )
    return (
        select(NotificationRow)
        .where(col(NotificationRow.state) == NotificationState.QUEUED, ~chosen)
        .order_by(col(NotificationRow.created_at), col(NotificationRow.id))
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


@cache
def _due() -> Select[DeliveryRow, NotificationRow, TicketRow, EventRow]:
    return (
        select(DeliveryRow, NotificationRow, TicketRow, EventRow)
        .join(NotificationRow, col(NotificationRow.id) == col(DeliveryRow.notification_id))
        .join(TicketRow, col(TicketRow.id) == col(NotificationRow.ticket_id))
        .join(EventRow, col(EventRow.id) == col(NotificationRow.event_id))
        .where(
            col(DeliveryRow.state) == DeliveryState.QUEUED,
            col(DeliveryRow.due_at) <= bindparam("now"),
            col(DeliveryRow.channel) == bindparam("channel"),
            ~_something_goes_first(),
        )
        .order_by(col(DeliveryRow.due_at), col(DeliveryRow.id))
        .limit(bindparam("most"))
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )


@cache
def _next_due() -> Select[datetime]:
    return (
        select(func.min(DeliveryRow.due_at))
        .join(NotificationRow, col(NotificationRow.id) == col(DeliveryRow.notification_id))
        .join(EventRow, col(EventRow.id) == col(NotificationRow.event_id))
        .where(col(DeliveryRow.state) == DeliveryState.QUEUED, ~_something_goes_first())
    )


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
