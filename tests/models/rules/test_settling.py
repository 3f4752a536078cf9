"""What an evaluation may change, and what it may not."""

from models.messages.ticket import Settlement, StaffedPosition
from models.rules.settling import settled
from models.visit import AssignmentState, MatchState
from tests.models.rules.stories import ANNA, GROUP, NOW, VISIT, admitted, named, proposed


def test_a_booking_is_undone_when_something_changed_while_it_was_made() -> None:
    ticket = proposed(admitted())
    booked = Settlement(
        match_state=MatchState.FINALISED,
        crew=(
            StaffedPosition(
                assignment_id="asg_1",
                visit_id=VISIT,
                position=0,
                expert_id=ANNA,
                proposal_id=named("prp", 1),
            ),
        ),
    )
    assert ticket.groups[0].needs_matching
    undone = settled(ticket, GROUP, booked, NOW)
    [visit], [group] = undone.visits, undone.groups
    assert [a.state for a in visit.assignments] == [AssignmentState.RELEASED]
    assert (group.is_live, group.needs_matching, group.round) == (True, True, 2)
    assert undone.news[-1].type == "booking.undone"
