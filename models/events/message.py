"""What can happen to what somebody was to be told."""

from typing import ClassVar

from models.event import Facts


class NotificationUndeliverable(Facts):
    """No channel could deliver it."""

    kind: ClassVar = "notification.undeliverable"

    notification_id: str


class UndeliverableSettled(Facts):
    """A person saw to it."""

    kind: ClassVar = "notification.settled"

    notification_id: str
