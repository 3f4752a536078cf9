"""An expert takes an offer back after it was chosen: they cannot come (docs/rules/states.md, Who
cannot come)."""

from datetime import datetime

from models.field import FactKind, Hindrance, Particulars
from models.identity import derived_id
from models.messages.matching import WithdrawProposal
from models.messages.visit import ReportVisit
from models.rules.matching.proposing import own_proposal
from models.rules.matching.withdrawing import taken_back, withdrawn, without_time
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket
from models.visit import ProposalState, VisitState


def backed_out(ticket: Ticket, change: WithdrawProposal, now: datetime) -> Ticket:
    """The ticket without a proposal that its expert takes back. Whoever was chosen with it is held
    until somebody else comes, as if they had reported that they cannot; what they offer at other
    times stays, with its place.

    Raises:
        NotFound, Conflict: as `withdrawn`.
    """
    proposal, visit = own_proposal(ticket, change.proposal_id, change.expert_id)
    mine = visit.assignment_of(proposal.expert_id)
    appointed = visit.state is VisitState.SCHEDULED and mine is not None
    if proposal.state is not ProposalState.SELECTED or not appointed:
        return withdrawn(ticket, change, now)
    ticket = taken_back(ticket, proposal, change.by, now)
    ticket = without_time(ticket, visit, proposal.expert_id, change.by, now)
    said = ReportVisit(
        visit_id=visit.id,
        kind=FactKind.CANNOT_ARRIVE,
        expert_id=proposal.expert_id,
        occurred_at=now,
        received_at=now,
        client_event_id=derived_id("cev", proposal.id),
        by=change.by,
        particulars=Particulars(hindrance=Hindrance.OTHER),
    )
    return reported(ticket, said, now)[0]
