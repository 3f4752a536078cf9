"""What an evaluation may change, and what it may not."""

import pytest

from models.errors import Conflict, NotFound
from models.messages.matching import (
    GroupStanding,
    ReEvaluate,
    ScheduledVisit,
    Settlement,
    StaffedPosition,
)
from models.promise.policy import Policies
from models.rules.matching.budget import steps_after
from models.rules.matching.settling import (
    group_reconsidered,
    is_held,
    is_void,
    settled,
    standing_of,
    undone,
    unsettled,
    unstaffed,
)
from models.ticket import Coverage, Ticket
from models.visit import (
    Assignment,
    AssignmentState,
    MatchState,
    ProposalState,
    VisitGroup,
    VisitState,
)
from tests.models.rules.stories import (
    ANNA,
    BEN,
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    named,
    proposed,
    refused,
    scheduled,
    with_matching,
    written,
)

LATER = NOW + HOUR
STATES = (
    MatchState.EMPTY,
    MatchState.PARTIAL,
    MatchState.NO_COMMON_TIME,
    MatchState.FULL_HELD,
)


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


@pytest.mark.parametrize("settlement", VOID.values(), ids=VOID)
def test_what_was_booked_in_vain_is_set_free_by_the_house(settlement: Settlement) -> None:
    before = proposed(admitted())
    undone = settled(before, GROUP, settlement, NOW)
    [member] = settlement.crew
    facts = {"visit_id": VISIT, "assignment_id": "asg_1", "expert_id": member.expert_id}
    known = member.visit_id == VISIT
    assert written(undone, before) == ([("booking.undone", HOUSE, facts)] if known else [])


def test_a_visit_that_is_settled_already_is_not_booked_again() -> None:
    before = settled(proposed(admitted()), GROUP, booked(), NOW)
    assert is_void(before, GROUP, booked())


def test_a_booking_that_was_undone_is_void_whatever_it_names() -> None:
    assert is_void(proposed(admitted()), GROUP, booked().model_copy(update={"undone": True}))


def test_a_visit_of_another_group_is_not_booked_with_this_one() -> None:
    ticket = proposed(admitted())
    other = ticket.visits[0].but(id=named("vis", 2))
    ticket = ticket.but(visits=(*ticket.visits, other))
    starts = (ScheduledVisit(visit_id=other.id, start=NOW),)
    assert is_void(ticket, GROUP, booked().model_copy(update={"starts": starts, "crew": ()}))


def test_a_booking_of_what_the_ticket_has_stands() -> None:
    ticket = proposed(admitted())
    assert not is_void(ticket, GROUP, booked())
    assert settled(ticket, GROUP, booked(), NOW).visits[0].state is VisitState.SCHEDULED


def found(ticket: Ticket, state: MatchState, *missing: str, **more: object) -> Ticket:
    settlement = Settlement(match_state=state, missing=missing)
    return settled(ticket, GROUP, settlement.model_copy(update=more), LATER)


# Not full, or not yet.


@pytest.mark.parametrize("state", STATES[1:])
def test_what_a_group_lacks_is_written_down_when_it_changes(state: MatchState) -> None:
    before = proposed(admitted())
    ticket = found(before, state, "1.0:gas")
    [group] = ticket.matching.groups
    assert (group.match_state, group.missing) == (state, ("1.0:gas",))
    facts = {"group_id": GROUP, "match_state": state.value, "missing": ["1.0:gas"]}
    assert written(ticket, before) == [("group.match_state_changed", HOUSE, facts)]
    assert written(found(ticket, state, "1.0:gas"), ticket) == []
    assert len(written(found(ticket, state, "1.1:gas"), ticket)) == 1


def test_a_group_is_held_from_when_it_was_first_full_and_no_longer() -> None:
    ticket = proposed(admitted(policies=Policies(match_hold=3 * HOUR)))
    for state in STATES[:3]:
        assert found(ticket, state).matching.groups[0].hold_until is None
    full = found(ticket, MatchState.FULL_HELD)
    assert full.matching.groups[0].hold_until == LATER + 3 * HOUR
    again = settled(full, GROUP, Settlement(match_state=MatchState.FULL_HELD), LATER + HOUR)
    assert again.matching.groups[0].hold_until == LATER + 3 * HOUR


def test_who_pays_and_the_hold_decide_whether_a_full_group_is_held() -> None:
    hold = Policies(match_hold=HOUR)
    for coverage in Coverage:
        ticket = admitted(coverage)
        assert is_held(ticket, ticket.matching.groups[0], NOW) is not coverage.allows_finalising
    ticket = admitted(policies=hold)
    group = ticket.matching.groups[0]
    assert is_held(ticket, group, NOW)
    ends = group.but(hold_until=NOW + HOUR)
    assert [is_held(ticket, ends, NOW + n * HOUR) for n in (0, 1, 2)] == [True, False, False]


