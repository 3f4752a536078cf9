"""How full a group is, and which of its solutions is the least
(docs/rules/matching.md, How far a group is; Order of choice)."""

from models.matching.problem import Evaluation, Fullness, HeldSkill
from models.rules.matching.evaluation import evaluate, keys
from tests.models.rules.matching.groups import (
    ANNA,
    BEN,
    CARL,
    GAS,
    after,
    at,
    expert,
    group,
    hours,
    offer,
    seqs,
    starts,
    visit,
)

# ---- how full the group is ----


def test_a_group_without_proposals_is_empty() -> None:
    found = evaluate(group([visit(1, "gas")], [], GAS))
    assert found == Evaluation(fullness=Fullness.EMPTY)


def test_a_partial_group_names_every_missing_position() -> None:
    problem = group(
        [visit(1, "gas", "gas", "power"), visit(2, "gas", "roof")],
        [offer(1, ANNA, 1, "8:00-12:00"), offer(2, BEN, 2, "18:00-19:00")],
        [expert(ANNA, "gas", "power"), expert(BEN, "gas")],
    )
    found = evaluate(problem)
    assert found.fullness is Fullness.PARTIAL
    assert found.missing == ("1.1:gas", "1.2:power", "2.1:roof")


def test_positions_count_as_filled_in_their_order() -> None:
    """Whoever proposed first: the missing position is the last that cannot be filled."""
    experts = [expert(ANNA, "gas", "power"), expert(BEN, "gas")]
    ours = [offer(1, ANNA, 1, "8:00-9:00"), offer(2, BEN, 1, "8:00-9:00")]
    theirs = [offer(2, ANNA, 1, "8:00-9:00"), offer(1, BEN, 1, "8:00-9:00")]
    for offers in (ours, theirs):
        found = evaluate(group([visit(1, "gas", "power", "gas")], offers, experts))
        assert found.missing == ("1.2:gas",)


def test_everybody_is_there_but_never_together() -> None:
    problem = group(
        [visit(1, "gas", "gas")],
        [offer(1, ANNA, 1, "8:00-10:00"), offer(2, BEN, 1, "9:15-12:00")],
        GAS,
    )
    assert evaluate(problem) == Evaluation(fullness=Fullness.NO_COMMON_TIME)


def test_an_offer_outside_the_slots_is_eligible_and_has_no_common_time() -> None:
    found = evaluate(
        group([visit(1, "gas")], [offer(1, ANNA, 1, "8:00-9:00")], GAS, slots=hours("9:00-18:00"))
    )
    assert found == Evaluation(fullness=Fullness.NO_COMMON_TIME)


def test_a_refused_expert_is_ineligible_and_leaves_the_group_empty() -> None:
    suspended = expert(ANNA, "gas", refusal="expert-not-verified")
    offers = [offer(1, ANNA, 1, "8:00-9:00")]
    found = evaluate(group([visit(1, "gas")], offers, [suspended]))
    assert found == Evaluation(fullness=Fullness.EMPTY, ineligible=(offers[0].id,))


def test_a_skill_that_expires_before_the_first_offered_time_is_ineligible() -> None:
    expires_at_nine = expert(ANNA, HeldSkill(code="gas", expires_at=at("9:00")))
    late, early = offer(1, ANNA, 1, "8:15-12:00"), offer(2, ANNA, 1, "8:00-12:00")
    assert evaluate(group([visit(1, "gas")], [late], [expires_at_nine])) == Evaluation(
        fullness=Fullness.EMPTY, ineligible=(late.id,)
    )
    found = evaluate(group([visit(1, "gas")], [late, early], [expires_at_nine]))
    assert found.ineligible == (late.id,)
    assert seqs(found) == [2]


# ---- the least solution ----


def test_the_earlier_proposer_wins_at_the_same_time() -> None:
    offers = [offer(2, ANNA, 1, "8:00-12:00"), offer(1, BEN, 1, "8:00-9:00")]
    assert seqs(evaluate(group([visit(1, "gas")], offers, GAS))) == [1]


