"""Tickets as last recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import literal, select, tuple_
from sqlmodel import Session, col

from models.base import Value
from models.calendar import Window
from models.db.columns import plain
from models.db.ticket.tables import TicketPrivateRow, TicketRow
from models.geography import Precision, Spot
from models.promise.sla import Clock, ServiceLevel
from models.recorded import Recorded
from models.ticket import Attention, Channel, Coverage, TicketStatus, Timer, Urgency

_OVER = (TicketStatus.COMPLETED, TicketStatus.CLOSED, TicketStatus.CANCELLED)
"""Of these nobody needs to know any more which appliance it is."""
_TIMERS: TypeAdapter[tuple[Timer, ...]] = TypeAdapter(tuple[Timer, ...])


class RecordedTicket(Value):
    """A ticket as lists show it. `seq` is its last event; 0, nothing was recorded but that it was
    filed."""

    id: str
    number: int
    seq: int
    status: Recorded[TicketStatus]
    customer_id: str
    urgency: Recorded[Urgency]
    coverage: Recorded[Coverage]
    zone: str | None
    category: str | None
    opened_at: datetime


class WholeTicket(RecordedTicket):
    """A ticket with all that was recorded of itself; its visits and questions are read apart."""

    channel: Recorded[Channel]
    coverage_as_of: datetime | None
    model_id: str | None
    slots: tuple[Window, ...]
    attention: tuple[Recorded[Attention], ...]
    round: int
    completed_at: datetime | None
    service: ServiceLevel | None
    clocks: tuple[Clock, ...]


class CustomersWords(NamedTuple):
    """What the customer wrote of what is broken, and of which model; and how they are reached, if
    they filed in brief."""

    description: str
    model_text: str | None
    contact: Mapping[str, str | None] | None = None


class TicketReads:
    """The projection of tickets."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ticket(self, ticket_id: str) -> RecordedTicket | None:
        """A ticket as lists show it."""
        row = self._session.get(TicketRow, ticket_id)
        return None if row is None else _recorded(row)

    def whole(self, ticket_id: str) -> WholeTicket | None:
        """A ticket with all that was recorded of itself."""
        row = self._session.get(TicketRow, ticket_id)
        return None if row is None else WholeTicket.model_validate(row, from_attributes=True)

    def timers(self, ticket_id: str) -> tuple[Timer, ...]:
        """The clocks that were running when a ticket was recorded, soonest first."""
        row = self._session.get(TicketRow, ticket_id)
        return () if row is None else _TIMERS.validate_python(row.timers)

    def tickets(
        self,
        *,
        customer_id: str | None,
        status: str | None,
        zone: str | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[RecordedTicket]:
        """Tickets, the newest first, before a position."""
        query = select(TicketRow).order_by(
            col(TicketRow.opened_at).desc(), col(TicketRow.id).desc()
        )
        if customer_id:
            query = query.where(col(TicketRow.customer_id) == customer_id)
        if status:
            query = query.where(col(TicketRow.status) == status)
        if zone:
            query = query.where(col(TicketRow.zone) == zone)
        if before:
            position = tuple_(col(TicketRow.opened_at), col(TicketRow.id))
            query = query.where(position < before)
        return [_recorded(row) for row in self._session.scalars(query.limit(limit))]

    def words(self, ticket_id: str) -> CustomersWords | None:
        """The customer's words about a ticket."""
        private = self._session.get(TicketPrivateRow, ticket_id)
        if private is None:
            return None
        return CustomersWords(private.description, private.model_text, private.contact)

    def unsettled(self, most: int, after: tuple[datetime, str] | None) -> list[WholeTicket]:
        """Tickets of which nobody knows who pays, the oldest first, after a position."""
        query = (
            select(TicketRow)
            .where(
                col(TicketRow.coverage) == Coverage.UNKNOWN,
                col(TicketRow.status).not_in(_OVER),
                col(TicketRow.seq) > 0,
            )
            .order_by(col(TicketRow.opened_at), col(TicketRow.id))
            .limit(most)
        )
        if after is not None:
            query = query.where(tuple_(col(TicketRow.opened_at), col(TicketRow.id)) > after)
        rows = self._session.scalars(query)
        return [WholeTicket.model_validate(row, from_attributes=True) for row in rows]

    def same_words(self, ticket_id: str, most: int | None) -> list[RecordedTicket]:
        """The other open tickets, the oldest first, whose customers wrote the same model, but for
        case, blanks and marks, and of which nobody knows yet which it is."""
        asked = self._session.get(TicketPrivateRow, ticket_id)
        if asked is None or not asked.model_text:
            return []
        query = (
            select(TicketRow)
            .join(TicketPrivateRow, col(TicketPrivateRow.ticket_id) == col(TicketRow.id))
            .where(
                col(TicketRow.id) != ticket_id,
                col(TicketRow.model_id).is_(None),
                col(TicketRow.status).not_in(_OVER),
                plain(col(TicketPrivateRow.model_text)) == plain(literal(asked.model_text)),
            )
            .order_by(col(TicketRow.opened_at), col(TicketRow.id))
            .limit(most)
        )
        return [_recorded(row) for row in self._session.scalars(query)]

    def place(self, ticket_id: str) -> Spot | None:
        """Where a ticket's visits are."""
        private = self._session.get(TicketPrivateRow, ticket_id)
        if private is None:
            return None
        return spot(ticket_id, private.lat, private.lng, private.precision)


def spot(ticket_id: str, lat: float | None, lng: float | None, precision: str) -> Spot | None:
    """Where a ticket's visits are, if both degrees are known: one address for all of them."""
    if lat is None or lng is None:
        return None
    return Spot(lat=lat, lng=lng, precision=Precision(precision), site=ticket_id)


def _recorded(row: TicketRow) -> RecordedTicket:
    return RecordedTicket.model_validate(row, from_attributes=True)
