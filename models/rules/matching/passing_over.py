"""Whose offers for a visit count no more, because they do not come to it (docs/rules/states.md, Who
cannot come)."""

from collections.abc import Collection
from datetime import datetime

from models.event import Cause
from models.events.matching import ProposalPassedOver
from models.rules.matching.proposing import proposal_reconsidered
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, ProposalState, Visit


def passed_over(
    ticket: Ticket, visit: Visit, experts: Collection[str], by: Cause, now: datetime
) -> Ticket:
    """The ticket in which nothing that these experts offered for a visit counts any more."""
    for proposal in ticket.matching.proposals:
        if proposal.visit_id != visit.id or proposal.expert_id not in experts:
            continue
        if proposal.state is ProposalState.WITHDRAWN:
            continue
        ticket = proposal_reconsidered(
            ticket, proposal.but(state=ProposalState.WITHDRAWN)
        ).happened(
            ProposalPassedOver(
                proposal_id=proposal.id, visit_id=visit.id, expert_id=proposal.expert_id
            ),
            now,
            by,
        )
    return ticket


def is_hindered(ticket: Ticket, assignment: Assignment) -> bool:
    """Whether somebody said that they cannot come, and not by taking their offer back: nobody knows
    until when, so nothing that they had offered for the visit is believed any more."""
    return assignment.state is AssignmentState.CANNOT_ARRIVE and not took_back(ticket, assignment)


def took_back(ticket: Ticket, assignment: Assignment) -> bool:
    """Whether somebody said that they do not come by taking their offer back."""
    own = next((p for p in ticket.matching.proposals if p.id == assignment.proposal_id), None)
    is_withdrawn = own is not None and own.state is ProposalState.WITHDRAWN
    return is_withdrawn and assignment.state is AssignmentState.CANNOT_ARRIVE
