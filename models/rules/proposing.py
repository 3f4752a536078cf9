"""How an expert proposes himself (domain §2 Proposal, §3.2)."""

from collections.abc import Sequence
from datetime import datetime

from models.calendar import Window, grid_starts, merged
from models.errors import Invalid, NotFound
from models.messages.ticket import Propose, Proposed
from models.rules.transitions import TicketCommand, illegal, require_allowed
from models.ticket import Ticket
from models.visit import Proposal, ProposalState, Visit

MOST_WINDOWS = 50
MOST_PROPOSALS = 200


def proposed(ticket: Ticket, offer: Propose, now: datetime) -> Ticket:
    """The ticket with the offer in its group's queue, at the place that its arrival gives it.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `illegal-transition` on a visit that is settled already.
        Invalid: `too-many-windows`, `too-many-proposals`, `windows-too-short`.
    """
    if any(p.id == offer.proposal_id for p in ticket.proposals):
        return ticket
    visit, group = ticket.visit(offer.visit_id), ticket.group_of(offer.visit_id)
    if visit is None or group is None:
        raise NotFound("visit-unknown", "This ticket has no such visit.")
    if not group.is_live:
        raise illegal("propose", visit.state, [])
    require_allowed(ticket, TicketCommand.PROPOSE)
    if group.proposals_taken >= MOST_PROPOSALS:
        raise Invalid(
            "too-many-proposals", f"A group takes at most {MOST_PROPOSALS} proposals.", field=""
        )
    proposal = Proposal(
        id=offer.proposal_id,
        visit_id=visit.id,
        expert_id=offer.expert_id,
        windows=usable_windows(offer.windows, visit, now + ticket.policies.min_lead),
        seq=group.proposals_taken + 1,
    )
    group = group.but(proposals_taken=proposal.seq, needs_matching=True)
    return (
        ticket.with_group(group)
        .but(proposals=(*ticket.proposals, proposal))
        .happened(
            "proposal.posted",
            now,
            offer.by,
            proposal_id=proposal.id,
            visit_id=visit.id,
            expert_id=proposal.expert_id,
            priority_seq=proposal.seq,
            windows=len(proposal.windows),
        )
    )


def usable_windows(
    windows: Sequence[Window], visit: Visit, earliest: datetime
) -> tuple[Window, ...]:
    """The windows of one proposal, merged; at least one must hold the visit after `earliest`."""
    if not 1 <= len(windows) <= MOST_WINDOWS:
        raise Invalid(
            "too-many-windows" if windows else "windows-missing",
            f"A proposal names 1 to {MOST_WINDOWS} windows.",
            field="/windows",
        )
    joined = merged(windows)
    if not any(next(grid_starts(w, visit.duration, earliest), None) for w in joined):
        raise Invalid(
            "windows-too-short",
            "No window holds the visit, from the earliest time it can start.",
            field="/windows",
            earliest=earliest.isoformat(),
            minutes=visit.duration.total_seconds() / 60,
        )
    return joined


def place_of(ticket: Ticket, proposal_id: str) -> Proposed:
    """The place that a proposal holds."""
    proposal = next(p for p in ticket.proposals if p.id == proposal_id)
    return Proposed(
        proposal_id=proposal.id,
        visit_id=proposal.visit_id,
        priority_seq=proposal.seq,
        state=proposal.state,
    )


def released(ticket: Ticket, visit_ids: Sequence[str]) -> Ticket:
    """The ticket with the waiting proposals on some visits let go."""
    return ticket.but(
        proposals=tuple(
            p.but(state=ProposalState.RELEASED)
            if p.state is ProposalState.ACTIVE and p.visit_id in visit_ids
            else p
            for p in ticket.proposals
        )
    )
