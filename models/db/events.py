"""The record of what happened."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.tables import EventRow
from models.event import Event

_INSERT = upsert(EventRow.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]


class EventRepository:
    """Events of every aggregate, with the ticket they belong to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, ticket_id: str | None, events: Sequence[Event]) -> None:
        """Put events in; one that is there already stays as it is."""
        if events:
            rows = [event_columns(ticket_id, event) for event in events]
            self._session.connection().execute(_INSERT, rows)

    def last_seq(self, aggregate: str) -> int:
        """The number of the last event of an aggregate, 0 before the first."""
        return (
            self._session.scalar(
                select(func.max(EventRow.seq)).where(col(EventRow.aggregate) == aggregate)
            )
            or 0
        )

    def posted_at(self, ticket_id: str) -> dict[str, datetime]:
        """When each proposal on a ticket arrived, by its id."""
        rows = self._session.scalars(
            select(EventRow).where(
                col(EventRow.ticket_id) == ticket_id, col(EventRow.type) == "proposal.posted"
            )
        )
        return {row.facts["proposal_id"]: row.recorded_at for row in rows}

    def timeline(self, ticket_id: str) -> list[EventRow]:
        """Everything that happened around a ticket, in the order in which we learned of it."""
        return list(
            self._session.scalars(
                select(EventRow)
                .where(col(EventRow.ticket_id) == ticket_id)
                .order_by(
                    col(EventRow.recorded_at), col(EventRow.aggregate).desc(), col(EventRow.seq)
                )
            )
        )


def event_columns(ticket_id: str | None, event: Event) -> dict[str, object]:
    """An event as its row."""
    return {
        "id": event.id,
        "ticket_id": ticket_id,
        "aggregate": event.aggregate,
        "seq": event.seq,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "actor_role": event.actor.role,
        "actor_id": event.actor.id,
        "cause": event.cause,
        "trace_id": event.trace_id,
        "facts": event.data,
    }
