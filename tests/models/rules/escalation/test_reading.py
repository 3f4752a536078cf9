"""What people type is read however it is wrapped, or refused with what to type."""

from collections.abc import Mapping
from typing import Any

import pytest

from models.brief import Option, SuggestedTime
from models.errors import Conflict, Invalid
from models.escalation import Brief, Escalation
from models.rules.escalation.kind import Decision, Wants
from models.rules.escalation.reading import MOST_HOURS, noted, parameter_of, require_nothing
from models.rules.escalation.registry import DECISIONS
from models.visit import MOST_MINUTES
from tests.models.rules.escalation.briefs import brief, candidate, told
from tests.models.rules.stories import HOUR, NOW

NOTE = f"not_{'0' * 36}"


def decision(wants: Wants) -> Decision:
    """The first that wants it, of those that take any number of minutes."""
    every = range(1, MOST_MINUTES + 1)
    return next(d for d in DECISIONS.values() if d.wants is wants and d.minutes == every)


def read(wants: Wants, given: Any) -> Any:
    return parameter_of(decision(wants), given, told())


NUMBERS: Mapping[Any, int] = {
    2: 2,
    "2": 2,
    " 2 ": 2,
    "02": 2,
    None: 1,
    "": 1,
    "  ": 1,
}


def plainly(given: Any) -> str:
    """A name for a test that can be typed."""
    return ascii(given).replace("\\", "")


@pytest.mark.parametrize(("given", "number"), NUMBERS.items(), ids=plainly)
def test_a_number_is_read_however_it_is_wrapped(given: Any, number: int) -> None:
    deep = given
    for _ in range(5000):
        deep = [deep]
    for wrapped in (given, [given], {"candidate": given}, [{"x": [given]}], (given,), deep):
        assert read(Wants.CANDIDATE, wrapped) == number


@pytest.mark.parametrize("nothing", [[], {}, [[]], {"x": None}, [""]])
def test_nothing_in_any_wrapping_is_the_first(nothing: Any) -> None:
    assert read(Wants.CANDIDATE, nothing) == 1
    assert read(Wants.HOURS, nothing) is None


