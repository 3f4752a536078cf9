"""Rows and values as people see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import TypeAdapter

from api.ticket.schemas import (
    AssignmentView,
    EscalationView,
    SlaClockView,
    SlaView,
    SlotView,
    TicketSummary,
    TicketView,
    VisitView,
)
from models.db.escalation.tables import EscalationRow
from models.db.matching.tables import AssignmentRow
from models.db.ticket.tables import TicketPrivateRow, TicketRow
from models.db.visit.tables import GroupRow, VisitRow
from models.promise.sla import Clock, ClockName, ServiceLevel
from models.rules.promise import sla
from models.rules.transitions import status_of
from models.ticket import Channel, Coverage, Ticket, TicketStatus, Urgency
from models.visit import Visit

_SERVICE: TypeAdapter[ServiceLevel | None] = TypeAdapter(ServiceLevel | None)
_CLOCKS: TypeAdapter[tuple[Clock, ...]] = TypeAdapter(tuple[Clock, ...])


def summary(row: TicketRow) -> TicketSummary:
    """A ticket in a list."""
    return TicketSummary(
        id=row.id,
        number=f"T-{row.number}",
        status=TicketStatus(row.status),
        urgency=Urgency(row.urgency),
        coverage=Coverage(row.coverage),
        zone=row.zone,
        category=row.category,
        opened_at=row.opened_at,
    )


def recorded_ticket(
    row: TicketRow,
    private: TicketPrivateRow | None,
    visits: Sequence[VisitRow],
    groups: Mapping[str, GroupRow],
    assignments: Sequence[AssignmentRow],
    escalations: Sequence[EscalationRow],
    now: datetime,
) -> TicketView:
    """A ticket as the projection has it."""
    return TicketView(
        **summary(row).model_dump(),
        channel=Channel(row.channel),
        customer_id=row.customer_id,
        model_id=row.model_id,
        model_text=private.model_text if private else None,
        description=private.description if private else None,
        slots=[SlotView(**slot) for slot in row.slots],
        attention=list(row.attention),
        round=row.round,
        completed_at=row.completed_at,
        sla=_sla(_SERVICE.validate_python(row.service), _CLOCKS.validate_python(row.clocks), now),
        visits=[
            _visit(v, groups.get(v.group_id), [a for a in assignments if a.visit_id == v.id])
            for v in visits
        ],
        escalations=[EscalationView(**e.model_dump(exclude={"ticket_id"})) for e in escalations],
        seq=row.seq,
    )


def unrecorded_ticket(ticket: Ticket, now: datetime) -> TicketView:
    """A ticket as its workflow has it, before anything was written down."""
    return TicketView(
        id=ticket.id,
        number=None,
        status=status_of(ticket),
        urgency=ticket.urgency,
        coverage=ticket.coverage,
        zone=ticket.zone,
        category=ticket.category,
        opened_at=ticket.opened_at,
        channel=ticket.channel,
        customer_id=ticket.customer_id,
        model_id=ticket.model_id,
        model_text=None,
        description=None,
        slots=[SlotView(start=s.start, end=s.end) for s in ticket.slots],
        attention=list(ticket.attention),
        round=ticket.round,
        completed_at=ticket.completed_at,
        sla=_sla(ticket.service, ticket.clocks, now),
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
            state=sla.state_at(clock, now),
            target=clock.target,
            business_hours=service.hours is not None,
            due_at=clock.due_at,
            judged_at=clock.judged_at,
        )
        for clock in clocks
    ]
    latest = {view.name: view for view in views}
    return SlaView(
        schedule_by=latest[ClockName.SCHEDULE].due_at,
        onsite_by=latest[ClockName.ONSITE].due_at,
        resolve_by=latest[ClockName.RESOLVE].due_at,
        state=sla.overall(view.state for view in latest.values()),
        clocks=views,
    )


def _unrecorded_visit(visit: Visit, ticket: Ticket) -> VisitView:
    group = ticket.group_of(visit.id)
    return VisitView(
        **visit.model_dump(mode="json", include={"id", "group_id", "seq", "state", "positions"}),
        minutes=int(visit.duration.total_seconds() // 60),
        start=visit.start,
        end=visit.end,
        actual_start=visit.actual_start,
        actual_end=visit.actual_end,
        assignments=[AssignmentView(**a.model_dump(mode="json")) for a in visit.crew],
        match_state=group.match_state if group else "",
        missing=list(group.missing) if group else [],
    )


def _visit(
    row: VisitRow, group: GroupRow | None, assignments: Sequence[AssignmentRow]
) -> VisitView:
    return VisitView(
        id=row.id,
        group_id=row.group_id,
        seq=row.seq,
        state=row.state,
        minutes=row.minutes,
        positions=row.positions,
        start=row.start_at,
        end=row.end_at,
        actual_start=row.actual_start,
        actual_end=row.actual_end,
        assignments=[
            AssignmentView(
                id=a.id,
                position=a.position,
                expert_id=a.expert_id,
                state=a.state,
                source=a.source,
            )
            for a in assignments
        ],
        match_state=group.match_state if group else "",
        missing=group.missing if group else [],
    )
