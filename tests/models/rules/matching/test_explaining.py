"""Why each proposal won or lost."""

from collections.abc import Sequence

import pytest

from models.matching.decision import ProposalVerdict, Verdict
from models.matching.problem import Candidate, HeldSkill, MatchingProblem
from models.rules.matching.evaluation import evaluate
from models.rules.matching.explaining import out_of_the_running, verdicts
from models.visit import Proposal, ProposalState
from tests.models.rules.matching.groups import (
    ANNA,
    BEN,
    CARL,
    GAS,
    after,
    at,
    expert,
    expert_id,
    group,
    hours,
    offer,
    visit,
    visit_id,
)

DAY = hours("8:00-18:00")
V = Verdict


def explained(problem: MatchingProblem) -> list[ProposalVerdict]:
    solution = evaluate(problem).solution
    assert solution is not None
    return verdicts(problem, solution)


def told(problem: MatchingProblem) -> list[tuple[int, Verdict, str | None, int | None]]:
    """Of every proposal: its place, what became of it, its first start and who beat it."""
    return [
        (v.seq, v.verdict, v.first_start and f"{v.first_start:%H:%M}", v.beaten_by)
        for v in explained(problem)
    ]


def one_visit(
    offers: Sequence[Proposal], experts: Sequence[Candidate] = GAS, **more: object
) -> MatchingProblem:
    return group([visit(1, "gas")], offers, experts, slots=DAY).but(**more)


def test_a_verdict_names_the_proposal_its_expert_and_its_visit() -> None:
    [verdict] = explained(one_visit([offer(7, ANNA, 1, "8:00-9:00")]))
    assert verdict == ProposalVerdict(
        proposal_id=offer(7, ANNA, 1).id,
        visit_id=visit_id(1),
        expert_id=expert_id(ANNA),
        seq=7,
        verdict=V.WON,
        first_start=at("8:00"),
    )


LOSERS = {
    "came later": ([offer(2, BEN, 1, "8:00-12:00")], GAS, (2, V.PRIORITY, "08:00", 1)),
    "could only come later": ([offer(2, BEN, 1, "8:15-12:00")], GAS, (2, V.LATER, "08:15", None)),
    "not when the customer is at home": (
        [offer(2, BEN, 1, "6:00-8:45", "17:15-20:00")],
        GAS,
        (2, V.OUTSIDE_SLOTS, None, None),
    ),
    "busy at every such time": (
        [offer(2, BEN, 1, "8:00-9:45")],
        [expert(ANNA, "gas"), expert(BEN, "gas", busy=hours("8:45-9:00"))],
        (2, V.BUSY, None, None),
    ),
    "busy at the best such time": (
        [offer(2, BEN, 1, "8:00-10:00")],
        [expert(ANNA, "gas"), expert(BEN, "gas", busy=hours("8:30-9:00"))],
        (2, V.LATER, "09:00", None),
    ),
    "without the skill": (
        [offer(2, BEN, 1, "8:00-9:00")],
        [expert(ANNA, "gas"), expert(BEN, "wiring")],
        (2, V.SKILL_MISSING, None, None),
    ),
    "whose skill had run out": (
        [offer(2, BEN, 1, "8:00-9:00")],
        [expert(ANNA, "gas"), expert(BEN, HeldSkill(code="gas", expires_at=at("7:00")))],
        (2, V.SKILL_MISSING, None, None),
    ),
    "who may not work here": (
        [offer(2, BEN, 1, "8:00-9:00")],
        [expert(ANNA, "gas"), expert(BEN, "gas", refusal="outside-area")],
        (2, V.INELIGIBLE, None, None),
    ),
    "of whom nothing is known": (
        [offer(2, BEN, 1, "8:00-9:00")],
        [expert(ANNA, "gas")],
        (2, V.INELIGIBLE, None, None),
    ),
}


@pytest.mark.parametrize(("others", "experts", "verdict"), LOSERS.values(), ids=LOSERS)
def test_who_lost_hears_what_was_against_them(
    others: list[Proposal], experts: list[Candidate], verdict: tuple[object, ...]
) -> None:
    problem = one_visit([offer(1, ANNA, 1, "8:00-9:00"), *others], experts)
    won, lost = told(problem)
    assert won == (1, V.WON, "08:00", None)
    assert lost == verdict


def test_verdicts_come_in_the_order_of_places() -> None:
    offers = [offer(n, name, 1, "8:00-9:00") for n, name in ((3, CARL), (1, ANNA), (2, BEN))]
    found = told(one_visit(offers))
    assert [seq for seq, *_ in found] == [1, 2, 3]
    assert [beaten for *_, beaten in found] == [None, 1, 1]


def test_of_several_who_were_preferred_the_last_one_before_is_named() -> None:
    joint = group(
        [visit(1, "gas", "gas")],
        [offer(n, name, 1, "8:00-9:00") for n, name in ((1, ANNA), (2, BEN), (5, CARL))],
        GAS,
    )
    assert told(joint)[-1] == (5, V.PRIORITY, "08:00", 2)


def test_who_came_first_but_cannot_be_at_both_visits_has_no_crew() -> None:
    same = group(
        [visit(1, "gas"), visit(2, "gas")],
        [
            offer(1, ANNA, 1, "8:00-9:00"),
            offer(2, BEN, 1, "8:00-9:00"),
            offer(3, BEN, 2, "9:00-10:00"),
        ],
        GAS,
        after(1, 2, same=True),
    )
    assert told(same)[0] == (1, V.NO_CREW, "08:00", None)


