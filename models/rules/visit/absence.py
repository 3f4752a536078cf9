"""What follows when somebody who is to come cannot: somebody else is looked for, or the visit is
matched anew (docs/rules/states.md, Who cannot come)."""

from collections.abc import Collection
from datetime import datetime

from models.event import OURSELVES, Cause
from models.events.incident import CustomerAskedForTimes
from models.events.matching import ProposalPassedOver
from models.messages.visit import AskCustomer
from models.rules.escalation.doubts import require_doubt, with_patience
from models.rules.matching.proposing import proposal_reconsidered
from models.rules.matching.rescheduling import visits_released
from models.rules.transitions import require_visit
from models.rules.visit.missing import (
    absence_of,
    absent,
    is_in_vain,
    is_nobody_there,
    replaceable_until,
)
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, ProposalState, Visit

WHY = "cannot_arrive"
"""Why a visit is open again, for whoever tells its customer."""


def unsought(ticket: Ticket) -> Visit | None:
    """A visit with an absence for which nobody looked for somebody else yet."""
    for visit in ticket.visits:
        if is_in_vain(visit) and not visit.is_fixed and _unsought(visit):
            return visit
    return None


def sought(ticket: Ticket, visit_id: str, now: datetime, *, found: bool) -> Ticket:
    """The ticket after somebody else was looked for: one could be found, and a person is asked whom
    to send; or nobody can, and the visit is matched anew, unless one of its crew is there."""
    visit = require_visit(ticket, visit_id)
    if not found and is_nobody_there(visit):
        return given_up(ticket, visit, OURSELVES, now)
    return ticket.with_visit(visit.but(sought=(*visit.sought, *sorted(_unsought(visit)))))


def overdue_given_up(ticket: Ticket, due: datetime, now: datetime) -> Ticket:
    """The ticket whose visits are matched anew for which nobody else could come in time any more at
    `due`, though somebody may have been asked."""
    for visit in ticket.visits:
        until = replaceable_until(ticket, visit)
        if until is not None and until <= due and not _unsought(visit):
            ticket = given_up(ticket, visit, OURSELVES, now)
    return ticket


def given_up(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket whose visit is matched anew, without those who cannot come to it. Whoever took the
    chosen offer back may still come at other times."""
    missed = {a.expert_id for a in absent(visit) if not _took_back(ticket, a)}
    ticket = passed_over(ticket, visit, missed, by, now)
    return visits_released(ticket, [visit.id], by, now, why=WHY)


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


def customer_asked(ticket: Ticket, ask: AskCustomer, now: datetime) -> Ticket:
    """The ticket whose customer is asked which other times suit them; while they think, nobody is
    asked. The visit stays as it is, until they answer or nobody could come in time any more.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone`.
    """
    visit = require_visit(ticket, ask.visit_id)
    doubt = require_doubt(ticket, visit.id, ask.reason, now)
    until = now + ticket.policies.accept_link_ttl
    return with_patience(ticket, doubt, until).happened(
        CustomerAskedForTimes(
            visit_id=visit.id,
            start=visit.start.isoformat() if visit.start else None,
            expires_at=until.isoformat(),
        ),
        now,
        ask.by,
    )


def _took_back(ticket: Ticket, assignment: Assignment) -> bool:
    """Whether somebody said that they do not come by taking their offer back."""
    own = next((p for p in ticket.matching.proposals if p.id == assignment.proposal_id), None)
    is_withdrawn = own is not None and own.state is ProposalState.WITHDRAWN
    return is_withdrawn and assignment.state is AssignmentState.CANNOT_ARRIVE


def _unsought(visit: Visit) -> set[str]:
    """The absences for which nobody looked yet."""
    found = {absence_of(visit, a) for a in absent(visit)}
    return {name for name in found if name is not None} - set(visit.sought)
