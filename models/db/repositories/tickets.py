"""Writing the projection of tickets."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, SQLModel

from models.base import Value
from models.db.tables.calendar import AssignmentRow
from models.db.tables.ticket import (
    EscalationRow,
    GroupRow,
    NoteRow,
    ProposalRow,
    TicketPrivateRow,
    TicketRow,
    VisitRow,
    WorkReportRow,
)
from models.messages.ticket import OpenTicket, RecordTicket
from models.rules.geography import Spot
from models.ticket import Coverage, TicketStatus
from models.visit import Proposal, Visit, VisitGroup

_TICKETS: Table = TicketRow.__table__  # type: ignore[attr-defined]
_ASSIGNMENTS: Table = AssignmentRow.__table__  # type: ignore[attr-defined]
_ASSIGNMENT_STATE = (
    update(_ASSIGNMENTS)
    .where(_ASSIGNMENTS.c.id == bindparam("which"))
    .values(state=bindparam("now_state"))
)


class TicketRepository:
    """Tickets and everything inside them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, opened: OpenTicket, private: TicketPrivateRow) -> None:
        """Put a new ticket and its words in; one that is there already stays as it is."""
        new = self._session.scalar(
            upsert(_TICKETS)
            .values(
                id=opened.ticket_id,
                seq=0,
                status=TicketStatus.RECEIVED,
                customer_id=opened.customer_id,
                channel=opened.channel,
                urgency=opened.urgency,
                coverage=Coverage.UNKNOWN,
                round=1,
                slots=_plain(opened.slots),
                attention=[],
                timers=[],
                opened_at=opened.opened_at,
                fingerprint=opened.fingerprint,
            )
            .on_conflict_do_nothing()
            .returning(_TICKETS.c.id)
        )
        if new is not None:
            self._session.add(private)

    def place(self, ticket_id: str) -> Spot | None:
        """Where a ticket's visits are."""
        private = self._session.get(TicketPrivateRow, ticket_id)
        if private is None or private.lat is None or private.lng is None:
            return None
        return Spot(lat=private.lat, lng=private.lng)

    def record(self, record: RecordTicket) -> bool:
        """Bring the projection up to a ticket's state; False if it is there already."""
        ticket = record.ticket
        moved = self._session.connection().execute(
            update(_TICKETS)
            .where(_TICKETS.c.id == ticket.id, _TICKETS.c.seq < ticket.seq)
            .values(_ticket_columns(record))
        )
        if not moved.rowcount:
            return False
        self._upsert(VisitRow, [_visit_columns(v, ticket.id) for v in ticket.visits])
        self._upsert(GroupRow, [_group_columns(g, ticket.id) for g in ticket.groups])
        self._upsert(ProposalRow, [_proposal_columns(p, ticket.id) for p in ticket.proposals])
        self._upsert(
            EscalationRow, [{**e.model_dump(), "ticket_id": ticket.id} for e in ticket.escalations]
        )
        states = [
            {"which": a.id, "now_state": a.state} for v in ticket.visits for a in v.assignments
        ]
        if states:
            self._session.connection().execute(_ASSIGNMENT_STATE, states)
        return True

    def add_note(self, note: NoteRow) -> None:
        """Keep words; the same id keeps them once."""
        self._keep_once(note)

    def add_work_report(self, report: WorkReportRow) -> None:
        """Keep what an expert left behind; the same id keeps it once."""
        self._keep_once(report)

    def _keep_once(self, row: SQLModel) -> None:
        self._session.execute(upsert(type(row)).values(row.model_dump()).on_conflict_do_nothing())

    def _upsert(self, row: type[SQLModel], values: list[dict[str, Any]]) -> None:
        if values:
            self._session.connection().execute(_upserts(row, tuple(values[0])), values)


_STATEMENTS: dict[tuple[str, tuple[str, ...]], Any] = {}


def _upserts(row: type[SQLModel], names: tuple[str, ...]) -> Any:
    """One prepared statement a table: building it costs more than running it."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    if (table.name, names) not in _STATEMENTS:
        statement = upsert(table)
        _STATEMENTS[table.name, names] = statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: statement.excluded[name] for name in names if name != "id"},
        )
    return _STATEMENTS[table.name, names]


def _plain(values: Sequence[Value]) -> list[dict[str, Any]]:
    return [v.model_dump(mode="json") for v in values]


def _ticket_columns(record: RecordTicket) -> dict[str, Any]:
    ticket = record.ticket
    return {
        "seq": ticket.seq,
        "status": record.status,
        "zone": ticket.zone,
        "category": ticket.category,
        "model_id": ticket.model_id,
        "plan_id": ticket.plan_id,
        "coverage": ticket.coverage,
        "round": ticket.round,
        "slots": _plain(ticket.slots),
        "attention": list(ticket.attention),
        "timers": _plain(record.timers),
        "completed_at": ticket.completed_at,
    }


def _visit_columns(visit: Visit, ticket_id: str) -> dict[str, Any]:
    return {
        "id": visit.id,
        "ticket_id": ticket_id,
        "group_id": visit.group_id,
        "seq": visit.seq,
        "state": visit.state,
        "minutes": int(visit.duration.total_seconds() // 60),
        "positions": _plain(visit.positions),
        "slots": None if visit.slots is None else _plain(visit.slots),
        "start_at": visit.start,
        "end_at": visit.end,
        "actual_start": visit.actual_start,
        "actual_end": visit.actual_end,
        "report_id": visit.report_id,
    }


def _group_columns(group: VisitGroup, ticket_id: str) -> dict[str, Any]:
    return {
        "id": group.id,
        "ticket_id": ticket_id,
        "round": group.round,
        "match_state": group.match_state,
        "missing": list(group.missing),
        "visit_ids": list(group.visit_ids),
        "dependencies": _plain(group.dependencies),
        "hold_until": group.hold_until,
    }


def _proposal_columns(proposal: Proposal, ticket_id: str) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "ticket_id": ticket_id,
        "visit_id": proposal.visit_id,
        "expert_id": proposal.expert_id,
        "seq": proposal.seq,
        "state": proposal.state,
        "windows": _plain(proposal.windows),
    }