@pytest.mark.parametrize(
    "given",
    [
        0,
        4,
        -1,
        10**30,
        10**5000,
        "9" * 8,
        "9" * 5000,
        "-1",
        "+1",
        "1.0",
        1.5,
        1.0,
        float("nan"),
        float("inf"),
        True,
        False,
        "true",
        "\u0662",
        "\uff12",
        "\u00b2",
        "\u2162",
        "1\x00",
        "one",
        b"1",
        [1, 2],
        {"a": 1, "b": 2},
        [[1], [2]],
        {1, 2},
        ...,
        "mod_a",
    ],
    ids=lambda given: plainly(given)[:24] if not isinstance(given, int) else "a number",
)
def test_what_is_no_such_number_is_refused_with_what_to_type(given: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        read(Wants.CANDIDATE, given)
    assert refusal.value.code == "parameter-wrong"
    assert refusal.value.field == "/params"
    assert refusal.value.evidence == {"least": 1, "most": 3}
    assert len(refusal.value.detail) < 100


def test_hours_are_for_two_weeks_at_most() -> None:
    assert read(Wants.HOURS, MOST_HOURS) == MOST_HOURS
    for wrong in (0, MOST_HOURS + 1, "soon"):
        with pytest.raises(Invalid):
            read(Wants.HOURS, wrong)


def test_a_model_is_named_by_its_line_or_its_id() -> None:
    assert read(Wants.OPTION, {"model_id": "mod_bosch-kgn39vleb"}) == "mod_bosch-kgn39vleb"
    assert read(Wants.OPTION, 2) == 2
    for wrong in (3, "mod_", "mod_Mrs Roe", "mod_" + "x" * 100, "bosch"):
        with pytest.raises(Invalid):
            read(Wants.OPTION, wrong)


def test_a_category_is_a_word_and_nothing_that_a_history_should_not_keep() -> None:
    assert read(Wants.CATEGORY, " Oven ") == "oven"
    for wrong in (None, 7, "", "Mrs Roe, 5th floor", "+49 30 1", "x" * 81, "oven\n--", ["a", "b"]):
        with pytest.raises(Invalid):
            read(Wants.CATEGORY, wrong)


def test_where_nothing_is_asked_for_nothing_is_taken() -> None:
    for nothing in (None, "", " ", [], {}, [None]):
        assert read(Wants.NOTHING, nothing) is None
        require_nothing(nothing)
    for words in ("They are at +49 171 1", 0, False, ["a", "b"]):
        with pytest.raises(Invalid):
            read(Wants.NOTHING, words)
        with pytest.raises(Invalid):
            require_nothing(words)


def test_what_the_facts_leave_no_choice_of_is_refused_before_it_is_read() -> None:
    with pytest.raises(Conflict) as refusal:
        parameter_of(decision(Wants.CANDIDATE), ..., told(Brief(headline="?")))
    assert refusal.value.code == "decision-impossible"


def test_a_note_travels_by_its_name_and_never_by_its_words() -> None:
    assert noted({"parameter": 4, "note_id": NOTE}) == (4, NOTE)
    assert noted({"parameter": 4, "note_id": None}) == (4, None)
    assert noted({"parameter": 4}) == ({"parameter": 4}, None)
    for wrong in ("They shouted.", 7, ["x"], NOTE + "\n", ""):
        with pytest.raises(Invalid):
            noted({"parameter": 4, "note_id": wrong})


# What was read is what is decided.


def with_lists() -> Escalation:
    times = (SuggestedTime(start=NOW, end=NOW + HOUR, number=1),)
    categories = (
        Option(number=1, value="oven", line="Built-in oven"),
        Option(number=2, value="hob-gas", line="Gas hob"),
    )
    return told(brief(times=times, categories=categories))


def test_a_category_is_its_number_or_its_code() -> None:
    for given in (2, "2", "hob-gas", "HOB-GAS"):
        assert parameter_of(decision(Wants.CATEGORY), given, with_lists()) == "hob-gas"
    with pytest.raises(Invalid) as refusal:
        parameter_of(decision(Wants.CATEGORY), 3, with_lists())
    assert refusal.value.detail.startswith("Type the number of a category, from 1 to 2")


def test_times_are_offered_as_they_are_listed_or_as_they_were_read() -> None:
    escalation = with_lists()
    assert escalation.brief is not None
    listed = escalation.brief.times_id
    for given in (None, listed):
        assert parameter_of(decision(Wants.TIMES), given, escalation) == listed
    with pytest.raises(Conflict) as refusal:
        parameter_of(decision(Wants.TIMES), told().brief.times_id, escalation)  # type: ignore[union-attr]
    assert refusal.value.code == "times-gone"
    with pytest.raises(Invalid):
        parameter_of(decision(Wants.TIMES), "all of them", escalation)


def test_a_candidate_is_chosen_for_the_time_that_was_read() -> None:
    escalation = told()
    first = candidate(1, 1)
    read_for = f"{first.id}@{first.start.isoformat()}"
    assert parameter_of(decision(Wants.CANDIDATE), read_for, escalation) == 1
    later = told(brief(), brief(candidates=(first.but(start=NOW + HOUR),)))
    with pytest.raises(Conflict) as refusal:
        parameter_of(decision(Wants.CANDIDATE), read_for, later)
    assert refusal.value.code == "candidate-moved"
    assert refusal.value.evidence == {"number": 1, "expert_id": first.expert_id}
    assert parameter_of(decision(Wants.CANDIDATE), 1, later) == 1
    with pytest.raises(Conflict) as gone:
        parameter_of(decision(Wants.CANDIDATE), read_for, told(brief(), brief(candidates=())))
    assert gone.value.code == "candidate-gone"
