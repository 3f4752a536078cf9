"""Tickets as people see them."""

from collections.abc import Sequence
from datetime import datetime

from api.ticket.clocks import SlaClockView, SlaView
from api.ticket.schemas import (
    AssignmentView,
    EscalationView,
    SlotView,
    TicketSummary,
    TicketView,
    VisitView,
)
from models.db.ticket.reads import CustomersWords, RecordedTicket, WholeTicket
from models.db.visit.reads import RecordedVisit
from models.escalation import Escalation
from models.promise.sla import Clock, ClockName, ClockState, ServiceLevel
from models.rules.escalation.escalating import due_at
from models.rules.promise import sla
from models.rules.promise.counting import is_provisional, state_at
from models.rules.ticket.reviewing import missing_of
from models.rules.transitions import status_of
from models.ticket import Ticket
from models.visit import Visit


def summary(ticket: RecordedTicket) -> TicketSummary:
    """A ticket in a list."""
    return TicketSummary(
        **ticket.model_dump(include=set(TicketSummary.model_fields) - {"number"}),
        number=f"T-{ticket.number}",
    )


def asked(escalation: Escalation) -> EscalationView:
    """A question to a person."""
    claimed, decided = escalation.claimed_by, escalation.decided
    return EscalationView(
        **escalation.model_dump(
            include=set(EscalationView.model_fields) - {"claimed_by", "action"}
        ),
        due_at=due_at(escalation),
        claimed_by=claimed.id if claimed else None,
        decided_by=decided.by.id if decided else None,
        action=decided.action if decided else None,
    )


def recorded_ticket(
    ticket: WholeTicket,
    words: CustomersWords | None,
    visits: Sequence[RecordedVisit],
    escalations: Sequence[Escalation],
    now: datetime,
) -> TicketView:
    """A ticket as the projection has it."""
    return TicketView(
        **summary(ticket).model_dump(),
        channel=ticket.channel,
        coverage_as_of=ticket.coverage_as_of,
        customer_id=ticket.customer_id,
        model_id=ticket.model_id,
        model_text=words.model_text if words else None,
        description=words.description if words else None,
        missing=missing_of(
            model=bool(ticket.model_id or (words and words.model_text)),
            slots=bool(ticket.slots),
            address=ticket.zone is not None,
        ),
        slots=[SlotView(start=s.start, end=s.end) for s in ticket.slots],
        attention=list(ticket.attention),
        round=ticket.round,
        completed_at=ticket.completed_at,
        sla=_sla(ticket.service, ticket.clocks, now),
        visits=[_visit(visit) for visit in visits],
        escalations=[asked(escalation) for escalation in escalations],
        seq=ticket.seq,
    )


def ticket_in_part(
    ticket: WholeTicket, visits: Sequence[RecordedVisit], expert_id: str
) -> TicketView:
    """A ticket as an expert may read it who may not know any more whom it is for: what they were
    booked for, and when. Neither what the customer wrote nor when they are at home."""
    whole = recorded_ticket(ticket, None, visits, [], ticket.opened_at)
    own = [
        view.model_copy(update={"assignments": theirs})
        for view in whole.visits
        if (theirs := [a for a in view.assignments if a.expert_id == expert_id])
    ]
    return whole.model_copy(
        update={"visits": own, "slots": [], "missing": [], "attention": [], "sla": None}
    )


def unrecorded_ticket(ticket: Ticket, now: datetime) -> TicketView:
    """A ticket as its workflow has it, before anything was written down."""
    return TicketView(
        id=ticket.id,
        number=None,
        status=status_of(ticket),
        urgency=ticket.filing.urgency,
        coverage=ticket.promise.coverage,
        zone=ticket.filing.zone,
        category=ticket.filing.category,
        opened_at=ticket.filing.opened_at,
        channel=ticket.filing.channel,
        coverage_as_of=ticket.promise.coverage_as_of,
        customer_id=ticket.filing.customer_id,
        model_id=ticket.filing.model_id,
        model_text=None,
        description=None,
        missing=missing_of(
            model=bool(ticket.filing.model_id or ticket.filing.model_text_given),
            slots=bool(ticket.filing.slots),
            address=ticket.filing.zone is not None,
        ),
        slots=[SlotView(start=s.start, end=s.end) for s in ticket.filing.slots],
        attention=list(ticket.filing.attention),
        round=ticket.round,
        completed_at=ticket.completed_at,
        sla=_sla(ticket.promise.service, ticket.promise.clocks, now),
        visits=[_unrecorded_visit(visit, ticket) for visit in ticket.visits],
        escalations=[],
        seq=ticket.seq,
    )


def _sla(service: ServiceLevel | None, clocks: Sequence[Clock], now: datetime) -> SlaView | None:
    if service is None or not clocks:
        return None
    views = [
        SlaClockView(
            name=clock.name,
            round=clock.round,
            state=state_at(clock, now),
            target=clock.target,
            business_hours=service.hours is not None,
            due_at=clock.due_at,
            judged_at=clock.judged_at,
            risk_at=clock.risk_at,
            at_risk=clock.at_risk,
            provisional=is_provisional(clock, now),
            final_at=clock.final_at,
            restated=clock.restated,
        )
        for clock in clocks
    ]
    latest = {view.name: view for view in views}
    breached = [view for view in latest.values() if view.state is ClockState.BREACHED]
    return SlaView(
        schedule_by=latest[ClockName.SCHEDULE].due_at,
        onsite_by=latest[ClockName.ONSITE].due_at,
        resolve_by=latest[ClockName.RESOLVE].due_at,
        state=sla.overall(view.state for view in latest.values()),
        provisional=bool(breached) and all(view.provisional for view in breached),
        clocks=views,
    )


def _unrecorded_visit(visit: Visit, ticket: Ticket) -> VisitView:
    group = ticket.group_of(visit.id)
    return VisitView(
        **visit.model_dump(mode="json", include={"id", "group_id", "seq", "state", "positions"}),
        minutes=int(visit.length.total_seconds() // 60),
        start=visit.start,
        end=visit.end,
        actual_start=visit.actual_start,
        actual_end=visit.actual_end,
        assignments=[AssignmentView(**a.model_dump(mode="json")) for a in visit.crew],
        match_state=group.match_state if group else None,
        missing=list(group.missing) if group else [],
        shortfall=visit.shortfall,
        follows=visit.follows,
    )


def _visit(visit: RecordedVisit) -> VisitView:
    return VisitView.model_validate(visit.model_dump())
