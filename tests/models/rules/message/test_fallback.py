"""What follows when a channel did not take a message."""

from datetime import timedelta

import pytest

from models.message.notification import MessageChannel
from models.rules.message.fallback import (
    AT_ONCE,
    GIVE_UP_AFTER,
    LONGEST_WAIT,
    QUICK_TRIES,
    NextTry,
    Tried,
    next_try,
)

SMS, EMAIL = MessageChannel.SMS, MessageChannel.EMAIL
BOTH = (SMS, EMAIL)
YOUNG = timedelta(seconds=5)


def tried(channel: MessageChannel, attempts: int = QUICK_TRIES, *, refused: bool = False) -> Tried:
    return Tried(channel=channel, attempts=attempts, refused=refused)


def seconds(step: NextTry | None) -> float:
    assert step is not None
    return step.wait.total_seconds()


def test_a_provider_away_for_a_moment_is_asked_again_after_one_second_and_after_four() -> None:
    first = next_try([tried(SMS, 1)], SMS, BOTH, age=YOUNG)
    second = next_try([tried(SMS, 2)], SMS, BOTH, age=YOUNG)
    assert [step and step.channel for step in (first, second)] == [SMS, SMS]
    assert (seconds(first), seconds(second)) == (1, 4)


@pytest.mark.parametrize(
    ("failed", "asked_to_wait", "is_down"),
    [
        (tried(SMS, QUICK_TRIES), 0, False),
        (tried(SMS, 1, refused=True), 0, False),
        (tried(SMS, 1), 3600, False),
        (tried(SMS, 0), 0, True),
    ],
    ids=["away too long", "refused", "come back in an hour", "down for everybody"],
)
def test_the_next_channel_has_its_turn_at_once(
    failed: Tried, asked_to_wait: int, is_down: bool
) -> None:
    pause = timedelta(seconds=asked_to_wait)
    step = next_try([failed], SMS, BOTH, age=YOUNG, asked_to_wait=pause, is_down=is_down)
    assert step == NextTry(channel=EMAIL, wait=AT_ONCE)


def test_the_customers_order_decides_which_channel_is_next() -> None:
    step = next_try([tried(EMAIL)], EMAIL, (EMAIL, SMS), age=YOUNG)
    assert step == NextTry(channel=SMS, wait=AT_ONCE)


def test_when_every_channel_is_away_they_take_turns() -> None:
    away = [tried(SMS), tried(EMAIL)]
    after_email = next_try(away, EMAIL, BOTH, age=YOUNG)
    after_sms = next_try(away, SMS, BOTH, age=YOUNG)
    assert after_email == NextTry(channel=SMS, wait=LONGEST_WAIT)
    assert after_sms == NextTry(channel=EMAIL, wait=LONGEST_WAIT)


def test_a_channel_that_refused_has_no_more_turns() -> None:
    only_sms = [tried(SMS), tried(EMAIL, 1, refused=True)]
    after_email = next_try(only_sms, EMAIL, BOTH, age=YOUNG)
    after_sms = next_try(only_sms, SMS, BOTH, age=YOUNG)
    assert after_email == after_sms == NextTry(channel=SMS, wait=LONGEST_WAIT)


def test_a_channel_that_the_recipient_has_no_more_has_no_more_turns() -> None:
    step = next_try([tried(SMS), tried(EMAIL)], EMAIL, [EMAIL], age=YOUNG)
    assert step == NextTry(channel=EMAIL, wait=LONGEST_WAIT)


def test_nobody_is_left_when_every_channel_refused() -> None:
    refused = [tried(SMS, 1, refused=True), tried(EMAIL, 1, refused=True)]
    assert next_try(refused, EMAIL, BOTH, age=YOUNG) is None


def test_an_outage_of_everything_is_waited_for_a_day_and_no_longer() -> None:
    away = [tried(SMS), tried(EMAIL)]
    assert next_try(away, EMAIL, BOTH, age=GIVE_UP_AFTER) is not None
    assert next_try(away, EMAIL, BOTH, age=GIVE_UP_AFTER + timedelta(seconds=1)) is None


def test_an_old_message_has_its_try_on_every_channel_before_it_is_given_up() -> None:
    step = next_try([tried(SMS)], SMS, BOTH, age=GIVE_UP_AFTER * 2)
    assert step == NextTry(channel=EMAIL, wait=AT_ONCE)


TEN = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("attempts", "asked_to_wait", "is_down", "wait"),
    [
        (0, AT_ONCE, False, 1),
        (1, AT_ONCE, False, 1),
        (2, AT_ONCE, False, 4),
        (3, AT_ONCE, False, 15),
        (4, AT_ONCE, False, 15),
        (1, TEN, False, 10),
        (1, TEN * 2, False, 20),
        (2, timedelta(seconds=3), False, 4),
        (1, AT_ONCE, True, 15),
        (1, TEN * 2, True, 20),
    ],
)
def test_the_only_channel_is_asked_again_after_a_pause_that_grows(
    attempts: int, asked_to_wait: timedelta, is_down: bool, wait: int
) -> None:
    step = next_try(
        [tried(SMS, attempts)],
        SMS,
        [SMS],
        age=YOUNG,
        asked_to_wait=asked_to_wait,
        is_down=is_down,
    )
    assert step == NextTry(channel=SMS, wait=timedelta(seconds=wait))


def test_a_channel_that_asks_for_ten_seconds_gets_them_and_for_more_is_passed_over() -> None:
    for asked, channel in ((TEN, SMS), (TEN + timedelta(milliseconds=1), EMAIL)):
        step = next_try([tried(SMS, 1)], SMS, BOTH, age=YOUNG, asked_to_wait=asked)
        assert step is not None
        assert step.channel is channel


def test_a_channel_that_was_quick_to_fail_waits_as_long_as_it_was_tried_in_its_turn() -> None:
    step = next_try([tried(SMS), tried(EMAIL, 2)], SMS, BOTH, age=YOUNG)
    assert step == NextTry(channel=EMAIL, wait=timedelta(seconds=4))


def test_a_channel_that_failed_once_is_tried_again_before_the_others_have_their_turn() -> None:
    step = next_try([tried(SMS), tried(EMAIL, 1)], EMAIL, BOTH, age=YOUNG)
    assert step == NextTry(channel=EMAIL, wait=timedelta(seconds=1))


def test_a_refused_channel_that_is_the_only_one_is_not_tried_again() -> None:
    assert next_try([tried(SMS, 1, refused=True)], SMS, [SMS], age=YOUNG) is None
