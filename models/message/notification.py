"""Telling people things."""

from datetime import datetime
from enum import StrEnum

from models.base import Value


class NotificationState(StrEnum):
    """Where an intent stands. UNDELIVERABLE: every channel refused; ESCALATED: a person sees to
    it; SUPPRESSED: when its turn came there was nothing to tell."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    SUPPRESSED = "SUPPRESSED"
    UNDELIVERABLE = "UNDELIVERABLE"
    ESCALATED = "ESCALATED"

    @property
    def is_given_up(self) -> bool:
        """Whether no channel could deliver it, as far as it was tried."""
        return self in (NotificationState.UNDELIVERABLE, NotificationState.ESCALATED)


class Suppression(StrEnum):
    """Why somebody is not told (docs/rules/messages.md, What is not told; What people choose)."""

    OVERTAKEN = "overtaken"
    NOTHING_NEW = "nothing-new"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    OPT_OUT = "opt-out"


class DeliveryState(StrEnum):
    """Where one channel's try stands. FAILED is followed by the next channel, if there is one."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    SUPPRESSED = "SUPPRESSED"
    FAILED = "FAILED"


class MessageChannel(StrEnum):
    """The ways to reach a person."""

    SMS = "sms"
    EMAIL = "email"


class Stop(Value):
    """Somebody answered STOP: they want to be told nothing over a channel, since some time."""

    channel: MessageChannel
    since: datetime


class Intent(Value):
    """Somebody is to be told about an event, by a template; once. Not before `not_before`; at once,
    without it."""

    event_id: str
    recipient_role: str
    recipient_id: str
    template: str
    facts: dict[str, str]
    not_before: datetime | None = None
