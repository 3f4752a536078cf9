"""How a ticket begins."""

from datetime import datetime
from typing import Any

from models.errors import Conflict, Invalid
from models.event import OURSELVES, Cause
from models.identity import derived_id
from models.messages.ticket import Admission, DecideCoverage, OpenTicket
from models.rules.transitions import TicketCommand, require_allowed
from models.ticket import Coverage, Ticket
from models.visit import Visit, VisitGroup, VisitState


def opened(command: OpenTicket) -> Ticket:
    """The ticket as the customer filed it, before anything was looked up."""
    ticket = Ticket(
        id=command.ticket_id,
        customer_id=command.customer_id,
        channel=command.channel,
        urgency=command.urgency,
        opened_at=command.opened_at,
        category=command.category,
        model_id=command.model_id,
        slots=command.slots,
        model_text_given=command.model_text_given,
    )
    checked: dict[str, Any] = (
        {"identity_check": command.identity_check} if command.identity_check else {}
    )
    return ticket.happened(
        "ticket.received", command.opened_at, command.by, channel=command.channel, **checked
    )


def next_ids(ticket: Ticket) -> tuple[str, str]:
    """The ids of a ticket's next visit and of its group, by the visit's number: a workflow task
    that is tried again names what the database may have already."""
    number = str(len(ticket.visits) + 1)
    return derived_id("vis", ticket.id, "visit", number), derived_id(
        "grp", ticket.id, "group", number
    )


def admitted(
    ticket: Ticket, admission: Admission, visit_id: str, group_id: str, now: datetime
) -> Ticket:
    """The ticket with its first visit, once the reference data and the customer's file are read.

    A refused coverage waits in REVIEW; an unknown one is matched and not finalised (domain §2).
    """
    ticket = ticket.but(
        admitted=True,
        zone=admission.zone,
        category=admission.category,
        plan_id=admission.plan_id,
        coverage=admission.coverage,
        attention=admission.attention,
        policies=admission.policies,
        service=admission.service,
        review_open=admission.coverage is Coverage.NOT_COVERED or admission.zone is None,
    ).happened(
        "ticket.admitted",
        now,
        OURSELVES,
        zone=admission.zone,
        category=admission.category,
        coverage=admission.coverage,
        attention=list(admission.attention),
    )
    if ticket.cancelled:
        return ticket
    visit = Visit(id=visit_id, seq=1, duration=admission.duration, positions=admission.positions)
    return with_new_visit(ticket, visit, group_id, now)


def with_new_visit(ticket: Ticket, visit: Visit, group_id: str, now: datetime) -> Ticket:
    """The ticket with one more visit, which is a group of its own until something joins it."""
    group = VisitGroup(id=group_id, visit_ids=(visit.id,))
    visit = visit.but(group_id=group_id, round=ticket.round)
    ticket = ticket.but(
        visits=(*ticket.visits, visit),
        groups=(*ticket.groups, group),
        matching_since=ticket.matching_since or now,
    ).happened(
        "visit.opened",
        now,
        OURSELVES,
        visit_id=visit.id,
        group_id=group_id,
        skills=[p.skill for p in visit.positions],
    )
    return ticket if ticket.review_open else offered(ticket, visit, OURSELVES, now)


def offered(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """From here on experts are told of the visit and see it."""
    return ticket.happened("visit.offered", now, by, visit_id=visit.id)


def with_coverage(ticket: Ticket, decision: DecideCoverage, now: datetime) -> Ticket:
    """The ticket after helpdesk settled who pays.

    Raises:
        Conflict: `coverage-settled` when it is settled already.
        Invalid: `coverage-undecided` for a decision that decides nothing.
    """
    require_allowed(ticket, TicketCommand.DECIDE_COVERAGE)
    if ticket.coverage.allows_finalising:
        raise Conflict(
            "coverage-settled",
            f"The coverage is {ticket.coverage} already.",
            coverage=ticket.coverage,
        )
    if decision.coverage is Coverage.UNKNOWN:
        raise Invalid("coverage-undecided", "Decide who pays.", field="/coverage")
    refused = decision.coverage is Coverage.NOT_COVERED or ticket.zone is None
    newly_offered = ticket.review_open and not refused
    ticket = unsettled(
        ticket.but(
            coverage=decision.coverage,
            review_open=refused,
            matching_since=ticket.matching_since if refused else now,
        )
    ).happened(
        "coverage.decided",
        now,
        decision.by,
        coverage=decision.coverage,
        note_id=decision.note_id,
    )
    if newly_offered:
        for visit in ticket.visits:
            if visit.state is VisitState.OPEN:
                ticket = offered(ticket, visit, decision.by, now)
    return ticket


def unsettled(ticket: Ticket) -> Ticket:
    """The ticket with every group that still waits marked for another evaluation."""
    return ticket.but(
        groups=tuple(
            g.but(needs_matching=True) if g.is_live and not g.needs_matching else g
            for g in ticket.groups
        )
    )
