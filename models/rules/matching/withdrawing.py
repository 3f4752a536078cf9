"""What happens when an expert takes an offer back (docs/rules/matching.md, When
something changes)."""

from datetime import datetime

from models.calendar import merged, packed
from models.event import Cause
from models.events.matching import ProposalNarrowed, ProposalWithdrawn
from models.messages.matching import WithdrawProposal
from models.rules.matching.proposing import own_proposal, proposal_reconsidered
from models.rules.matching.rescheduling import visits_released
from models.rules.transitions import illegal
from models.ticket import Ticket
from models.visit import Proposal, ProposalState, Visit


def withdrawn(ticket: Ticket, change: WithdrawProposal, now: datetime) -> Ticket:
    """The ticket without a proposal that its expert takes back; its place is lost. Whoever was
    chosen and is appointed says so otherwise (`models/rules/visit/backing_out.py`).

    One that was selected by hand, for a visit that is still being staffed, opens that again, in a
    new round, with everybody else's proposals at their old places; at the hour that it gave up its
    expert is not booked by another of theirs.

    Raises:
        NotFound: `proposal-unknown`.
        Conflict: `illegal-transition` on a proposal that no longer counts, or whose visit has
            begun.
    """
    proposal, visit = own_proposal(ticket, change.proposal_id, change.expert_id)
    selected = proposal.state is ProposalState.SELECTED
    if selected and not visit.is_fixed:
        raise illegal("withdraw", visit.state, [])
    if not selected and proposal.state is not ProposalState.ACTIVE:
        raise illegal("withdraw", proposal.state, [])
    ticket = taken_back(ticket, proposal, change.by, now)
    if not selected:
        return ticket
    ticket = without_time(ticket, visit, proposal.expert_id, change.by, now)
    return visits_released(ticket, [visit.id], change.by, now)


def without_time(ticket: Ticket, visit: Visit, expert_id: str, by: Cause, now: datetime) -> Ticket:
    """The ticket in which an expert who does not come to a settled visit offers none of the time at
    which it was to be, by any proposal of theirs: a window that meets it is gone, and a proposal
    without windows is taken back. What they offer at other times stays, with its place."""
    if visit.start is None:
        return ticket
    start, end = visit.start, visit.start + visit.length
    for proposal in ticket.matching.proposals:
        if (proposal.visit_id, proposal.expert_id) != (visit.id, expert_id):
            continue
        if proposal.state not in (ProposalState.ACTIVE, ProposalState.RELEASED):
            continue
        left = [w for w in merged(proposal.windows) if not w.overlaps(start, end)]
        if not left:
            ticket = taken_back(ticket, proposal, by, now)
        elif len(left) < len(merged(proposal.windows)):
            ticket = ticket.with_proposal(proposal.but(times=packed(left))).happened(
                ProposalNarrowed(
                    proposal_id=proposal.id,
                    visit_id=visit.id,
                    expert_id=expert_id,
                    windows=len(left),
                ),
                now,
                by,
            )
    return ticket


def taken_back(ticket: Ticket, proposal: Proposal, by: Cause, now: datetime) -> Ticket:
    """The ticket without a proposal; its place is lost."""
    return proposal_reconsidered(ticket, proposal.but(state=ProposalState.WITHDRAWN)).happened(
        ProposalWithdrawn(
            proposal_id=proposal.id, visit_id=proposal.visit_id, expert_id=proposal.expert_id
        ),
        now,
        by,
    )