def test_whoever_is_needed_at_another_visit_at_that_time_has_no_crew_at_this_one() -> None:
    apart = group(
        [visit(1, "gas"), visit(2, "wiring")],
        [
            offer(1, ANNA, 1, "8:00-9:00"),
            offer(2, ANNA, 2, "8:00-9:00"),
            offer(3, BEN, 1, "8:00-9:00"),
        ],
        [expert(ANNA, "gas", "wiring"), expert(BEN, "gas")],
    )
    assert told(apart) == [
        (1, V.NO_CREW, "08:00", None),
        (2, V.WON, "08:00", None),
        (3, V.WON, "08:00", None),
    ]


def test_whose_second_offer_fits_as_well_as_the_first_is_preferred_by_the_first() -> None:
    problem = one_visit([offer(1, ANNA, 1, "8:00-9:00"), offer(2, ANNA, 1, "8:00-10:00")])
    assert told(problem)[1] == (2, V.PRIORITY, "08:00", 1)


def test_whose_times_are_over_is_not_told_of_the_customers_slots() -> None:
    late = one_visit([offer(1, ANNA, 1, "9:00-10:00"), offer(2, BEN, 1, "8:00-9:00")])
    assert told(late.but(earliest=at("8:15")))[1] == (2, V.NO_WINDOW, None, None)


def test_whose_skill_ends_before_the_customers_time_misses_it_then() -> None:
    ends = HeldSkill(code="gas", expires_at=at("7:30"))
    problem = one_visit(
        [offer(1, ANNA, 1, "8:00-9:00"), offer(2, BEN, 1, "6:00-7:30", "8:00-9:00")],
        [expert(ANNA, "gas"), expert(BEN, ends)],
    )
    assert told(problem)[1] == (2, V.SKILL_MISSING, None, None)


def test_who_could_come_sooner_but_with_nobody_else_had_no_crew() -> None:
    joint = group(
        [visit(1, "gas", "wiring")],
        [
            offer(1, ANNA, 1, "8:00-9:00"),
            offer(2, BEN, 1, "10:00-11:00"),
            offer(3, CARL, 1, "10:00-11:00"),
        ],
        [expert(ANNA, "gas"), expert(BEN, "gas"), expert(CARL, "wiring")],
        slots=DAY,
    )
    assert told(joint) == [
        (1, V.NO_CREW, "08:00", None),
        (2, V.WON, "10:00", None),
        (3, V.WON, "10:00", None),
    ]


def test_each_proposal_is_judged_by_its_own_visit() -> None:
    chain = group(
        [visit(1, "gas"), visit(2, "wiring")],
        [
            offer(1, ANNA, 1, "8:00-9:00"),
            offer(2, BEN, 2, "9:00-10:00"),
            offer(3, CARL, 2, "9:00-10:00"),
        ],
        [expert(ANNA, "gas"), expert(BEN, "wiring"), expert(CARL, "wiring")],
        after(1, 2),
    )
    assert told(chain) == [
        (1, V.WON, "08:00", None),
        (2, V.WON, "09:00", None),
        (3, V.PRIORITY, "09:00", 2),
    ]
    assert [v.visit_id for v in explained(chain)] == [visit_id(1), visit_id(2), visit_id(2)]


def test_at_a_visit_that_a_hand_fixed_only_its_own_time_counts() -> None:
    fixed = group(
        [visit(1, "gas").but(start=at("10:00"))],
        [offer(1, ANNA, 1, "10:00-11:00"), offer(2, BEN, 1, "8:00-9:00")],
        GAS,
        slots=DAY,
    )
    assert told(fixed)[1] == (2, V.OUTSIDE_SLOTS, None, None)
    around = fixed.but(proposals=(fixed.proposals[0], offer(2, BEN, 1, "8:00-12:00")))
    assert told(around)[1] == (2, V.PRIORITY, "10:00", 1)


# What did not count at all.


@pytest.mark.parametrize(
    ("state", "by_hand", "verdict"),
    [
        (ProposalState.INELIGIBLE, False, V.INELIGIBLE),
        (ProposalState.WITHDRAWN, False, V.WITHDRAWN),
        (ProposalState.ACTIVE, False, None),
        (ProposalState.SELECTED, False, None),
        (ProposalState.RELEASED, False, None),
        (ProposalState.SELECTED, True, V.WON),
        (ProposalState.RELEASED, True, V.BY_HAND),
        (ProposalState.WITHDRAWN, True, V.WITHDRAWN),
        (ProposalState.ACTIVE, True, None),
    ],
)
def test_what_did_not_count_is_explained_by_its_state(
    state: ProposalState, by_hand: bool, verdict: Verdict | None
) -> None:
    proposal = offer(4, ANNA, 1, "8:00-9:00").but(state=state)
    found = out_of_the_running(proposal, {visit_id(1)} if by_hand else {visit_id(2)})
    if verdict is None:
        assert found is None
    else:
        assert found == ProposalVerdict(
            proposal_id=proposal.id,
            visit_id=visit_id(1),
            expert_id=expert_id(ANNA),
            seq=4,
            verdict=verdict,
        )
