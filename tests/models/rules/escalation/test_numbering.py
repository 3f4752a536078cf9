"""A number stands for one thing as long as its escalation lives, whoever comes and goes."""

import pytest

from models.brief import Listed, Option, SuggestedTime
from models.calendar import Window
from models.errors import Conflict, Invalid
from models.escalation import Brief, Escalation
from models.rules.escalation.escalating import briefed, raised_again
from models.rules.escalation.numbering import candidate_of, chosen_number, numbered, there
from tests.models.rules.escalation.briefs import brief, candidate, told
from tests.models.rules.stories import HOUR, NOW, between, named


def gathered(escalation: Escalation, *experts: int) -> Brief:
    """The facts as an activity gathers them: the best expert first."""
    ranked = (candidate(place, expert) for place, expert in enumerate(experts, start=1))
    return brief(candidates=tuple(numbered(Listed.CANDIDATE, ranked, escalation.numbers)))


def after(*rounds: tuple[int, ...]) -> Escalation:
    """An escalation whose candidates were gathered so often."""
    escalation = told(Brief(headline="?"))
    for experts in rounds:
        escalation = briefed(escalation, gathered(escalation, *experts))
    return escalation


def numbers(escalation: Escalation) -> list[tuple[int, int]]:
    """Who is listed, and under which number."""
    assert escalation.brief is not None
    return [(c.expert_no, c.number) for c in escalation.brief.candidates]


def test_the_first_who_are_gathered_are_numbered_from_one() -> None:
    assert numbers(after((7, 5, 9))) == [(7, 1), (5, 2), (9, 3)]


def test_gathered_again_everybody_keeps_their_number_wherever_they_stand() -> None:
    assert numbers(after((7, 5, 9), (9, 7, 5))) == [(9, 3), (7, 1), (5, 2)]


def test_who_is_new_gets_a_number_that_nobody_had() -> None:
    assert numbers(after((7, 5), (8, 7))) == [(8, 3), (7, 1)]
    assert numbers(after((7, 5), (8,), (6, 5))) == [(6, 4), (5, 2)]


def test_who_comes_back_has_the_number_they_had() -> None:
    assert numbers(after((7, 5), (5,), (5, 7))) == [(5, 2), (7, 1)]


def test_the_same_expert_in_another_position_is_another_candidate() -> None:
    known = after((7,))
    other = candidate(1, 7).but(position=1)
    [found] = numbered(Listed.CANDIDATE, [other], known.numbers)
    assert found.number == 2


def test_a_candidate_who_can_start_later_by_now_is_the_same() -> None:
    known = after((7,))
    later = candidate(4, 7).but(start=NOW + HOUR, distance_km=9.0)
    [found] = numbered(Listed.CANDIDATE, [later], known.numbers)
    assert (found.number, found.start) == (1, NOW + HOUR)


def test_candidates_lines_and_times_are_numbered_apart() -> None:
    known = after((7, 5)).numbers
    [line] = numbered(Listed.OPTION, [Option(number=0, value="mod_c", line="C")], known)
    window = between(1, 2)
    time = SuggestedTime(start=window.start, end=window.end)
    [first] = numbered(Listed.TIME, [time], known)
    assert (line.number, first.number) == (3, 1), "two lines stand in every brief of these tests"


def test_a_time_keeps_its_number_too() -> None:
    def suggested(window: Window) -> SuggestedTime:
        return SuggestedTime(start=window.start, end=window.end)

    escalation = told(Brief(headline="?"))
    for windows in ([between(1, 2), between(3, 4)], [between(3, 4), between(5, 6)]):
        times = numbered(Listed.TIME, map(suggested, windows), escalation.numbers)
        escalation = briefed(escalation, brief(times=tuple(times)))
    assert escalation.brief is not None
    assert [t.number for t in escalation.brief.times] == [2, 3]


# Choosing.


def test_a_candidate_is_chosen_by_number_or_by_id() -> None:
    escalation = after((7, 5, 9), (9, 8))
    for chosen in (3, "3", candidate(0, 9).id):
        assert candidate_of(escalation, chosen).expert_no == 9


def test_a_number_that_is_gone_is_refused_with_who_it_was() -> None:
    escalation = after((7, 5), (5, 8))
    for chosen in (1, "1", candidate(0, 7).id):
        with pytest.raises(Conflict) as refusal:
            chosen_number(Listed.CANDIDATE, chosen, escalation)
        assert refusal.value.code == "candidate-gone"
        assert refusal.value.detail.startswith("1 was expert no. 7, who is no longer free.")
        assert refusal.value.evidence == {"number": 1, "expert_id": named("exp", 7)}


def test_nothing_at_all_means_number_one_and_nobody_who_stands_there_instead() -> None:
    assert chosen_number(Listed.CANDIDATE, None, after((7, 5))) == 1
    with pytest.raises(Conflict):
        chosen_number(Listed.CANDIDATE, None, after((7, 5), (5,)))


def test_a_line_that_is_gone_is_refused_with_what_it_was() -> None:
    escalation = told(brief(), brief(options=(Option(number=2, value="mod_b", line="B"),)))
    with pytest.raises(Conflict) as refusal:
        chosen_number(Listed.OPTION, 1, escalation)
    assert refusal.value.code == "option-gone"
    assert refusal.value.detail.startswith("1 was A, which is no longer in the catalogue.")
    assert refusal.value.evidence == {"number": 1, "model_id": "mod_a"}


@pytest.mark.parametrize(
    ("rounds", "which"),
    [
        (((7, 5, 9),), "from 1 to 3"),
        (((7, 5, 9), (9, 7)), "1 or 3"),
        (((7,),), "1"),
    ],
)
def test_a_number_that_nobody_ever_had_is_refused_with_those_that_there_are(
    rounds: tuple[tuple[int, ...], ...], which: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        chosen_number(Listed.CANDIDATE, 99, after(*rounds))
    assert f"Type the number of a candidate, {which}, and" in refusal.value.detail


def test_an_escalation_that_was_lost_goes_on_with_its_numbers() -> None:
    again = raised_again(after((7, 5), (8,)), NOW)
    assert numbers(briefed(again, gathered(again, 6, 5))) == [(6, 4), (5, 2)]


def test_no_name_is_remembered() -> None:
    known = after((7,)).numbers
    person = next(n for n in known if n.kind is Listed.CANDIDATE)
    assert (person.key, person.words) == (named("exp", 7), "expert no. 7")


def test_who_was_listed_and_is_gone_is_refused_though_nobody_is_left() -> None:
    nobody = after((7, 5), ())
    with pytest.raises(Conflict) as refusal:
        there(Listed.CANDIDATE, 2, nobody)
    assert (refusal.value.code, refusal.value.evidence["number"]) == ("candidate-gone", 2)
    assert there(Listed.CANDIDATE, 3, nobody) is None
    assert there(Listed.CANDIDATE, 2, after((7, 5))) == 2
