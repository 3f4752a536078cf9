"""When a customer can be visited."""

from datetime import timedelta

import pytest

from models.calendar import Window
from models.errors import Invalid
from models.rules.matching.slots import HORIZON, MOST_SLOTS, acceptable_slots
from tests.models.rules.stories import HOUR, NOW, between, is_sentence

SECOND = timedelta(seconds=1)


def refused(*slots: Window, duration: timedelta = HOUR) -> tuple[str, str | None]:
    """The code of a refusal, and the field to blame."""
    with pytest.raises(Invalid) as refusal:
        acceptable_slots(slots, NOW, duration)
    assert is_sentence(refusal.value.detail)
    return refusal.value.code, refusal.value.field


def test_no_slots_are_acceptable_slots() -> None:
    assert acceptable_slots((), NOW, HOUR) == ()


def test_a_slot_may_begin_this_very_moment_and_not_a_second_before() -> None:
    assert acceptable_slots([between(0, 2)], NOW, HOUR)
    past = Window(start=NOW - SECOND, end=NOW + HOUR)
    assert refused(between(0, 2), past) == ("slot-in-the-past", "/slots/1/start")


def test_a_slot_may_end_in_sixty_days_and_not_a_second_later() -> None:
    last = Window(start=NOW + HORIZON - HOUR, end=NOW + HORIZON)
    assert acceptable_slots([last], NOW, HOUR)
    late = Window(start=last.start, end=last.end + SECOND)
    assert refused(late) == ("slot-too-far", "/slots/0/end")


def test_a_slot_may_be_just_as_long_as_the_visit() -> None:
    assert acceptable_slots([between(1, 2)], NOW, HOUR)
    short = Window(start=NOW + HOUR, end=NOW + 2 * HOUR - SECOND)
    assert refused(between(5, 9), short) == ("slot-too-short", "/slots/1")


def test_short_slots_that_touch_are_one_long_slot() -> None:
    halves = [between(1, 1.5), between(1.5, 2)]
    assert acceptable_slots(halves, NOW, HOUR) == (between(1, 2),)


def test_slots_that_touch_or_overlap_are_joined_and_in_order() -> None:
    given = [between(7, 9), between(1, 3), between(2, 4), between(4, 5)]
    assert acceptable_slots(given, NOW, HOUR) == (between(1, 5), between(7, 9))


def test_twenty_slots_are_taken_and_not_twenty_one() -> None:
    many = [between(2 * n, 2 * n + 1) for n in range(1, MOST_SLOTS + 1)]
    assert len(acceptable_slots(many, NOW, HOUR)) == MOST_SLOTS
    assert refused(*many, between(99, 100)) == ("too-many-slots", "/slots")


def test_a_refusal_of_a_short_slot_says_how_long_the_visit_is() -> None:
    with pytest.raises(Invalid) as refusal:
        acceptable_slots([between(1, 1.5)], NOW, timedelta(minutes=90))
    assert str(refusal.value.evidence) == "{'minutes': 90}"
    assert refusal.value.detail == "The visit takes 90 minutes and does not fit."


def test_accepted_slots_are_accepted_again() -> None:
    once = acceptable_slots([between(3, 5), between(1, 3)], NOW, HOUR)
    assert acceptable_slots(once, NOW, HOUR) == once


def test_a_slot_that_stood_before_stays_though_it_has_begun_or_became_too_short() -> None:
    begun, short = between(-1, 3), between(5, 5.5)
    assert acceptable_slots([begun, short], NOW, HOUR, (begun, short)) == (begun, short)


def test_a_slot_that_did_not_stand_before_in_exactly_this_form_is_a_new_one() -> None:
    with pytest.raises(Invalid, match="past"):
        acceptable_slots([between(-1, 2)], NOW, HOUR, (between(-1, 3),))
