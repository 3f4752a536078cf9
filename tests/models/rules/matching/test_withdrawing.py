"""What happens when an expert takes an offer back."""

import pytest

from models.errors import Conflict, DomainError
from models.field import FactKind
from models.messages.matching import WithdrawProposal
from models.rules.matching.withdrawing import withdrawn
from models.ticket import Ticket
from models.visit import ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    NOW,
    PROPOSAL,
    VISIT,
    admitted,
    after,
    by,
    proposed,
    scheduled,
    written,
)


def taken_back(ticket: Ticket, expert: str = ANNA) -> Ticket:
    change = WithdrawProposal(proposal_id=PROPOSAL, expert_id=expert, by=by(expert))
    return withdrawn(ticket, change, NOW)


def test_who_waits_is_out_of_the_queue_and_the_group_is_looked_at_again() -> None:
    ticket = proposed(proposed(admitted()), 2, BEN)
    ticket = taken_back(ticket.with_group(ticket.matching.groups[0].but(needs_matching=False)))
    assert [p.expert_id for p in ticket.active_proposals(ticket.matching.groups[0])] == [BEN]
    assert ticket.matching.groups[0].needs_matching
    facts = {"proposal_id": PROPOSAL, "visit_id": VISIT, "expert_id": ANNA}
    assert written(ticket)[-1] == ("proposal.withdrawn", ANNA, facts)


@pytest.mark.parametrize(
    "state", [ProposalState.RELEASED, ProposalState.WITHDRAWN, ProposalState.INELIGIBLE]
)
def test_what_no_longer_counts_is_not_taken_back(state: ProposalState) -> None:
    ticket = proposed(admitted())
    ticket = ticket.with_proposal(ticket.matching.proposals[0].but(state=state))
    with pytest.raises(Conflict) as refused:
        taken_back(ticket)
    assert refused.value.code == "illegal-transition"
    assert refused.value.evidence == {"state": state, "allowed": []}


def test_another_experts_offer_is_none_of_ones_business() -> None:
    with pytest.raises(DomainError) as refused:
        taken_back(proposed(admitted()), BEN)
    assert refused.value.code == "proposal-unknown"


def test_who_waits_and_backs_out_leaves_the_appointment_of_others_alone() -> None:
    ticket = proposed(admitted())
    before = ticket.but(visits=scheduled().visits)
    assert taken_back(before).visits == before.visits


def test_who_was_chosen_for_a_visit_that_a_hand_fixed_backs_out_and_it_is_matched_anew() -> None:
    fixed = scheduled()
    fixed = fixed.with_visit(fixed.visits[0].but(state=VisitState.OPEN))
    assert taken_back(fixed).visits[0].start is None


@pytest.mark.parametrize("kind", [FactKind.EN_ROUTE, FactKind.STARTED, FactKind.COMPLETED])
def test_nobody_backs_out_once_under_way(kind: FactKind) -> None:
    with pytest.raises(Conflict) as refused:
        taken_back(after(scheduled(), kind))
    assert refused.value.code == "illegal-transition"
    state = after(scheduled(), kind).visits[0].state
    assert refused.value.evidence == {"state": state, "allowed": []}
