"""The matching rule, line by line of the text (domain §3.2 to §3.4, §3.6)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from models.calendar import Window
from models.matching import (
    Candidate,
    Evaluation,
    Fullness,
    HeldSkill,
    MatchingProblem,
)
from models.rules.matching import evaluate, keys
from models.visit import Dependency, Position, Proposal, Visit

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ANNA, BEN, CARL, DORA = ("anna", "ben", "carl", "dora")


def at(clock: str, day: int = 0) -> datetime:
    """A time of day on Monday, or some days later."""
    hour, minute = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


def hours(*spans: str, day: int = 0) -> tuple[Window, ...]:
    """Windows such as `8:00-12:30`."""
    return tuple(
        Window(start=at(start, day), end=at(end, day))
        for start, end in (span.split("-") for span in spans)
    )


def visit_id(number: int) -> str:
    return f"vis_00000000-0000-7000-8000-{number:012d}"


def visit(number: int, *skills: str, minutes: int = 60, level: int = 1) -> Visit:
    return Visit(
        id=visit_id(number),
        seq=number,
        duration=timedelta(minutes=minutes),
        positions=tuple(
            Position(idx=idx, skill=skill, min_level=level) for idx, skill in enumerate(skills)
        ),
    )


def expert_id(name: str) -> str:
    return f"exp_00000000-0000-7000-8000-{name.encode().hex():0>12}"


def offer(seq: int, name: str, number: int, *spans: str, day: int = 0) -> Proposal:
    """The proposal of that seq, by an expert for a visit."""
    return Proposal(
        id=f"prp_00000000-0000-7000-8000-{seq:012d}",
        visit_id=visit_id(number),
        expert_id=expert_id(name),
        windows=hours(*spans, day=day),
        seq=seq,
    )


def expert(
    name: str, *skills: str | HeldSkill, busy: Sequence[Window] = (), refusal: str | None = None
) -> Candidate:
    return Candidate(
        expert_id=expert_id(name),
        skills=tuple(HeldSkill(code=s) if isinstance(s, str) else s for s in skills),
        busy=tuple(busy),
        refusal=refusal,
    )


def after(
    first: int, then: int, least: int = 0, most: int | None = 60, same: bool = False
) -> Dependency:
    """The second visit `least` to `most` minutes after the first."""
    return Dependency(
        predecessor=visit_id(first),
        successor=visit_id(then),
        min_gap=timedelta(minutes=least),
        max_gap=None if most is None else timedelta(minutes=most),
        same_expert=same,
    )


def group(
    visits: Sequence[Visit],
    offers: Sequence[Proposal],
    experts: Sequence[Candidate],
    *dependencies: Dependency,
    slots: Sequence[Window] = hours("0:00-23:45"),
    ended: dict[int, datetime] | None = None,
    earliest: datetime = MONDAY,
) -> MatchingProblem:
    return MatchingProblem(
        visits=tuple(visits),
        dependencies=dependencies,
        ended={visit_id(number): end for number, end in (ended or {}).items()},
        slots={v.id: tuple(slots) for v in visits},
        proposals=tuple(offers),
        candidates=tuple(experts),
        earliest=earliest,
    )


def starts(found: Evaluation) -> list[str]:
    """When the visits begin, by visit sequence."""
    assert found.solution is not None, found.fullness
    ordered = sorted(found.solution.starts.items())
    return [f"{start:%H:%M}".removeprefix("0") for _, start in ordered]


def seqs(found: Evaluation) -> list[int]:
    """The used proposals, by visit sequence and position."""
    assert found.solution is not None, found.fullness
    return [chosen.seq for chosen in found.solution.crew]


GAS = [expert(name, "gas") for name in (ANNA, BEN, CARL, DORA)]


# ---- 1: the start, the slot, the window ----


def test_a_visit_starts_at_the_earliest_common_time() -> None:
    found = evaluate(
        group([visit(1, "gas")], [offer(1, ANNA, 1, "9:00-17:00")], GAS, slots=hours("11:00-18:00"))
    )
    assert found.fullness is Fullness.FULL
    assert starts(found) == ["11:00"]


def test_no_visit_starts_before_the_earliest_time() -> None:
    problem = group([visit(1, "gas")], [offer(1, ANNA, 1, "9:00-17:00")], GAS, earliest=at("12:05"))
    assert starts(evaluate(problem)) == ["12:15"]


def test_starts_are_on_the_grid_though_windows_are_not() -> None:
    assert starts(evaluate(group([visit(1, "gas")], [offer(1, ANNA, 1, "9:01-10:20")], GAS))) == [
        "9:15"
    ]
    too_ragged = group([visit(1, "gas")], [offer(1, ANNA, 1, "9:01-10:14")], GAS)
    assert evaluate(too_ragged).fullness is Fullness.NO_COMMON_TIME


def test_a_window_that_ends_with_the_visit_is_long_enough() -> None:
    assert starts(evaluate(group([visit(1, "gas")], [offer(1, ANNA, 1, "9:00-10:00")], GAS))) == [
        "9:00"
    ]


def test_a_visit_is_never_split_over_two_customer_slots() -> None:
    problem = group(
        [visit(1, "gas", minutes=120)],
        [offer(1, ANNA, 1, "8:00-18:00")],
        GAS,
        slots=hours("8:00-9:00", "9:30-11:15", "14:00-16:00"),
    )
    assert starts(evaluate(problem)) == ["14:00"]


def test_touching_windows_of_one_proposal_are_one_window() -> None:
    problem = group([visit(1, "gas")], [offer(1, ANNA, 1, "9:30-10:00", "9:00-9:30")], GAS)
    assert starts(evaluate(problem)) == ["9:00"]


def test_windows_are_never_glued_across_proposals() -> None:
    halves = [offer(1, ANNA, 1, "9:00-9:30"), offer(2, ANNA, 1, "9:30-10:15")]
    assert evaluate(group([visit(1, "gas")], halves, GAS)).fullness is Fullness.NO_COMMON_TIME


def test_the_grid_is_local_in_kathmandu_too() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    morning = Window(
        start=datetime(2026, 3, 2, 9, 0, tzinfo=kathmandu),
        end=datetime(2026, 3, 2, 10, 0, tzinfo=kathmandu),
    )
    proposal = offer(1, ANNA, 1, "3:00-5:00").but(windows=(morning,))
    found = evaluate(group([visit(1, "gas")], [proposal], GAS))
    assert found.solution is not None
    start = found.solution.starts[visit_id(1)]
    assert start == morning.start
    assert start.utcoffset() == timedelta(0)


def test_a_window_over_the_spring_change_is_as_long_as_it_lasts() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Window(
        start=datetime(2026, 3, 29, 1, 0, tzinfo=berlin),
        end=datetime(2026, 3, 29, 4, 0, tzinfo=berlin),
    )
    slots = hours("0:00-23:00", day=27)
    proposal = offer(1, ANNA, 1, "1:00-4:00").but(windows=(night,))
    two = group([visit(1, "gas", minutes=120)], [proposal], GAS, slots=slots)
    three = group([visit(1, "gas", minutes=135)], [proposal], GAS, slots=slots)
    assert starts(evaluate(two)) == ["0:00"]
    assert evaluate(three).fullness is Fullness.NO_COMMON_TIME


# ---- 2: skills, one position per person ----


def test_a_joint_visit_has_everybody_at_one_start() -> None:
    problem = group(
        [visit(1, "gas", "power")],
        [offer(1, ANNA, 1, "8:00-12:00"), offer(2, BEN, 1, "10:30-18:00")],
        [expert(ANNA, "gas"), expert(BEN, "power")],
    )
    assert starts(evaluate(problem)) == ["10:30"]


def test_one_person_never_fills_two_positions_even_with_both_skills() -> None:
    problem = group(
        [visit(1, "gas", "power")],
        [offer(1, ANNA, 1, "8:00-12:00")],
        [expert(ANNA, "gas", "power")],
    )
    found = evaluate(problem)
    assert found.fullness is Fullness.PARTIAL
    assert found.missing == ("1.1:power",)


def test_who_has_both_skills_leaves_the_common_one_to_the_other() -> None:
    problem = group(
        [visit(1, "gas", "power")],
        [offer(1, ANNA, 1, "8:00-12:00"), offer(2, BEN, 1, "8:00-12:00")],
        [expert(ANNA, "gas", "power"), expert(BEN, "gas")],
    )
    assert seqs(evaluate(problem)) == [2, 1]


def test_a_skill_below_the_level_is_no_skill() -> None:
    novice, master = HeldSkill(code="gas", level=2), HeldSkill(code="gas", level=3)
    problem = group(
        [visit(1, "gas", level=3)],
        [offer(1, ANNA, 1, "8:00-12:00"), offer(2, BEN, 1, "9:00-12:00")],
        [expert(ANNA, novice), expert(BEN, master)],
    )
    found = evaluate(problem)
    assert seqs(found) == [2]
    assert found.ineligible == (offer(1, ANNA, 1).id,)


def test_a_skill_must_outlast_the_visit() -> None:
    until_ten = HeldSkill(code="gas", expires_at=at("10:00"))
    offers = [offer(1, ANNA, 1, "8:00-12:00")]
    experts = [expert(ANNA, until_ten)]
    last = group([visit(1, "gas")], offers, experts, slots=hours("9:00-12:00"))
    late = group([visit(1, "gas")], offers, experts, slots=hours("9:15-12:00"))
    assert starts(evaluate(last)) == ["9:00"]
    assert evaluate(late).fullness is Fullness.NO_COMMON_TIME
    assert evaluate(late).ineligible == ()


# ---- 3: nobody at two places ----


def test_a_busy_expert_is_not_booked_and_touching_is_not_overlapping() -> None:
    busy = expert(ANNA, "gas", busy=hours("8:00-9:00", "10:00-11:30"))
    problem = group([visit(1, "gas")], [offer(1, ANNA, 1, "8:00-18:00")], [busy])
    assert starts(evaluate(problem)) == ["9:00"]
    longer = group([visit(1, "gas", minutes=75)], [offer(1, ANNA, 1, "8:00-18:00")], [busy])
    assert starts(evaluate(longer)) == ["11:30"]


def test_nobody_is_on_two_overlapping_visits_of_the_group() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "9:00-18:00"), offer(2, ANNA, 2, "9:00-18:00")],
        GAS,
    )
    assert starts(evaluate(problem)) == ["9:00", "10:00"]


def test_unordered_visits_may_overlap_with_different_people() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "9:00-18:00"), offer(2, BEN, 2, "9:00-18:00")],
        GAS,
    )
    assert starts(evaluate(problem)) == ["9:00", "9:00"]


# ---- 4: dependencies ----


def test_the_early_plumber_loses_when_the_electrician_cannot_follow() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "power")],
        [
            offer(1, ANNA, 1, "8:00-9:00"),
            offer(2, BEN, 1, "13:00-14:00"),
            offer(3, CARL, 2, "14:00-18:00"),
        ],
        [expert(ANNA, "gas"), expert(BEN, "gas"), expert(CARL, "power")],
        after(1, 2),
    )
    found = evaluate(problem)
    assert starts(found) == ["13:00", "14:00"]
    assert seqs(found) == [2, 3]


@pytest.mark.parametrize(
    ("least", "most", "second"),
    [(0, 60, "10:00"), (30, 60, "10:30"), (20, None, "10:30"), (45, 45, "10:45")],
)
def test_the_successor_keeps_its_gap(least: int, most: int | None, second: str) -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "9:00-18:00"), offer(2, BEN, 2, "9:00-18:00")],
        GAS,
        after(1, 2, least, most),
    )
    assert starts(evaluate(problem)) == ["9:00", second]


def test_a_largest_gap_pulls_the_first_visit_later() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "9:00-18:00"), offer(2, BEN, 2, "15:00-18:00")],
        GAS,
        after(1, 2, 0, 30),
    )
    assert starts(evaluate(problem)) == ["13:30", "15:00"]


def test_gaps_that_contradict_each_other_leave_no_common_time() -> None:
    visits = [visit(n, "gas") for n in (1, 2, 3)]
    offers = [offer(n, name, n, "0:00-23:00") for n, name in ((1, ANNA), (2, BEN), (3, CARL))]
    shortcut = (after(1, 2), after(2, 3), after(1, 3, 0, 30))
    circle = (after(1, 2), after(2, 1))
    assert evaluate(group(visits, offers, GAS, *shortcut)).fullness is Fullness.NO_COMMON_TIME
    assert evaluate(group(visits, offers, GAS, *circle)).fullness is Fullness.NO_COMMON_TIME


def test_a_completed_predecessor_counts_by_its_actual_end() -> None:
    def settled(most: int | None) -> Evaluation:
        return evaluate(
            group(
                [visit(2, "gas")],
                [offer(1, ANNA, 2, "8:00-9:00", "12:00-18:00")],
                GAS,
                after(1, 2, 30, most),
                ended={1: at("11:50")},
            )
        )

    assert starts(settled(60)) == ["12:30"]
    assert settled(35).fullness is Fullness.NO_COMMON_TIME


def test_the_same_expert_does_both_visits() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas")],
        [
            offer(1, ANNA, 1, "8:00-12:00"),
            offer(2, BEN, 2, "9:00-12:00"),
            offer(3, BEN, 1, "10:00-12:00"),
        ],
        GAS,
        after(1, 2, same=True),
    )
    found = evaluate(problem)
    assert starts(found) == ["10:00", "11:00"]
    assert seqs(found) == [3, 2]


def test_the_same_experts_may_change_positions_between_visits() -> None:
    problem = group(
        [visit(1, "gas", "power"), visit(2, "power", "gas")],
        [offer(1 + e + 2 * v, (ANNA, BEN)[e], v + 1, "8:00-18:00") for v in (0, 1) for e in (0, 1)],
        [expert(ANNA, "gas"), expert(BEN, "power")],
        after(1, 2, same=True),
    )
    assert seqs(evaluate(problem)) == [1, 2, 4, 3]


def test_the_same_experts_cannot_do_visits_of_different_size() -> None:
    problem = group(
        [visit(1, "gas"), visit(2, "gas", "gas")],
        [
            offer(1, ANNA, 1, "8:00-18:00"),
            offer(2, ANNA, 2, "8:00-18:00"),
            offer(3, BEN, 2, "8:00-18:00"),
        ],
        GAS,
        after(1, 2, same=True),
    )
    assert evaluate(problem).fullness is Fullness.NO_COMMON_TIME


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
    assert evaluate(problem, budget=0) == Evaluation(fullness=Fullness.UNDECIDED)
    assert evaluate(problem).fullness is Fullness.FULL
