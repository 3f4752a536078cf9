"""Nobody is sent by hand to one position who is counted on for another."""

from itertools import combinations, permutations

import pytest

from models.escalation import EscalationReason
from models.rules.escalation.briefing import brief_of
from models.rules.escalation.kind import Picture
from models.rules.escalation.staffing import Able, brings_nearer, most_filled, why_nobody
from models.visit import Position
from tests.models.rules.escalation.briefs import candidate, told
from tests.models.rules.stories import NOW, admitted

FITTER = Position(idx=0, skill="gas-fitting", min_level=2)


def literally(positions: tuple[int, ...], able: Able) -> int:
    """Every way to seat every choice of positions."""
    for size in range(len(positions), 0, -1):
        for chosen in combinations(positions, size):
            for who in permutations(able, size):
                if all(p in able[w] for p, w in zip(chosen, who, strict=True)):
                    return size
    return 0


@pytest.mark.parametrize(
    "able",
    [
        {},
        {"a": (0, 1)},
        {"a": (0, 1), "b": (0,)},
        {"a": (0,), "b": (0,), "c": (1, 2)},
        {"a": (0, 1, 2), "b": (0, 1), "c": (0,)},
        {"a": (2,), "b": (2,), "c": (2,)},
        {"a": ()},
    ],
)
def test_as_many_positions_are_filled_as_there_are_ways_to(able: Able) -> None:
    for count in range(4):
        positions = tuple(range(count))
        assert most_filled(positions, able) == literally(positions, able)


def test_the_only_plumber_is_not_sent_as_the_fitter() -> None:
    able = {"mehmet": (0, 1)}
    assert not brings_nearer("mehmet", 1, (0, 1), able)
    assert brings_nearer("gareth", 1, (0, 1), able)


def test_who_is_not_needed_elsewhere_may_be_sent() -> None:
    able = {"mehmet": (0, 1), "ines": (0,)}
    assert brings_nearer("mehmet", 1, (0, 1), able)
    assert not brings_nearer("mehmet", 0, (0, 1), able)


def test_where_everything_could_be_filled_it_still_can_be() -> None:
    able = {"hana": (0, 1), "emil": (1,)}
    assert brings_nearer("hana", 0, (0, 1), able)
    assert not brings_nearer("hana", 1, (0, 1), able)


def test_the_last_position_is_anybodys() -> None:
    assert brings_nearer("hana", 1, (1,), {"hana": (1,)})
    assert brings_nearer("jo", 1, (1,), {})


@pytest.mark.parametrize(
    ("able", "spare", "has_times", "says"),
    [
        (0, 0, True, "nobody who may work in the zone berlin has gas fitting (level 2)"),
        (3, 3, False, "no time of the customer, or of the visit, still lies far enough ahead"),
        (2, 0, True, "all 2 experts who have gas fitting (level 2) there are counted on for"),
        (1, 1, True, "the only expert who has gas fitting (level 2) there is on the visit already"),
    ],
)
def test_where_nobody_can_be_sent_it_is_said_why(
    able: int, spare: int, has_times: bool, says: str
) -> None:
    why = why_nobody(FITTER, "berlin", able, spare, has_times=has_times)
    assert why.startswith(says)
    asked = told().but(reason=EscalationReason.NO_PROPOSALS)
    picture = Picture(ticket=admitted(), now=NOW, nobody=why)
    assert f"Nobody could be sent: {why}" in brief_of(picture, asked).facts
    somebody = picture.but(candidates=(candidate(1, 1),))
    assert not any(f.startswith("Nobody could") for f in brief_of(somebody, asked).facts)


def test_of_many_positions_that_nobody_offers_to_fill_one_more_is_nearer() -> None:
    assert brings_nearer("jo", 0, (0, 1, 2), {})
    assert brings_nearer("jo", 0, (0, 1, 2), {"hana": (1,)})
    assert not brings_nearer("hana", 0, (0, 1, 2), {"hana": (1,)})
