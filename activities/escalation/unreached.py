"""What somebody could not be told, in words, for whoever is asked about it."""

from collections.abc import Sequence
from datetime import datetime

from activities.message.texts import about
from models.actor import Role
from models.brief import Untold, Way
from models.db.engine import Session
from models.db.escalation.unreached import tickets_asked_about
from models.db.message.reads import DeliveryTry, Notification, NotificationReads
from models.db.people.calendar import CalendarRepository
from models.escalation import Escalation
from models.ticket import Ticket


def untold_of(session: Session, ticket: Ticket, asked: Escalation, now: datetime) -> Untold | None:
    """The message that an escalation is about; None where nothing is known of it."""
    for notification, tries in NotificationReads(session).of_ticket(ticket.id):
        if notification.id == asked.about:
            return _untold(session, ticket, notification, tries, asked.id, now)
    return None


def _untold(
    session: Session,
    ticket: Ticket,
    notification: Notification,
    tries: Sequence[DeliveryTry],
    asked: str,
    now: datetime,
) -> Untold:
    role, who = notification.recipient_role, notification.recipient_id
    visit = ticket.visit(notification.facts.get("visit_id", ""))
    start = notification.facts.get("start")
    return Untold(
        about=about(notification.template),
        role=role,
        expert_no=_number(session, who, now) if role == Role.EXPERT else None,
        visit=visit.seq if visit else None,
        start=datetime.fromisoformat(start) if start else None,
        ways=tuple(Way(channel=t.channel, attempts=t.attempts, error=t.error) for t in tries),
        others=tickets_asked_about(session, role, who, asked),
    )


def _number(session: Session, expert_id: str, now: datetime) -> int | None:
    """How pages without names call an expert; None for one who is not known any more."""
    diaries = CalendarRepository(session).diaries([expert_id], now)
    return diaries[0].number if diaries else None
