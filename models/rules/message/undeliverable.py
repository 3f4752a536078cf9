"""A ticket about which somebody could not be told something."""

from datetime import datetime

from models.event import OURSELVES
from models.events.message import NotificationUndeliverable, UndeliverableSettled
from models.messages.escalation import NotificationFailed, NotificationSettled
from models.ticket import Ticket


def notification_failed(ticket: Ticket, failed: NotificationFailed, now: datetime) -> Ticket:
    """The ticket about which somebody could not be told something."""
    if failed.notification_id in ticket.doubts.undeliverable:
        return ticket
    return ticket.but(
        doubts=ticket.doubts.but(
            undeliverable=(*ticket.doubts.undeliverable, failed.notification_id)
        )
    ).happened(NotificationUndeliverable(notification_id=failed.notification_id), now, OURSELVES)


def notification_settled(ticket: Ticket, settled: NotificationSettled, now: datetime) -> Ticket:
    """The ticket after a person saw to such a notification; seen to twice, it is as seen to
    once."""
    if settled.notification_id not in ticket.doubts.undeliverable:
        return ticket
    left = tuple(n for n in ticket.doubts.undeliverable if n != settled.notification_id)
    return ticket.but(doubts=ticket.doubts.but(undeliverable=left)).happened(
        UndeliverableSettled(notification_id=settled.notification_id), now, settled.by
    )
