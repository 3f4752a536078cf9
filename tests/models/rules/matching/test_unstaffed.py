"""How far a group is for which nobody offers."""

from models.messages.matching import Settlement
from models.rules.matching.settling import unstaffed
from models.visit import Assignment, MatchState, VisitState
from tests.models.rules.stories import ANNA, NOW, admitted, named


def test_a_group_is_not_begun_by_what_a_hand_began_in_another_or_booked_before() -> None:
    ticket = admitted()
    [visit], [group] = ticket.visits, ticket.matching.groups
    sent = Assignment(id="asg_1", visit_id=named("vis", 2), position=0, expert_id=ANNA)
    elsewhere = visit.but(id=named("vis", 2), seq=2, start=NOW, assignments=(sent,))
    empty = Settlement(match_state=MatchState.EMPTY)
    assert unstaffed(ticket.but(visits=(visit, elsewhere)), group) == empty
    stands = elsewhere.but(state=VisitState.SCHEDULED)
    both = group.but(visit_ids=(visit.id, stands.id))
    assert unstaffed(ticket.but(visits=(visit, stands)), both) == empty
