"""By which ways somebody is reached, and in which order."""

import pytest

from models.message.notification import MessageChannel
from models.rules.message.reaching import Reach, in_order, stops_of

SMS, EMAIL = MessageChannel.SMS, MessageChannel.EMAIL


@pytest.mark.parametrize(
    ("preferred", "order"),
    [
        (["email", "sms"], [EMAIL, SMS]),
        (["sms"], [SMS, EMAIL]),
        (["email"], [EMAIL, SMS]),
        ([], [SMS, EMAIL]),
        (["pigeon", "email"], [EMAIL, SMS]),
    ],
)
def test_whoever_likes_one_way_is_reached_by_it_first_and_by_the_others_after(
    preferred: list[str], order: list[MessageChannel]
) -> None:
    assert in_order(preferred, Reach.PREFERRED) == order


@pytest.mark.parametrize("preferred", [["email", "sms"], ["sms"], ["email"], []])
def test_work_is_told_by_sms_first_whatever_its_expert_likes(preferred: list[str]) -> None:
    assert in_order(preferred, Reach.SMS_FIRST) == [SMS, EMAIL]
    assert in_order(preferred, Reach.SMS_FIRST, EMAIL) == [SMS, EMAIL]


@pytest.mark.parametrize(
    ("preferred", "last", "order"),
    [
        (["email", "sms"], None, [SMS, EMAIL]),
        (["sms"], None, [EMAIL, SMS]),
        (["email", "sms"], SMS, [EMAIL, SMS]),
        (["email", "sms"], EMAIL, [SMS, EMAIL]),
        (["sms"], SMS, [EMAIL, SMS]),
        (["sms"], EMAIL, [SMS, EMAIL]),
    ],
)
def test_whoever_did_not_answer_where_they_were_told_last_is_told_elsewhere(
    preferred: list[str], last: MessageChannel | None, order: list[MessageChannel]
) -> None:
    assert in_order(preferred, Reach.ANOTHER_WAY, last) == order
    assert in_order(preferred, Reach.PREFERRED, last)[0] == (preferred[0] if preferred else SMS)


@pytest.mark.parametrize(
    ("said", "stopped"),
    [
        ({}, []),
        ({"sms": "+4917"}, [SMS]),
        ({"email": "kim@example.org"}, [EMAIL]),
        ({"email": "kim@example.org", "sms": "+4917"}, [SMS, EMAIL]),
        ({"sms": "+4918"}, []),
        ({"sms": "kim@example.org"}, []),
    ],
)
def test_a_stop_counts_over_its_own_channel_at_the_address_of_now(
    said: dict[str, str], stopped: list[MessageChannel]
) -> None:
    since = "2026-12-08T13:00:00+00:00"
    written = {channel: {"address": address, "since": since} for channel, address in said.items()}
    stops = stops_of(written, {SMS: "+4917", EMAIL: "kim@example.org"})
    assert [stop.channel for stop in stops] == stopped
    assert {stop.since.isoformat() for stop in stops} <= {since}
