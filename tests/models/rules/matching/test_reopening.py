"""What moves with a visit that is opened again, and whose offers count again."""

from datetime import datetime, timedelta

import pytest

from models.calendar import packed
from models.rules.matching.rescheduling import visits_released
from models.ticket import Ticket
from models.visit import (
    AssignmentState,
    Dependency,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    DESK,
    HELPDESK,
    HOUR,
    HOUSE,
    LENGTH,
    NOW,
    VISIT,
    between,
    named,
    scheduled,
    with_filing,
    with_matching,
    written,
)

SECOND, THIRD = named("vis", 2), named("vis", 3)
START = NOW + 24 * HOUR


def opened(ticket: Ticket, *visits: str, now: datetime = NOW) -> Ticket:
    return visits_released(ticket, visits or [VISIT], HELPDESK, now)


def open_visits(ticket: Ticket) -> list[str]:
    return [v.id for v in ticket.visits if v.state is VisitState.OPEN]


def chain(
    max_gap: timedelta | None = HOUR, state: VisitState = VisitState.SCHEDULED, gap: float = 0
) -> Ticket:
    """Three visits of ninety minutes, one after the other and all settled; the customer is at home
    for all of them, from 24 to 36 hours ahead."""
    ticket = scheduled()
    [first], [group] = ticket.visits, ticket.matching.groups
    second = first.but(id=SECOND, seq=2, start=START + LENGTH + gap * HOUR, assignments=())
    third = first.but(
        id=THIRD, seq=3, state=state, start=START + 2 * LENGTH + 2 * gap * HOUR, assignments=()
    )
    rules = tuple(
        Dependency(predecessor=before, successor=then, min_gap=gap * HOUR, max_gap=max_gap)
        for before, then in ((VISIT, SECOND), (SECOND, THIRD))
    )
    group = group.but(visit_ids=(VISIT, SECOND, THIRD), dependencies=rules)
    return ticket.but(visits=(first, second, third), matching=ticket.matching.but(groups=(group,)))


# What moves with it.


def test_what_must_follow_a_visit_moves_with_it_and_what_is_under_way_does_not() -> None:
    assert open_visits(opened(chain(), VISIT)) == [VISIT, SECOND, THIRD]
    assert open_visits(opened(chain(state=VisitState.ON_SITE), VISIT)) == [VISIT, SECOND]
    # No gap is given: any later time of the customer's follows the visit that stands.
    assert open_visits(opened(chain(max_gap=None), SECOND)) == [SECOND, THIRD]
    assert open_visits(opened(chain(max_gap=None), THIRD)) == [THIRD]


@pytest.mark.parametrize(
    ("home_from", "home_until", "moves"),
    [
        (25.5, 27, [SECOND, THIRD]),
        (26.5, 28, [SECOND, THIRD]),
        (26.75, 36, [VISIT, SECOND, THIRD]),
        (24, 26.75, [VISIT, SECOND, THIRD]),
    ],
)
def test_what_goes_before_moves_too_when_no_time_is_left_within_the_gap_behind_it(
    home_from: float, home_until: float, moves: list[str]
) -> None:
    ticket = chain()
    second = ticket.visits[1].but(slots=(between(home_from, home_until),))
    assert open_visits(opened(ticket.with_visit(second), SECOND)) == moves


@pytest.mark.parametrize(("home_from", "moves"), [(27, 2), (27.5, 2), (27.75, 3)])
def test_a_gap_is_counted_from_the_end_of_the_visit_before(home_from: float, moves: int) -> None:
    ticket = chain(max_gap=2 * HOUR, gap=1.5)
    second = ticket.visits[1].but(slots=(between(home_from, home_from + 1.5),))
    assert len(open_visits(opened(ticket.with_visit(second), SECOND))) == moves
    too_soon = ticket.visits[1].but(slots=(between(26.75, 28.25),))
    assert len(open_visits(opened(ticket.with_visit(too_soon), SECOND))) == 3


