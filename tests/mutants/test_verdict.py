"""What a run over mutants says, from a list of results as the tool prints it."""

import tomllib

from tests.architecture.source import ROOT
from tests.mutants.verdict import Mutant, mutants_of, share_killed, told

RESULTS = """
    models.rules.ticket.closing.x_cancelled__mutmut_1: killed
    models.rules.ticket.closing.x_cancelled__mutmut_2: survived
    models.rules.ticket.closing.x__given_up__mutmut_1: timeout
    models.rules.matching.slots.x_acceptable_slots__mutmut_1: no tests
    models.rules.money.pricing.x_priced__mutmut_1: killed
"""


def found() -> list[Mutant]:
    return list(mutants_of(RESULTS.splitlines()))


def test_a_mutant_that_fails_a_test_or_never_ends_is_killed() -> None:
    assert [mutant.is_killed for mutant in found()] == [True, False, True, False, True]
    assert share_killed(found()) == 0.6
    assert share_killed([]) == 0.0


def test_survivors_are_listed_then_their_modules_then_the_share() -> None:
    assert list(told(found())) == [
        "  survived  models.rules.ticket.closing.x_cancelled__mutmut_2",
        "  no tests  models.rules.matching.slots.x_acceptable_slots__mutmut_1",
        "    0 of 1     models.rules.matching.slots",
        "    2 of 3     models.rules.ticket.closing",
        "killed 3 of 5: 0.600, to be 0.90",
    ]


def test_what_is_left_out_of_the_mutants_is_there() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name in settings["tool"]["mutmut"]["do_not_mutate"]:
        assert any(ROOT.glob(name)), name
