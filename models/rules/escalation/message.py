"""Somebody could not be told, by any channel."""

from collections.abc import Sequence

from models.escalation import Action, EscalationReason
from models.rules.escalation.kind import Decision, Kind, Picture


def headline(picture: Picture, reason: EscalationReason) -> str:
    """The problem in one sentence."""
    return f"A message about {picture.name} could not be delivered by any channel."


def facts(picture: Picture) -> Sequence[str]:
    """Which message, to whom, and what was tried."""
    return picture.undelivered


KIND = Kind(
    reasons=(EscalationReason.NOTIFICATION_UNDELIVERABLE,),
    decisions=(
        Decision(
            action=Action.TOLD,
            button="I told the person myself",
            explains="Nothing is sent again.",
        ),
        Decision(
            action=Action.SEND_AGAIN,
            button="Send it again",
            explains="By every channel, from the first on.",
        ),
    ),
    headline=headline,
    facts=facts,
)
