"""What happens when an expert takes an offer back (docs/rules/matching.md, When
something changes)."""

from datetime import datetime

from models.events.matching import ProposalWithdrawn
from models.messages.matching import WithdrawProposal
from models.rules.matching.proposing import own_proposal, proposal_reconsidered
from models.rules.matching.rescheduling import visits_released
from models.rules.transitions import illegal
from models.ticket import Ticket
from models.visit import ProposalState, VisitState


def withdrawn(ticket: Ticket, change: WithdrawProposal, now: datetime) -> Ticket:
    """The ticket without a proposal that its expert takes back; its place is lost.

    One that was selected opens its visit again, in a new round, with everybody else's proposals at
    their old places.

    Raises:
        NotFound: `proposal-unknown`.
        Conflict: `illegal-transition` on a proposal that no longer counts, or whose visit has
            begun.
    """
    proposal, visit = own_proposal(ticket, change.proposal_id, change.expert_id)
    selected = proposal.state is ProposalState.SELECTED
    if selected and visit.state is not VisitState.SCHEDULED and not visit.is_fixed:
        raise illegal("withdraw", visit.state, [])
    if not selected and proposal.state is not ProposalState.ACTIVE:
        raise illegal("withdraw", proposal.state, [])
    ticket = proposal_reconsidered(ticket, proposal.but(state=ProposalState.WITHDRAWN)).happened(
        ProposalWithdrawn(proposal_id=proposal.id, visit_id=visit.id, expert_id=proposal.expert_id),
        now,
        change.by,
    )
    return visits_released(ticket, [visit.id], change.by, now) if selected else ticket
