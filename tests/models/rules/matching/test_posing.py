"""The problem that a group poses: which visits, whose offers, and what stands around them."""

from datetime import datetime

import pytest

from models.geography import Spot
from models.matching.problem import Candidate, Fullness, HeldSkill, MatchingProblem
from models.people.diary import Diary, Held
from models.people.expert import Expert, ExpertStatus
from models.promise.policy import Policies
from models.rules.matching.evaluation import evaluate
from models.rules.matching.posing import problem_of, proposers
from models.ticket import Ticket
from models.visit import Assignment, Dependency, Position, Visit, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    LENGTH,
    NOW,
    VISIT,
    admitted,
    between,
    named,
    proposed,
    with_matching,
)

PLACE = Spot(lat=52.5, lng=13.4)
SECOND, THIRD = named("vis", 2), named("vis", 3)
CARL = named("exp", 3)
SKILLS = (HeldSkill(code="refrigeration"),)


def diary(expert: str, *busy: tuple[str, float, float], zone: str = "berlin") -> Diary:
    """An expert's calendar with visits at the same address, so that nobody travels."""
    home = Spot(lat=0, lng=0)
    return Diary(
        expert=Expert(
            id=expert,
            status=ExpertStatus.VERIFIED,
            zone=zone,
            home=home,
            radius_km=1,
            skills=SKILLS,
        ),
        number=1,
        version=1,
        visits=tuple(
            Held(assignment_id="asg_9", visit_id=visit, window=between(a, b), place=PLACE)
            for visit, a, b in busy
        ),
        time_off=(between(30, 31),),
    )


def posed(ticket: Ticket, *diaries: Diary, now: datetime = NOW) -> MatchingProblem:
    [group] = ticket.matching.groups
    return problem_of(ticket, group, PLACE, diaries, now)


def chain(
    *rules: Dependency, same: bool = False, crew: tuple[str, ...] = (ANNA,), need: int = 1
) -> Ticket:
    """A visit that stands tomorrow, made by some crew, and one after it that waits."""
    ticket = admitted(skills=("refrigeration",) * need)
    [visit], [group] = ticket.visits, ticket.matching.groups
    stands = visit.but(
        id=SECOND,
        seq=2,
        state=VisitState.SCHEDULED,
        start=NOW + 20 * HOUR,
        assignments=tuple(
            Assignment(id=f"asg_{i}", visit_id=SECOND, position=i, expert_id=who)
            for i, who in enumerate(crew)
        ),
    )
    default = Dependency(predecessor=SECOND, successor=VISIT, same_expert=same)
    group = group.but(visit_ids=(VISIT, SECOND), dependencies=rules or (default,))
    return ticket.but(visits=(visit, stands), matching=ticket.matching.but(groups=(group,)))


def offered(ticket: Ticket, *experts: str) -> list[str]:
    """Whose offers, of one each, still count."""
    for number, expert in enumerate(experts, start=1):
        ticket = proposed(ticket, number, expert)
    return [p.expert_id for p in posed(ticket).proposals]


def test_a_problem_is_what_waits_who_offers_and_when_both_sides_have_time() -> None:
    ticket = proposed(proposed(admitted(), 1, BEN), 2, ANNA)
    problem = posed(ticket, diary(ANNA, (THIRD, 25, 26)), diary(BEN, zone="potsdam"))
    assert problem == MatchingProblem(
        visits=ticket.visits,
        slots={VISIT: (between(24, 36),)},
        proposals=ticket.matching.proposals,
        candidates=(
            Candidate(expert_id=ANNA, skills=SKILLS, busy=(between(25, 26), between(30, 31))),
            Candidate(
                expert_id=BEN, skills=SKILLS, busy=(between(30, 31),), refusal="outside-area"
            ),
        ),
        earliest=NOW + HOUR,
    )


def test_how_much_notice_an_expert_needs_is_a_policy() -> None:
    assert posed(admitted(policies=Policies(min_lead=3 * HOUR))).earliest == NOW + 3 * HOUR


def test_calendars_are_read_of_those_who_still_offer_each_once() -> None:
    ticket = proposed(proposed(proposed(admitted(), 1, BEN), 2, ANNA), 3, BEN)
    assert proposers(ticket, ticket.matching.groups[0]) == [ANNA, BEN]
    assert posed(ticket, diary(CARL), diary(ANNA)).candidates == (
        Candidate(expert_id=ANNA, skills=SKILLS, busy=(between(30, 31),)),
    )