def test_an_earlier_time_wins_over_an_earlier_proposal() -> None:
    offers = [offer(1, ANNA, 1, "9:00-12:00"), offer(2, BEN, 1, "8:45-12:00")]
    found = evaluate(group([visit(1, "gas")], offers, GAS))
    assert (starts(found), seqs(found)) == (["8:45"], [2])


def test_of_one_experts_proposals_that_fit_the_lower_seq_counts() -> None:
    offers = [
        offer(1, ANNA, 1, "14:00-18:00"),
        offer(2, ANNA, 1, "8:00-12:00"),
        offer(3, ANNA, 1, "7:45-12:00"),
        offer(4, ANNA, 1, "7:45-18:00"),
    ]
    assert seqs(evaluate(group([visit(1, "gas")], offers, GAS))) == [3]


def test_the_first_visit_of_the_day_is_early_whichever_visit_it_is() -> None:
    """K1 before K2: that the second visit comes first is better than that both come later."""
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "9:00-10:00"), offer(2, BEN, 2, "8:00-9:00")],
        GAS,
    )
    assert starts(evaluate(problem)) == ["9:00", "8:00"]


def test_at_the_same_times_the_first_visit_goes_first() -> None:
    """K2 before K3: Anna's better places are for the other order of the visits."""
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [
            offer(1, ANNA, 2, "8:00-9:00"),
            offer(2, ANNA, 1, "9:00-10:00"),
            offer(3, ANNA, 1, "8:00-9:00"),
            offer(4, ANNA, 2, "9:00-10:00"),
        ],
        GAS,
    )
    found = evaluate(problem)
    assert (starts(found), seqs(found)) == (["8:00", "9:00"], [3, 4])


def test_priority_in_time_is_compared_over_the_whole_group() -> None:
    """K3 before K4: the first proposer is in, though that puts the last one on the first visit."""
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [
            offer(1, ANNA, 2, "8:00-9:00"),
            offer(2, ANNA, 1, "8:00-9:00"),
            offer(3, BEN, 2, "8:00-9:00"),
            offer(4, CARL, 1, "8:00-9:00"),
        ],
        GAS,
        slots=hours("8:00-9:00"),
    )
    assert seqs(evaluate(problem)) == [4, 1]


def test_among_the_chosen_the_first_position_goes_to_the_lower_seq() -> None:
    """K4: who does what, once it is settled who comes."""
    problem = group(
        [visit(1, "gas", "gas")],
        [offer(2, ANNA, 1, "8:00-9:00"), offer(1, BEN, 1, "8:00-9:00")],
        GAS,
    )
    assert seqs(evaluate(problem)) == [1, 2]


def test_the_keys_of_a_solution_are_what_it_was_compared_by() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas", "gas")],
        [
            offer(4, ANNA, 1, "9:00-10:00"),
            offer(1, BEN, 2, "8:00-9:00"),
            offer(2, CARL, 2, "8:00-9:00"),
        ],
        GAS,
    )
    found = evaluate(problem)
    assert found.solution is not None
    eight, nine = at("8:00"), at("9:00")
    assert keys(problem, found.solution) == ((eight, nine), (nine, eight), (1, 2, 4), (4, 1, 2))


def test_the_order_of_the_inputs_does_not_matter() -> None:
    problem = group(
        [visit(1, "gas", "power"), visit(2, "gas")],
        [
            offer(n + 1, name, 1 + n % 2, "8:00-12:00")
            for n, name in enumerate([ANNA, BEN, CARL] * 2)
        ],
        [expert(ANNA, "gas", "power"), expert(BEN, "gas"), expert(CARL, "power", "gas")],
        after(1, 2),
    )
    turned = problem.but(
        visits=problem.visits[::-1],
        proposals=problem.proposals[::-1],
        candidates=problem.candidates[::-1],
    )
    assert evaluate(turned) == evaluate(problem)


def test_a_spent_budget_is_an_answer_and_no_guess() -> None:
    problem = group([visit(1, "gas")], [offer(1, ANNA, 1, "8:00-12:00")], GAS)
    assert evaluate(problem.but(budget=0)) == Evaluation(fullness=Fullness.UNDECIDED)
    assert evaluate(problem).fullness is Fullness.FULL
