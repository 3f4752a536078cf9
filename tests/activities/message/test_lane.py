"""A lane takes much for a provider that answers quickly, and sends nothing too late."""

import threading
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from datetime import UTC, datetime

from activities.gateways.message import OutgoingMessage, Receipt
from activities.message.lane import HANDS, QUEUED, QUICKLY, Call, Lane
from models.message.notification import MessageChannel

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Provider:
    """Answers when it is let go, and remembers what it was sent."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.sent: list[str] = []

    def send(self, message: OutgoingMessage) -> Receipt:
        self.let_go.wait(10)
        self.sent.append(message.reference)
        return Receipt("provider", message.reference)

    def find(self, message: OutgoingMessage) -> Receipt | None:
        return None

    def check(self) -> None:
        self.let_go.wait(10)


@contextmanager
def lane_to(provider: Provider, begun_within: float = 20.0) -> Iterator[Lane]:
    lane = Lane(MessageChannel.SMS, provider, begun_within)
    yield lane
    provider.let_go.set()
    lane.close()


def call(number: int) -> Call:
    message = OutgoingMessage(
        reference=f"ntf_{number}", recipient="+4917100", subject=None, text="It hums."
    )
    return Call(f"ntf_{number}", f"dlv_{number}", 1, MessageChannel.SMS, message, ask_first=False)


def test_who_answers_quickly_is_given_more_than_there_are_hands_for() -> None:
    provider = Provider()
    provider.let_go.set()
    with lane_to(provider) as lane:
        assert lane.room == HANDS
        first = lane.begin(call(1))
        lane.heard(first.result(5), NOW)
        assert lane.room == QUEUED


def test_who_answers_slowly_is_given_what_there_are_hands_for() -> None:
    provider = Provider()
    with lane_to(provider) as lane:
        first = lane.begin(call(1))
        assert lane.room == HANDS - 1
        threading.Event().wait(QUICKLY * 1.2)
        provider.let_go.set()
        lane.heard(first.result(5), NOW)
        assert lane.room == HANDS


def test_what_waited_too_long_in_the_queue_is_not_sent_any_more() -> None:
    provider = Provider()
    with lane_to(provider, begun_within=0.1) as lane:
        calls = [lane.begin(call(number)) for number in range(HANDS + 3)]
        threading.Event().wait(0.2)
        provider.let_go.set()
        wait(calls, timeout=5)
        answers = [made.result() for made in calls]
        for answer in answers:
            lane.heard(answer, NOW)
        assert answers[HANDS:] == [None] * 3
        assert len(provider.sent) == HANDS
        assert lane.room >= HANDS