def test_who_may_not_work_there_any_more_is_out_and_hears_nothing() -> None:
    before = proposed(proposed(proposed(admitted(), 1, ANNA), 2, BEN), 3, ANNA)
    gone = before.matching.proposals[2].but(state=ProposalState.WITHDRAWN)
    before = before.with_proposal(gone)
    ineligible = (named("prp", 1), named("prp", 3))
    ticket = found(before, MatchState.EMPTY, ineligible=ineligible)
    assert [p.state for p in ticket.matching.proposals] == [
        ProposalState.INELIGIBLE,
        ProposalState.ACTIVE,
        ProposalState.WITHDRAWN,
    ]
    facts = {"proposal_id": named("prp", 1), "visit_id": VISIT, "expert_id": ANNA}
    assert written(ticket, before) == [("proposal.ineligible", HOUSE, facts)]


def test_an_evaluation_that_went_astray_is_made_again_and_changes_nothing() -> None:
    before = proposed(admitted())
    before = before.with_group(before.matching.groups[0].but(needs_matching=False))
    ticket = found(before, MatchState.PARTIAL, astray=True)
    assert ticket == before.with_group(before.matching.groups[0].but(needs_matching=True))


def test_a_booking_that_was_undone_is_tried_again_in_the_next_round() -> None:
    before = proposed(admitted())
    before = before.with_group(before.matching.groups[0].but(needs_matching=False))
    ticket = settled(before, GROUP, booked().model_copy(update={"undone": True}), LATER)
    assert ticket.matching.groups == (before.matching.groups[0].but(round=2, needs_matching=True),)


def test_every_booking_of_a_visit_that_is_there_is_undone() -> None:
    ticket = admitted()
    gone, here = (
        Assignment(id=f"asg_{n}", visit_id=v, position=0, expert_id=ANNA)
        for n, v in ((1, named("vis", 9)), (2, VISIT))
    )
    free = undone(ticket, [gone, here], NOW)
    assert [(a.id, a.state) for a in free.visits[0].assignments] == [
        ("asg_2", AssignmentState.RELEASED)
    ]


# Looked at again.


def test_the_helpdesk_may_have_a_waiting_group_looked_at_again() -> None:
    before = admitted()
    before = before.with_group(before.matching.groups[0].but(needs_matching=False))
    ticket = group_reconsidered(before, ReEvaluate(group_id=GROUP, by=HELPDESK), NOW)
    assert ticket.matching.groups[0].needs_matching
    assert written(ticket, before) == [("group.re_evaluated", DESK, {"group_id": GROUP})]


def test_a_group_that_is_settled_or_not_there_is_not_looked_at_again() -> None:
    def asked(ticket: Ticket, group: str) -> tuple[object, ...]:
        return refused(
            lambda: group_reconsidered(ticket, ReEvaluate(group_id=group, by=HELPDESK), NOW)
        )

    unknown = asked(admitted(), named("grp", 9))
    assert unknown == (NotFound, "group-unknown", None, {})
    ticket = admitted()
    done = ticket.matching.groups[0].but(id=named("grp", 2), match_state=MatchState.FINALISED)
    both = with_matching(ticket, groups=(*ticket.matching.groups, done))
    state = {"state": "FINALISED", "allowed": []}
    assert asked(both, done.id) == (Conflict, "illegal-transition", None, state)
    assert asked(scheduled(), GROUP)[1] == "illegal-transition"


def test_how_far_a_group_is_can_be_asked() -> None:
    ticket = found(proposed(admitted()), MatchState.PARTIAL, "1.0:gas")
    ticket = ticket.with_group(ticket.matching.groups[0].but(round=4))
    assert standing_of(ticket, GROUP) == GroupStanding(
        group_id=GROUP, round=4, match_state=MatchState.PARTIAL, missing=("1.0:gas",)
    )


def test_whatever_waits_is_looked_at_again_and_nothing_else() -> None:
    ticket = admitted()
    [group] = ticket.matching.groups
    groups = [group.but(match_state=state, needs_matching=False) for state in MatchState]
    marked = unsettled(with_matching(ticket, groups=(*groups, group))).matching.groups
    assert [g.needs_matching for g in marked] == [*(g.is_live for g in groups), True]


def test_a_group_that_a_hand_began_to_staff_lacks_the_rest_and_another_lacks_everybody() -> None:
    ticket = admitted(skills=("plumbing", "electrical"))
    [group] = ticket.matching.groups
    assert unstaffed(ticket, group) == Settlement(match_state=MatchState.EMPTY)
    sent = Assignment(id="asg_1", visit_id=VISIT, position=0, expert_id=ANNA)
    ticket = ticket.with_visit(ticket.visits[0].but(start=NOW, assignments=(sent,)))
    assert unstaffed(ticket, group) == Settlement(
        match_state=MatchState.PARTIAL, missing=("1.1:electrical",)
    )


def test_a_search_that_ended_without_an_answer_has_more_steps_the_next_time() -> None:
    ticket = found(proposed(admitted()), MatchState.UNDECIDED)
    assert (group_of(ticket).match_state, group_of(ticket).undecided) == (MatchState.UNDECIDED, 1)
    ticket = found(ticket, MatchState.UNDECIDED)
    assert group_of(ticket).undecided == 2
    assert group_of(found(ticket, MatchState.NO_COMMON_TIME)).undecided == 2


def test_its_steps_double_at_most_twice() -> None:
    assert [steps_after(n, 75_000) for n in range(5)] == [75_000, 150_000, *[300_000] * 3]


def group_of(ticket: Ticket) -> VisitGroup:
    [group] = ticket.matching.groups
    return group
