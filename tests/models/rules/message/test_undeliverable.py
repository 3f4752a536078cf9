"""Messages that reach nobody."""

from models.messages.escalation import (
    NotificationFailed,
    NotificationSettled,
)
from models.rules.message.undeliverable import notification_failed, notification_settled
from tests.models.rules.stories import (
    DESK,
    HELPDESK,
    HOUSE,
    NOW,
    admitted,
    written,
)


def test_a_message_that_was_seen_to_is_asked_about_no_more_however_often_that_is_said() -> None:
    ticket = notification_failed(admitted(), NotificationFailed(notification_id="ntf_1"), NOW)
    said = NotificationSettled(notification_id="ntf_1", by=HELPDESK)
    settled = notification_settled(ticket, said, NOW)
    assert settled.doubts.undeliverable == ()
    told = ("notification.undeliverable", HOUSE, {"notification_id": "ntf_1"})
    assert written(ticket)[-1:] == [told]
    seen_to = ("notification.settled", DESK, {"notification_id": "ntf_1"})
    assert written(settled, ticket) == [seen_to]
    other = notification_failed(ticket, NotificationFailed(notification_id="ntf_2"), NOW)
    assert notification_settled(other, said, NOW).doubts.undeliverable == ("ntf_2",)
    assert notification_settled(settled, said, NOW) is settled


def test_a_message_that_failed_twice_failed_once_until_it_was_seen_to() -> None:
    failed = NotificationFailed(notification_id="ntf_1")
    ticket = notification_failed(admitted(), failed, NOW)
    assert notification_failed(ticket, failed, NOW) is ticket