def test_open_visits_come_in_their_order_and_those_of_other_groups_not_at_all() -> None:
    ticket = admitted()
    [visit] = ticket.visits
    first, other = visit.but(id=SECOND, seq=0), visit.but(id=THIRD, seq=3)
    ticket = ticket.but(visits=(visit, first, other))
    ticket = ticket.with_group(ticket.matching.groups[0].but(visit_ids=(VISIT, SECOND)))
    assert [v.id for v in posed(ticket).visits] == [SECOND, VISIT]
    assert set(posed(ticket).slots) == {SECOND, VISIT}


def test_a_visits_own_times_go_before_the_tickets() -> None:
    ticket = admitted()
    ticket = ticket.with_visit(ticket.visits[0].but(slots=(between(50, 55),)))
    assert posed(ticket).slots == {VISIT: (between(50, 55),)}


def test_what_stands_is_matched_around_by_its_times() -> None:
    problem = posed(chain())
    assert [v.id for v in problem.visits] == [VISIT]
    assert problem.dependencies == (Dependency(predecessor=SECOND, successor=VISIT),)
    assert problem.begins == {SECOND: NOW + 20 * HOUR}
    assert problem.ended == {SECOND: NOW + 20 * HOUR + LENGTH}


@pytest.mark.parametrize(
    ("changed", "begins", "ended"),
    [
        ({"state": VisitState.COMPLETED, "actual_end": NOW + HOUR}, False, NOW + HOUR),
        ({"state": VisitState.COMPLETED}, False, NOW + 20 * HOUR + LENGTH),
        ({"state": VisitState.CANCELLED, "start": None}, False, None),
        ({"state": VisitState.SCHEDULED, "start": None}, False, None),
    ],
)
def test_of_what_is_done_the_actual_end_counts_and_nothing_of_what_has_no_time(
    changed: dict[str, object], begins: bool, ended: datetime | None
) -> None:
    ticket = chain()
    problem = posed(ticket.with_visit(ticket.visits[1].but(**changed)))
    assert (SECOND in problem.begins) is begins
    assert problem.ended.get(SECOND) == ended


def test_a_visit_of_another_group_begins_nothing_here() -> None:
    ticket = chain()
    ticket = ticket.with_group(ticket.matching.groups[0].but(visit_ids=(VISIT,)))
    assert posed(ticket).begins == {}
    assert posed(ticket).ended == {SECOND: NOW + 20 * HOUR + LENGTH}


def test_the_steps_of_a_search_are_part_of_its_problem() -> None:
    ticket = proposed(admitted())
    [group] = ticket.matching.groups
    assert posed(ticket).budget == 75_000
    assert posed(ticket.with_group(group.but(undecided=2))).budget == 300_000
    assert evaluate(posed(ticket, diary(ANNA)).but(budget=0)).fullness is Fullness.UNDECIDED


# A hand was there before.


def by_hand(ticket: Ticket, visit: Visit) -> Ticket:
    taken = Assignment(id="asg_1", visit_id=VISIT, position=0, expert_id=ANNA)
    return ticket.with_visit(visit.but(start=NOW + 26 * HOUR, assignments=(taken,)))


def test_whom_a_hand_sent_has_no_other_part_in_a_visit_and_their_position_is_taken() -> None:
    ticket = proposed(proposed(admitted(skills=("gas", "refrigeration")), 1, ANNA), 2, BEN)
    problem = posed(by_hand(ticket, ticket.visits[0]), diary(ANNA), diary(BEN))
    assert problem.visits[0].positions == (Position(idx=1, skill="refrigeration"),)
    assert [p.expert_id for p in problem.proposals] == [BEN]
    assert [c.expert_id for c in problem.candidates] == [BEN]


def test_who_can_fill_only_what_a_hand_filled_waits_and_is_not_called_unfit() -> None:
    ticket = proposed(proposed(admitted(skills=("refrigeration", "gas")), 1, ANNA), 2, BEN)
    problem = posed(by_hand(ticket, ticket.visits[0]), diary(ANNA), diary(BEN))
    assert (problem.proposals, problem.candidates) == ((), ())
    before = posed(ticket, diary(ANNA), diary(BEN))
    assert [p.expert_id for p in before.proposals] == [ANNA, BEN]
    elsewhere = posed(by_hand(ticket, ticket.visits[0]), diary(BEN, zone="nowhere"))
    assert [p.expert_id for p in elsewhere.proposals] == [BEN]


