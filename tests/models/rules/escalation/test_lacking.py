"""What of a ticket still lacks somebody."""

from models.rules.escalation.lacking import first_lacking, position_to_fill
from models.visit import AssignmentState, VisitGroup
from tests.models.rules.stories import ANNA, BEN, VISIT, admitted, scheduled

SKILLS = ("refrigeration", "electrics")


def lacks(*missing: str) -> VisitGroup:
    [group] = admitted(skills=SKILLS).matching.groups
    return group.but(missing=missing)


def test_the_visit_that_lacks_somebody_is_asked_about_and_else_the_first_that_is_open() -> None:
    ticket = admitted(skills=SKILLS)
    [visit] = ticket.visits
    second = visit.but(id="vis_2", seq=2)
    ticket = ticket.but(visits=(visit, second))
    both = lacks().but(visit_ids=(VISIT, "vis_2"))
    assert first_lacking(ticket, both) == visit
    assert first_lacking(ticket, both.but(missing=("2.0:electrics",))) == second
    assert first_lacking(ticket, None) is None
    assert first_lacking(scheduled(), lacks()) is None


def test_the_position_that_is_missing_is_filled_first() -> None:
    [visit] = admitted(skills=SKILLS).visits
    assert position_to_fill(visit, lacks("1.1:electrics")).skill == "electrics"
    assert position_to_fill(visit, lacks()).skill == "refrigeration"
    assert position_to_fill(visit, None).skill == "refrigeration"


def test_where_everybody_is_booked_it_is_the_one_who_has_not_answered() -> None:
    [visit] = scheduled(ANNA).visits
    assert position_to_fill(visit, None).skill == "refrigeration"
    nobody = visit.but(positions=(visit.positions[0].but(idx=7), *visit.positions))
    assert position_to_fill(nobody, None).idx == 7


def test_where_somebody_may_not_come_their_position_goes_before_that_of_the_silent() -> None:
    [visit] = scheduled(ANNA, BEN, skills=SKILLS).visits
    crew = tuple(a.but(barred="skill-missing") if a.expert_id == BEN else a for a in visit.crew)
    assert position_to_fill(visit.but(assignments=crew), None).skill == "electrics"


def test_of_two_who_are_booked_the_silent_one_is_replaced() -> None:
    [visit] = scheduled(ANNA, BEN, skills=SKILLS).visits
    crew = tuple(
        a.but(state=AssignmentState.ACKNOWLEDGED) if a.expert_id == ANNA else a for a in visit.crew
    )
    answered = visit.but(assignments=crew)
    assert position_to_fill(answered, None).skill == "electrics"
    all_of_them = tuple(a.but(state=AssignmentState.ACKNOWLEDGED) for a in visit.crew)
    known = visit.but(assignments=all_of_them)
    assert position_to_fill(known, None).skill == "refrigeration"


def test_a_skill_is_missing_though_its_code_holds_a_dot() -> None:
    [visit] = admitted(skills=("refrigeration", "gas.fitting")).visits
    ticket = admitted(skills=SKILLS)
    [first] = ticket.visits
    ticket = ticket.but(visits=(first, first.but(id="vis_2", seq=2)))
    both = lacks("2.1:gas.fitting").but(visit_ids=(VISIT, "vis_2"))
    missing = first_lacking(ticket, both)
    assert missing is not None
    assert missing.seq == 2
    assert position_to_fill(visit, lacks("1.1:gas.fitting")).idx == 1
