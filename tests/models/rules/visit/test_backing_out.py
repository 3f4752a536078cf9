"""An expert takes back the offer that they were chosen with."""

import pytest

from models.calendar import packed
from models.errors import Conflict
from models.field import FactKind, Hindrance
from models.messages.matching import WithdrawProposal
from models.rules.transitions import status_of
from models.rules.visit.absence import sought
from models.rules.visit.backing_out import backed_out
from models.ticket import Ticket, TicketStatus
from models.visit import AssignmentState, ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    HOUSE,
    NOW,
    PROPOSAL,
    VISIT,
    admitted,
    after,
    between,
    by,
    happenings,
    named,
    proposed,
    scheduled,
    with_matching,
    written,
)


def backing_out(ticket: Ticket, expert: str = ANNA) -> Ticket:
    change = WithdrawProposal(proposal_id=PROPOSAL, expert_id=expert, by=by(expert))
    return backed_out(ticket, change, NOW)


def taken_back(ticket: Ticket, expert: str = ANNA) -> Ticket:
    """Nobody else could come."""
    return sought(backing_out(ticket, expert), VISIT, NOW, found=False)


def test_whoever_was_chosen_is_held_until_somebody_else_comes() -> None:
    ticket = backing_out(scheduled())
    [visit] = ticket.visits
    assert (visit.state, visit.start is None) == (VisitState.SCHEDULED, False)
    assert [a.state for a in visit.assignments] == [AssignmentState.CANNOT_ARRIVE]
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]
    assert happenings(ticket)[-2:] == ["proposal.withdrawn", "visit.cannot_arrive"]
    [said] = visit.facts
    assert (said.particulars.hindrance, said.received_at) == (Hindrance.OTHER, NOW)


def test_who_only_waits_is_out_of_the_queue() -> None:
    ticket = backing_out(proposed(admitted()))
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]
    assert "visit.cannot_arrive" not in happenings(ticket)


def test_who_comes_after_all_comes() -> None:
    ticket = after(backing_out(scheduled()), FactKind.EN_ROUTE, at=NOW + HOUR)
    assert ticket.visits[0].state is VisitState.EN_ROUTE


def test_where_nobody_else_could_come_the_visit_is_open_again() -> None:
    ticket = taken_back(scheduled())
    [visit] = ticket.visits
    assert (visit.state, visit.start) == (VisitState.OPEN, None)
    assert [a.state for a in visit.assignments] == [AssignmentState.RELEASED]
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]
    assert (ticket.matching.groups[0].round, status_of(ticket)) == (2, TicketStatus.MATCHING)
    assert [(kind, who) for kind, who, _ in written(ticket, scheduled())] == [
        ("proposal.withdrawn", ANNA),
        ("visit.cannot_arrive", ANNA),
        ("visit.released", HOUSE),
        ("assignment.released", HOUSE),
        ("group.reopened", HOUSE),
    ]


@pytest.mark.parametrize(
    ("also", "left"),
    [
        ([(24, 36)], None),
        ([(25, 28)], None),
        ([(25.5, 28)], [(25.5, 28)]),
        ([(20, 26), (48, 50)], [(48, 50)]),
    ],
)
def test_who_gives_up_an_hour_is_not_booked_at_it_by_another_offer_of_theirs(
    also: list[tuple[float, float]], left: list[tuple[float, float]] | None
) -> None:
    chosen, other = scheduled(), named("prp", 2)
    [first] = chosen.matching.proposals
    times = packed(between(*w) for w in also)
    second = first.but(id=other, seq=2, state=ProposalState.RELEASED, times=times)
    of_ben = second.but(id=named("prp", 3), seq=3, expert_id=BEN)
    ticket = taken_back(with_matching(chosen, proposals=(first, second, of_ben)))
    mine, bens = ticket.matching.proposals[1:]
    assert bens == of_ben.but(state=ProposalState.ACTIVE)
    if left is None:
        assert mine.state is ProposalState.WITHDRAWN
    else:
        windows = tuple(between(*w) for w in left)
        assert (mine.state, mine.seq, mine.windows) == (ProposalState.ACTIVE, 2, windows)
    kinds = [
        kind for kind, _, facts in written(ticket, chosen) if facts.get("proposal_id") == other
    ]
    narrowed = ["proposal.narrowed"] if left is not None and len(left) < len(also) else []
    assert kinds == (
        ["proposal.withdrawn"] if left is None else [*narrowed, "proposal.reactivated"]
    )


@pytest.mark.parametrize("kind", [FactKind.EN_ROUTE, FactKind.STARTED, FactKind.COMPLETED])
def test_nobody_takes_it_back_once_under_way(kind: FactKind) -> None:
    with pytest.raises(Conflict) as refused:
        backing_out(after(scheduled(), kind))
    assert refused.value.code == "illegal-transition"


def test_whose_offer_came_first_makes_no_difference_to_what_somebody_gives_up() -> None:
    chosen = scheduled()
    [first] = chosen.matching.proposals
    bens = first.but(id=named("prp", 3), expert_id=BEN, state=ProposalState.RELEASED)
    mine = first.but(id=named("prp", 2), seq=2, state=ProposalState.RELEASED)
    for order in ((first, bens, mine), (bens, first, mine), (first, mine, bens)):
        ticket = taken_back(with_matching(chosen, proposals=order))
        states = {p.id: p.state for p in ticket.matching.proposals}
        assert states == {
            first.id: ProposalState.WITHDRAWN,
            mine.id: ProposalState.WITHDRAWN,
            bens.id: ProposalState.ACTIVE,
        }
