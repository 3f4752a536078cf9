"""What a solution is: times, skills, nobody at two places (docs/rules/matching.md, Who
counts; What a solution is)."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from models.calendar import Window, packed
from models.matching.problem import Fullness, HeldSkill
from models.rules.matching.evaluation import evaluate
from tests.models.rules.matching.groups import (
    ANNA,
    BEN,
    GAS,
    at,
    expert,
    group,
    hours,
    offer,
    seqs,
    starts,
    visit,
    visit_id,
)

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
    proposal = offer(1, ANNA, 1, "3:00-5:00").but(times=packed([morning]))
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
    proposal = offer(1, ANNA, 1, "1:00-4:00").but(times=packed([night]))
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
