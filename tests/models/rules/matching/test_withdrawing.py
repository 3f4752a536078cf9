"""What happens when an expert takes an offer back."""

import pytest

from models.errors import Conflict, DomainError
from models.messages.matching import WithdrawProposal
from models.rules.matching.withdrawing import withdrawn
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from models.visit import AssignmentState, FactKind, ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    NOW,
    PROPOSAL,
    admitted,
    after,
    by,
    happenings,
    proposed,
    scheduled,
)


def taken_back(ticket: Ticket, expert: str = ANNA) -> Ticket:
    change = WithdrawProposal(proposal_id=PROPOSAL, expert_id=expert, by=by(expert))
    return withdrawn(ticket, change, NOW)


def test_who_waits_is_out_of_the_queue_and_the_group_is_looked_at_again() -> None:
    ticket = proposed(proposed(admitted()), 2, BEN)
    ticket = taken_back(ticket.with_group(ticket.matching.groups[0].but(needs_matching=False)))
    assert [p.expert_id for p in ticket.active_proposals(ticket.matching.groups[0])] == [BEN]
    assert ticket.matching.groups[0].needs_matching
    assert happenings(ticket)[-1] == "proposal.withdrawn"


@pytest.mark.parametrize(
    "state", [ProposalState.RELEASED, ProposalState.WITHDRAWN, ProposalState.INELIGIBLE]
)
def test_what_no_longer_counts_is_not_taken_back(state: ProposalState) -> None:
    ticket = proposed(admitted())
    ticket = ticket.with_proposal(ticket.matching.proposals[0].but(state=state))
    with pytest.raises(Conflict) as refused:
        taken_back(ticket)
    assert (refused.value.code, refused.value.evidence["state"]) == ("illegal-transition", state)


def test_another_experts_offer_is_none_of_ones_business() -> None:
    with pytest.raises(DomainError) as refused:
        taken_back(proposed(admitted()), BEN)
    assert refused.value.code == "proposal-unknown"


def test_who_was_chosen_and_backs_out_leaves_the_visit_open_again() -> None:
    ticket = taken_back(scheduled())
    [visit] = ticket.visits
    assert (visit.state, visit.start) == (VisitState.OPEN, None)
    assert [a.state for a in visit.assignments] == [AssignmentState.RELEASED]
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]
    assert (ticket.matching.groups[0].round, status_of(ticket)) == (2, TicketStatus.MATCHING)


@pytest.mark.parametrize("kind", [FactKind.EN_ROUTE, FactKind.STARTED, FactKind.COMPLETED])
def test_nobody_backs_out_once_under_way(kind: FactKind) -> None:
    with pytest.raises(Conflict) as refused:
        taken_back(after(scheduled(), kind))
    assert refused.value.code == "illegal-transition"
