"""The record of what happened."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.actor import Actor, Role
from models.db.tables import EventRow
from models.event import Event


class EventReads:
    """Events of every aggregate, by the ticket they are about."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def posted_at(self, ticket_id: str) -> dict[str, datetime]:
        """When each proposal on a ticket arrived, by its id."""
        rows = self._session.scalars(
            select(EventRow).where(
                col(EventRow.ticket_id) == ticket_id, col(EventRow.type) == "proposal.posted"
            )
        )
        return {row.facts["proposal_id"]: row.recorded_at for row in rows}

    def timeline(self, ticket_id: str) -> list[Event]:
        """Everything that happened around a ticket, in the order in which we learned of it."""
        rows = self._session.scalars(
            select(EventRow)
            .where(col(EventRow.ticket_id) == ticket_id)
            .order_by(col(EventRow.recorded_at), col(EventRow.aggregate).desc(), col(EventRow.seq))
        )
        return [_event(row) for row in rows]


def _event(row: EventRow) -> Event:
    actor = Actor(role=Role(row.actor_role), id=row.actor_id)
    return Event.model_validate({**row.model_dump(), "actor": actor, "data": row.facts})
