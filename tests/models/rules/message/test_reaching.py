"""By which ways somebody is reached, and in which order."""

import pytest

from models.message.notification import MessageChannel
from models.rules.message.reaching import Reach, in_order

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


@pytest.mark.parametrize(
    ("preferred", "order"), [(["email", "sms"], [SMS, EMAIL]), (["sms"], [EMAIL, SMS])]
)
def test_whoever_did_not_answer_where_they_were_told_first_is_told_elsewhere(
    preferred: list[str], order: list[MessageChannel]
) -> None:
    assert in_order(preferred, Reach.ANOTHER_WAY) == order
