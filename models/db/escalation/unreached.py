"""Who could not be told several things, each of which somebody is asked about."""

from sqlalchemy import select
from sqlmodel import Session, col

from models.db.escalation.tables import EscalationRow
from models.db.message.tables import NotificationRow
from models.db.ticket.tables import TicketRow
from models.escalation import EscalationReason, EscalationState

MOST = 5
_LIVE = [s for s in EscalationState if s.is_live]


def tickets_asked_about(
    session: Session, role: str, person_id: str, but_by: str
) -> tuple[str, ...]:
    """The numbers of tickets that ask at present about a message to somebody, but for those of one
    escalation; the oldest first."""
    asked, told, ticket = EscalationRow, NotificationRow, TicketRow
    found = session.scalars(
        select(col(ticket.number))
        .join(asked, col(asked.ticket_id) == col(ticket.id))
        .join(told, col(told.id) == col(asked.known)["about"].astext)
        .where(
            col(asked.state).in_(_LIVE),
            col(asked.reason) == EscalationReason.NOTIFICATION_UNDELIVERABLE,
            col(asked.id) != but_by,
            col(told.recipient_role) == role,
            col(told.recipient_id) == person_id,
        )
        .order_by(col(asked.opened_at), col(asked.id))
        .limit(MOST)
    )
    return tuple(f"T-{number}" for number in found)
