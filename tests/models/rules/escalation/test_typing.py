"""What cannot be read is refused with what to type in its place, and the field to blame."""

from functools import partial
from typing import Any

import pytest

from models.brief import Listed, Option
from models.errors import Conflict, Invalid
from models.rules.escalation.kind import Wants
from models.rules.escalation.numbering import chosen_number
from models.rules.escalation.reading import noted, parameter_of, require_nothing
from models.rules.escalation.registry import DECISIONS
from tests.models.rules.escalation.briefs import brief, candidate, told
from tests.models.rules.escalation.test_reading import decision, read, with_lists
from tests.models.rules.stories import HOUR, NOW, named, refused

TWO_WEEKS, A_DAY = 336, 1440
"""In hours, and in minutes."""
PARAMS = "/params"


@pytest.mark.parametrize(
    ("wants", "most", "unit"),
    [(Wants.HOURS, TWO_WEEKS, "hours"), (Wants.MINUTES, A_DAY, "minutes")],
)
def test_hours_and_minutes_are_counted_from_one_to_the_most_that_is_taken(
    wants: Wants, most: int, unit: str
) -> None:
    for given, number in ((1, 1), ("1", 1), (2, 2), ([90], 90), (most, most)):
        assert read(wants, given) == number
    for wrong in (0, -1, most + 1, "soon", 1.5, True):
        refusal = refused(partial(read, wants, wrong))
        assert refusal == (Invalid, "parameter-wrong", PARAMS, {"least": 1, "most": most})
    with pytest.raises(Invalid, match=f"number of {unit}, from 1 to {most}, and nothing else"):
        read(wants, 0)


def test_no_number_of_minutes_is_none_to_bill() -> None:
    assert refused(lambda: read(Wants.MINUTES, None)) == (
        Invalid,
        "parameter-wrong",
        PARAMS,
        {"least": 1, "most": A_DAY},
    )


@pytest.mark.parametrize(
    ("name", "most"), [("1_plan_visit", 480), ("1_more_time", 240)], ids=["follow-up", "more time"]
)
def test_a_length_that_is_off_the_grid_is_refused_at_once(name: str, most: int) -> None:
    pressed = DECISIONS[name]
    for given in (15, "60", most):
        assert parameter_of(pressed, given, told()) == int(given)
    for wrong in (0, 50, most + 15):
        refusal = refused(partial(parameter_of, pressed, wrong, told()))
        assert refusal == (Invalid, "parameter-wrong", PARAMS, {"least": 15, "most": most})
    with pytest.raises(Invalid, match=f"from 15 to {most} in steps of 15, and nothing else"):
        parameter_of(pressed, 50, told())


@pytest.mark.parametrize("words", ["They shouted.", 0, ["a", "b"]])
def test_words_are_for_the_note_on_our_own_page(words: Any) -> None:
    for attempt in (require_nothing, lambda note: noted({"parameter": 4, "note_id": note})):
        refusal = refused(partial(attempt, words))
        assert refusal == (Invalid, "parameter-wrong", PARAMS, {})
    with pytest.raises(Invalid, match="Leave Data empty; notes are written on our own page"):
        require_nothing(words)


def test_a_category_that_is_no_word_is_refused_with_an_example_of_one() -> None:
    def act() -> Any:
        return read(Wants.CATEGORY, "Mrs Roe")

    assert refused(act) == (Invalid, "parameter-wrong", PARAMS, {})
    with pytest.raises(Invalid, match='its name in quotes: "refrigerator"'):
        act()


def test_times_are_not_typed_and_those_that_were_read_are_not_offered_once_they_are_others() -> (
    None
):
    escalation = with_lists()
    gone = told().brief
    assert gone is not None

    def offer(given: Any) -> Any:
        return parameter_of(decision(Wants.TIMES), given, escalation)

    assert refused(lambda: offer("all of them")) == (Invalid, "parameter-wrong", PARAMS, {})
    assert refused(lambda: offer(gone.times_id)) == (Conflict, "times-gone", PARAMS, {})
    with pytest.raises(Invalid, match="Leave Data empty: all the times above are offered"):
        offer("all of them")
    with pytest.raises(Conflict, match="Press R, and decide again"):
        offer(gone.times_id)


# Who, and what, was chosen.


def test_whoever_is_not_first_is_chosen_for_the_time_that_was_read_as_well() -> None:
    second = candidate(2, 2).but(start=NOW + HOUR)
    escalation = told(brief(candidates=(candidate(1, 1), second, candidate(3, 3))))
    read_for = f"{second.id}@{second.start.isoformat()}"
    assert parameter_of(decision(Wants.CANDIDATE), read_for, escalation) == 2


def test_whoever_could_come_at_another_time_by_now_is_named_by_their_number() -> None:
    second = candidate(2, 2)
    moved = (candidate(1, 1), second.but(start=NOW + HOUR))
    escalation = told(brief(), brief(candidates=moved))

    def act() -> Any:
        read_for = f"{second.id}@{second.start.isoformat()}"
        return parameter_of(decision(Wants.CANDIDATE), read_for, escalation)

    evidence = {"number": 2, "expert_id": named("exp", 2)}
    assert refused(act) == (Conflict, "candidate-moved", PARAMS, evidence)
    with pytest.raises(Conflict, match=r"^2 is expert no\. 2, who could come at another time"):
        act()


def test_a_time_that_holds_the_sign_between_it_and_its_candidate_is_another_time() -> None:
    first = candidate(1, 1)
    odd = f"{first.id}@@{first.start.isoformat()}"
    code = refused(lambda: parameter_of(decision(Wants.CANDIDATE), odd, told()))[1]
    assert code == "candidate-moved"


@pytest.mark.parametrize(
    ("kind", "left", "code", "evidence"),
    [
        (Listed.CANDIDATE, {"candidates": ()}, "candidate-gone", {"expert_id": named("exp", 1)}),
        (Listed.OPTION, {"options": ()}, "option-gone", {"model_id": "mod_a"}),
        (Listed.CATEGORY, {"categories": ()}, "option-gone", {"category": "oven"}),
    ],
)
def test_what_is_listed_no_more_is_refused_with_what_it_was(
    kind: Listed, left: dict[str, Any], code: str, evidence: dict[str, Any]
) -> None:
    oven = brief(categories=(Option(number=1, value="oven", line="Built-in oven"),))
    escalation = told(oven, brief(**left))
    refusal = refused(lambda: chosen_number(kind, 1, escalation))
    assert refusal == (Conflict, code, PARAMS, {"number": 1} | evidence)