def test_what_a_hand_booked_holds_its_expert_and_what_the_rule_may_move_does_not() -> None:
    ticket = proposed(admitted(), 1, BEN)
    calendar = diary(BEN, (VISIT, 25, 26))
    [free] = posed(ticket, calendar).candidates
    assert free.busy == (between(30, 31),)
    fixed = ticket.with_visit(ticket.visits[0].but(start=NOW + 26 * HOUR))
    [held] = posed(fixed, calendar).candidates
    assert held.busy == (between(25, 26), between(30, 31))


# Visits that must have the same people.


def test_beside_a_visit_that_stands_only_its_crew_counts_where_people_must_be_the_same() -> None:
    assert offered(chain(same=False), ANNA, BEN) == [ANNA, BEN]
    assert offered(chain(same=True), ANNA, BEN) == [ANNA]
    before = Dependency(predecessor=VISIT, successor=SECOND, same_expert=True)
    assert offered(chain(before), ANNA, BEN) == [ANNA]


def test_a_crew_of_another_size_cannot_be_the_same_people() -> None:
    assert offered(chain(same=True, crew=(ANNA, BEN)), ANNA, BEN) == []
    assert offered(chain(same=True, crew=(ANNA, BEN), need=2), ANNA, BEN, CARL) == [ANNA, BEN]


def test_every_rule_of_a_group_is_kept() -> None:
    unknown = Dependency(predecessor=THIRD, successor=VISIT, same_expert=True)
    loose = Dependency(predecessor=SECOND, successor=VISIT)
    strict = loose.but(same_expert=True)
    for rules in ((unknown, strict), (loose, strict), (strict, loose)):
        assert offered(chain(*rules), ANNA, BEN) == [ANNA]
    assert offered(chain(unknown), ANNA, BEN) == [ANNA, BEN]


def test_each_of_two_visits_beside_one_that_stands_keeps_to_its_people() -> None:
    ticket = chain(same=True)
    first, stands = ticket.visits
    ticket = ticket.but(visits=(first, stands, first.but(id=THIRD, seq=3)))
    [group] = ticket.matching.groups
    rules = tuple(
        Dependency(predecessor=SECOND, successor=v, same_expert=True) for v in (VISIT, THIRD)
    )
    ticket = ticket.with_group(group.but(visit_ids=(VISIT, SECOND, THIRD), dependencies=rules))
    for number, expert in enumerate((ANNA, BEN), start=1):
        ticket = proposed(ticket, number, expert)
    elsewhere = [
        p.but(id=named("prp", p.seq + 2), visit_id=THIRD) for p in ticket.matching.proposals
    ]
    ticket = with_matching(ticket, proposals=(*ticket.matching.proposals, *elsewhere))
    assert [(p.visit_id, p.expert_id) for p in posed(ticket).proposals] == [
        (VISIT, ANNA),
        (THIRD, ANNA),
    ]


def test_two_visits_that_both_wait_are_left_to_the_matching() -> None:
    ticket = chain(same=True)
    ticket = ticket.with_visit(
        ticket.visits[1].but(state=VisitState.OPEN, start=None, assignments=())
    )
    assert offered(ticket, ANNA, BEN) == [ANNA, BEN]


def test_offers_for_what_stands_do_not_count() -> None:
    ticket = chain()
    other = proposed(ticket).matching.proposals[0].but(visit_id=SECOND)
    assert posed(with_matching(ticket, proposals=(other,))).proposals == ()


def test_a_skill_that_runs_out_counts_for_what_a_hand_filled_while_it_lasts() -> None:
    ticket = proposed(admitted(skills=("refrigeration", "gas")), 1, BEN)
    fixed = by_hand(ticket, ticket.visits[0])
    assert len(posed(fixed).proposals) == 1, "of whom nothing is known, nothing is provided for"
    ben = diary(BEN)
    for lasts, left in ((26 * HOUR, 0), (25 * HOUR, 1)):
        skill = HeldSkill(code="refrigeration", expires_at=NOW + lasts)
        short = ben.but(expert=ben.expert.but(skills=(skill,)))
        assert len(posed(fixed, short).proposals) == left
