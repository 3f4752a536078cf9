"""How a ticket begins."""

from datetime import datetime
from typing import Any

from models.errors import Conflict, Invalid
from models.event import OURSELVES
from models.events.promise import CoverageDecided
from models.events.ticket import TicketAdmitted, TicketReceived
from models.messages.ticket import Admission, CoverageHeard, DecideCoverage, OpenTicket
from models.rules.matching.settling import unsettled
from models.rules.promise.sla import promised_anew
from models.rules.ticket.reviewing import needs_review
from models.rules.transitions import TicketCommand, require_allowed, status_of
from models.rules.visit.opening import visit_offered, with_new_visit
from models.rules.visit.settled import completed_if_done
from models.ticket import Coverage, Filing, Ticket
from models.visit import Visit, VisitState


def opened(command: OpenTicket) -> Ticket:
    """The ticket as the customer filed it, before anything was looked up."""
    ticket = Ticket(
        id=command.ticket_id,
        filing=Filing(
            customer_id=command.customer_id,
            channel=command.channel,
            urgency=command.urgency,
            opened_at=command.opened_at,
            category=command.category,
            model_id=command.model_id,
            slots=command.slots,
            model_text_given=command.model_text_given,
            awaited=command.awaited,
        ),
    )
    checked: dict[str, Any] = (
        {"identity_check": command.identity_check} if command.identity_check else {}
    )
    return ticket.happened(
        TicketReceived(channel=command.channel, **checked), command.opened_at, command.by
    )


def admitted(
    ticket: Ticket,
    admission: Admission,
    visit_id: str,
    group_id: str,
    now: datetime,
    since: datetime | None = None,
) -> Ticket:
    """The ticket with its first visit, once the reference data and the customer's file are read.
    Experts have been waited for `since`; from `now` on, if left out.

    A refused coverage waits in REVIEW, and so does what was entered in brief; an unknown coverage
    is matched and not finalised (docs/rules/states.md, Ticket).
    """
    filing = ticket.filing.but(
        zone=admission.zone, category=admission.category, attention=admission.attention
    )
    ticket = ticket.but(
        admitted=True,
        filing=filing,
        promise=ticket.promise.but(
            plan_id=admission.plan_id,
            coverage=admission.coverage,
            coverage_as_of=admission.coverage_as_of,
            service=admission.service,
        ),
        policies=admission.policies,
        policies_version=admission.policies_version,
        review_open=needs_review(filing, admission.coverage),
    )
    heard = admission.coverage_as_of
    remembered: dict[str, Any] = {"coverage_as_of": heard.isoformat()} if heard else {}
    ticket = ticket.happened(
        TicketAdmitted(
            zone=admission.zone,
            category=admission.category,
            coverage=admission.coverage,
            attention=list(admission.attention),
            start_code=admission.policies.start_code,
            **remembered,
        ),
        now,
        OURSELVES,
    )
    if ticket.cancelled:
        return ticket
    visit = Visit(id=visit_id, seq=1, duration=admission.duration, positions=admission.positions)
    ticket = ticket.but(matching=ticket.matching.but(since=since or now))
    return with_new_visit(ticket, visit, group_id, now)


def with_coverage(ticket: Ticket, decision: DecideCoverage, now: datetime) -> Ticket:
    """The ticket after helpdesk settled who pays.

    Raises:
        Conflict: `coverage-settled` when it is settled already.
        Invalid: `coverage-undecided` for a decision that decides nothing.
    """
    require_allowed(ticket, TicketCommand.DECIDE_COVERAGE)
    if ticket.promise.coverage.allows_finalising:
        raise Conflict(
            "coverage-settled",
            f"The coverage is {ticket.promise.coverage} already.",
            coverage=ticket.promise.coverage,
        )
    if decision.coverage is Coverage.UNKNOWN:
        raise Invalid("coverage-undecided", "Decide who pays.", field="/coverage")
    return _settled(ticket, decision, now)


def coverage_heard(ticket: Ticket, heard: CoverageHeard, now: datetime) -> Ticket:
    """The ticket after it was heard who pays; what is settled, or over, stays as it is."""
    open_still = ticket.promise.coverage is Coverage.UNKNOWN and not status_of(ticket).is_final
    if not open_still or heard.coverage is Coverage.UNKNOWN:
        return ticket
    decision = DecideCoverage(coverage=heard.coverage, by=OURSELVES)
    promise = ticket.promise.but(plan_id=heard.plan_id, coverage_as_of=heard.coverage_as_of)
    ticket = _settled(ticket.but(promise=promise), decision, now)
    return promised_anew(ticket, heard.service, now) if heard.service else ticket


def _settled(ticket: Ticket, decision: DecideCoverage, now: datetime) -> Ticket:
    """The ticket for which it is known who pays."""
    refused = needs_review(ticket.filing, decision.coverage)
    newly_offered = ticket.review_open and not refused
    ticket = unsettled(
        ticket.but(
            promise=ticket.promise.but(coverage=decision.coverage),
            review_open=refused,
            matching=ticket.matching.but(since=ticket.matching.since if refused else now),
        )
    ).happened(
        CoverageDecided(coverage=decision.coverage, note_id=decision.note_id), now, decision.by
    )
    if newly_offered:
        for visit in ticket.visits:
            if visit.state is VisitState.OPEN:
                ticket = visit_offered(ticket, visit, decision.by, now)
    # The last work may have been done while a review kept the ticket back.
    return completed_if_done(ticket, now)
