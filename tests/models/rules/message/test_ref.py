"""The short name by which an expert tells one piece of work from another."""

from collections import Counter

from models.identity import derived_id
from models.rules.message.ref import LENGTH, LETTERS, ref_of


def test_it_is_four_signs_that_nobody_mistakes_for_others() -> None:
    refs = [ref_of(derived_id("asg", str(number))) for number in range(2000)]
    assert {len(ref) for ref in refs} == {LENGTH} == {4}
    assert set("".join(refs)) == set(LETTERS)
    assert not set(LETTERS) & set("01ILOU")


def test_the_same_work_has_the_same_name_always() -> None:
    one = "asg_00000000-0000-5000-8000-000000000001"
    assert ref_of(one) == ref_of(one) == "J65M"
    assert ref_of(one) != ref_of("asg_00000000-0000-5000-8000-000000000002")


def test_of_the_work_that_lies_ahead_of_somebody_no_two_share_it_by_rights() -> None:
    refs = Counter(ref_of(derived_id("asg", str(number))) for number in range(2000))
    shared = sum(times - 1 for times in refs.values())
    assert shared <= 10, "2,000 of 810,000 names meet about twice or three times"
