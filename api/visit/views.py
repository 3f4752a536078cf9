"""Visits and proposals as people see them."""

from api.ticket.schemas import SlotView
from api.visit.schemas import ProposalView
from models.visit import Proposal


def recorded_proposal(proposal: Proposal) -> ProposalView:
    """An offer as it was last recorded."""
    return ProposalView(
        id=proposal.id,
        visit_id=proposal.visit_id,
        expert_id=proposal.expert_id,
        priority_seq=proposal.seq,
        state=proposal.state,
        windows=[SlotView(start=w.start, end=w.end) for w in proposal.windows],
    )
