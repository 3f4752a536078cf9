"""A running ticket under policies that became others (docs/rules/timers.md, Changing a policy)."""

from datetime import datetime

from models.event import OURSELVES
from models.events.ticket import TicketPoliciesChanged
from models.messages.ticket import PoliciesChanged
from models.promise.policy import Policies
from models.rules.promise.sla import with_evidence_grace
from models.rules.transitions import status_of
from models.rules.visit.shut_out import with_leave_kept
from models.rules.visit.start_code import with_code_kept
from models.ticket import Ticket
from models.visit import Visit, VisitGroup


def policies_followed(ticket: Ticket, changed: PoliciesChanged, now: datetime) -> Ticket:
    """The ticket whose running clocks go by the policies of a change; what has happened by the
    former ones stays. A change that is older than what the ticket has changes nothing, nor one for
    another zone or plan than its own: the ticket hears again for these."""
    is_mine = (changed.zone, changed.plan_id) == (ticket.filing.zone, ticket.promise.plan_id)
    is_old = changed.version < ticket.policies_version
    if is_old or not is_mine or status_of(ticket).is_final:
        return ticket
    was, becomes = ticket.policies, changed.policies
    ticket = ticket.but(policies_version=changed.version)
    names = [n for n in Policies.model_fields if getattr(was, n) != getattr(becomes, n)]
    if not names:
        return ticket
    if was.start_code != becomes.start_code:
        ticket = with_code_kept(ticket)
    ticket = _waiting_as_long(with_leave_kept(ticket), becomes)
    ticket = with_evidence_grace(ticket, becomes.evidence_grace, now)
    crew = (a for visit in ticket.visits for a in visit.crew)
    as_before = [a.id for a in crew if a.code_needed not in (None, becomes.start_code)]
    return ticket.but(policies=becomes).happened(
        TicketPoliciesChanged(
            version=changed.version,
            names=names,
            start_code=becomes.start_code,
            as_before=as_before,
        ),
        now,
        OURSELVES,
    )


def _waiting_as_long(ticket: Ticket, becomes: Policies) -> Ticket:
    """The ticket whose holds and first refusals last, from when they began, as long as the policies
    say now."""
    held = becomes.match_hold - ticket.policies.match_hold
    first = becomes.first_refusal - ticket.policies.first_refusal

    def lasting(group: VisitGroup) -> VisitGroup:
        if not held or group.hold_until is None:
            return group
        return group.but(hold_until=group.hold_until + held)

    def offered(visit: Visit) -> Visit:
        if not first or visit.first_until is None:
            return visit
        return visit.but(first_until=visit.first_until + first)

    groups = tuple(map(lasting, ticket.matching.groups))
    return ticket.but(
        matching=ticket.matching.but(groups=groups), visits=tuple(map(offered, ticket.visits))
    )