def test_a_visit_before_that_has_no_time_yet_moves_nowhere() -> None:
    ticket = chain()
    waits = ticket.visits[0].but(state=VisitState.OPEN, start=None)
    moved = opened(with_filing(ticket.with_visit(waits), slots=()), SECOND)
    assert moved.visits[0] == waits
    assert open_visits(moved) == [VISIT, SECOND, THIRD]


def test_a_gap_to_a_visit_that_is_not_there_moves_nothing() -> None:
    ticket = scheduled()
    unknown = Dependency(predecessor=named("vis", 9), successor=VISIT)
    ticket = ticket.with_group(ticket.matching.groups[0].but(dependencies=(unknown,)))
    assert open_visits(opened(ticket)) == [VISIT]


def test_who_could_not_come_is_let_go_too_and_a_time_that_is_not_known_is_not_made_up() -> None:
    before = scheduled()
    [visit] = before.visits
    absent = visit.assignments[0].but(id="asg_9", state=AssignmentState.CANNOT_ARRIVE)
    timeless = visit.but(start=None, assignments=(*visit.assignments, absent))
    ticket = opened(before.with_visit(timeless))
    assert {a.state for a in ticket.visits[0].assignments} == {AssignmentState.RELEASED}
    starts = [f["start"] for _, _, f in written(ticket, before) if "start" in f]
    assert starts[:2] == [None, None]


def test_other_groups_and_their_visits_stay_as_they_are() -> None:
    ticket = scheduled()
    [visit], [group] = ticket.visits, ticket.matching.groups
    other = visit.but(id=SECOND, seq=2)
    apart = group.but(id=named("grp", 2), visit_ids=(SECOND,))
    moved = opened(
        ticket.but(visits=(visit, other), matching=ticket.matching.but(groups=(group, apart))),
        VISIT,
    )
    assert (moved.visits[1], moved.matching.groups[1]) == (other, apart)


# Offers that count again.


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (ProposalState.RELEASED, True),
        (ProposalState.SELECTED, True),
        (ProposalState.WITHDRAWN, False),
        (ProposalState.INELIGIBLE, False),
    ],
)
def test_an_offer_counts_again_unless_it_was_taken_back(state: ProposalState, counts: bool) -> None:
    ticket = scheduled()
    ticket = ticket.with_proposal(ticket.matching.proposals[0].but(state=state))
    [proposal] = opened(ticket).matching.proposals
    assert proposal.state is (ProposalState.ACTIVE if counts else state)


@pytest.mark.parametrize(("now", "counts"), [(34.5, True), (34.75, False)])
def test_an_offer_counts_again_while_one_of_its_windows_holds_the_visit(
    now: float, counts: bool
) -> None:
    ticket = scheduled()
    windows = packed([between(24, 25), between(24, 36)])
    ticket = ticket.with_proposal(ticket.matching.proposals[0].but(times=windows))
    [proposal] = opened(ticket, now=NOW + now * HOUR).matching.proposals
    assert (proposal.state is ProposalState.ACTIVE) is counts


def test_offers_for_a_visit_that_stays_do_not_count_again() -> None:
    ticket = chain()
    kept = ticket.matching.proposals[0].but(id=named("prp", 2), visit_id=VISIT)
    other = kept.but(id=named("prp", 3), visit_id=THIRD)
    unknown = kept.but(id=named("prp", 4), visit_id=named("vis", 9))
    ticket = with_matching(ticket, proposals=(kept, other, unknown))
    states = [p.state for p in opened(ticket, THIRD).matching.proposals]
    assert states == [ProposalState.SELECTED, ProposalState.ACTIVE, ProposalState.SELECTED]


def test_whoever_opens_a_visit_is_named() -> None:
    who = {kind: by for kind, by, _ in written(opened(scheduled()))}
    assert (who["visit.released"], who["assignment.released"]) == (DESK, DESK)
    assert (who["group.reopened"], who["proposal.reactivated"]) == (HOUSE, HOUSE)
