"""What of a ticket still lacks somebody."""

from models.rules.escalation.lacking import first_lacking, position_to_fill
from models.visit import VisitGroup
from tests.models.rules.stories import ANNA, VISIT, admitted, scheduled

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
