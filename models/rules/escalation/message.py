"""Somebody could not be told, by any channel."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.messages.escalation import NotificationSettled
from models.rules.escalation.deed import Deed, Preparation, Request
from models.rules.escalation.kind import Decision, Kind, Picture, Shown
from models.ticket import Ticket


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """One message at a time."""
    for notification in ticket.undeliverable[:1]:
        yield Doubt(ticket.id, EscalationReason.NOTIFICATION_UNDELIVERABLE, about=notification)


def _headline(picture: Picture) -> str:
    return f"A message about {picture.name} could not be delivered by any channel."


def _facts(picture: Picture) -> Sequence[str]:
    """Which message, to whom, and what was tried."""
    return picture.undelivered


def _settled(deed: Deed) -> Request:
    notification_id = deed.escalation.about or ""
    return "settle_notification", NotificationSettled(notification_id=notification_id, by=deed.by)


KINDS = (
    Kind(
        reason=EscalationReason.NOTIFICATION_UNDELIVERABLE,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.MESSAGE}),
        decisions=(
            Decision(
                number=1,
                action=Action.TOLD,
                label="I told the person myself",
                explains="Nothing is sent again.",
                asks=_settled,
            ),
            Decision(
                number=2,
                action=Action.SEND_AGAIN,
                label="Send it again",
                explains="By every channel, from the first on.",
                before=Preparation.SENT_AGAIN,
                asks=_settled,
            ),
        ),
    ),
)
