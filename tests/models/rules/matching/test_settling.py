"""What an evaluation may change, and what it may not."""

import pytest

from models.messages.matching import ScheduledVisit, Settlement, StaffedPosition
from models.rules.matching.settling import is_void, settled
from models.ticket import Ticket
from models.visit import AssignmentState, MatchState, ProposalState, VisitState
from tests.models.rules.stories import ANNA, BEN, GROUP, NOW, VISIT, admitted, named, proposed


def booked(proposal: str = named("prp", 1), visit: str = VISIT, expert: str = ANNA) -> Settlement:
    """A booking of one expert."""
    return Settlement(
        match_state=MatchState.FINALISED,
        starts=(ScheduledVisit(visit_id=visit, start=NOW),),
        crew=(
            StaffedPosition(
                assignment_id="asg_1",
                visit_id=visit,
                position=0,
                expert_id=expert,
                proposal_id=proposal,
            ),
        ),
    )


def withdrawn(ticket: Ticket) -> Ticket:
    [proposal] = ticket.matching.proposals
    return ticket.with_proposal(proposal.but(state=ProposalState.WITHDRAWN))


VOID = {
    "an offer that the ticket never had": booked(proposal=named("prp", 7)),
    "an offer of somebody else": booked(expert=BEN),
    "a visit that the ticket never had": booked(visit=named("vis", 7)),
}


@pytest.mark.parametrize("settlement", VOID.values(), ids=VOID)
def test_a_booking_from_what_never_was_is_undone_and_the_next_round_decides(
    settlement: Settlement,
) -> None:
    ticket = proposed(admitted())
    assert is_void(ticket, GROUP, settlement)
    undone = settled(ticket, GROUP, settlement, NOW)
    [visit], [group] = undone.visits, undone.matching.groups
    assert {a.state for a in visit.assignments} <= {AssignmentState.RELEASED}
    assert visit.state is VisitState.OPEN
    assert (group.is_live, group.needs_matching, group.round) == (True, True, 2)


def test_a_booking_of_an_offer_that_was_taken_back_sets_its_expert_free() -> None:
    undone = settled(withdrawn(proposed(admitted())), GROUP, booked(), NOW)
    [visit] = undone.visits
    assert [a.state for a in visit.assignments] == [AssignmentState.RELEASED]
    assert undone.news[-1].type == "booking.undone"


def test_a_booking_of_what_the_ticket_has_stands() -> None:
    ticket = proposed(admitted())
    assert not is_void(ticket, GROUP, booked())
    assert settled(ticket, GROUP, booked(), NOW).visits[0].state is VisitState.SCHEDULED
