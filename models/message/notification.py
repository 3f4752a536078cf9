"""Telling people things."""

from enum import StrEnum

from models.base import Value


class NotificationState(StrEnum):
    """Where an intent stands. UNDELIVERABLE: every channel refused; ESCALATED: a person sees to
    it."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    UNDELIVERABLE = "UNDELIVERABLE"
    ESCALATED = "ESCALATED"


class DeliveryState(StrEnum):
    """Where one channel's try stands. FAILED is followed by the next channel, if there is one."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class MessageChannel(StrEnum):
    """The ways to reach a person."""

    SMS = "sms"
    EMAIL = "email"


class Intent(Value):
    """Somebody is to be told about an event, by a template; once."""

    event_id: str
    recipient_role: str
    recipient_id: str
    template: str
    facts: dict[str, str]
