"""Reading the projection of tickets."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlmodel import Session, col

from models.calendar import Window
from models.db.escalation.tables import EscalationRow
from models.db.matching.tables import FREED, AssignmentRow, ProposalRow
from models.db.ticket.tables import NoteRow, TicketPrivateRow, TicketRow
from models.db.visit.tables import GroupRow, VisitRow
from models.visit import Proposal, ProposalState


class TicketViews:
    """Tickets as people read them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ticket(self, ticket_id: str) -> TicketRow | None:
        """A ticket."""
        return self._session.get(TicketRow, ticket_id)

    def private(self, ticket_id: str) -> TicketPrivateRow | None:
        """The customer's words about a ticket, and where it is."""
        return self._session.get(TicketPrivateRow, ticket_id)

    def tickets(
        self,
        *,
        customer_id: str | None,
        status: str | None,
        zone: str | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[TicketRow]:
        """Tickets, the newest first, before a position."""
        query = select(TicketRow).order_by(
            col(TicketRow.opened_at).desc(), col(TicketRow.id).desc()
        )
        if customer_id:
            query = query.where(col(TicketRow.customer_id) == customer_id)
        if status:
            query = query.where(col(TicketRow.status) == status)
        if zone:
            query = query.where(col(TicketRow.zone) == zone)
        if before:
            position = tuple_(col(TicketRow.opened_at), col(TicketRow.id))
            query = query.where(position < before)
        return list(self._session.scalars(query.limit(limit)))

    def visits(self, ticket_id: str) -> list[VisitRow]:
        """The visits of a ticket, in their order."""
        return list(
            self._session.scalars(
                select(VisitRow)
                .where(col(VisitRow.ticket_id) == ticket_id)
                .order_by(col(VisitRow.seq))
            )
        )

    def visit(self, visit_id: str) -> VisitRow | None:
        """A visit."""
        return self._session.get(VisitRow, visit_id)

    def groups(self, ticket_id: str) -> dict[str, GroupRow]:
        """The groups of a ticket, by id."""
        rows = self._session.scalars(select(GroupRow).where(col(GroupRow.ticket_id) == ticket_id))
        return {row.id: row for row in rows}

    def assignments(self, visit_ids: Sequence[str]) -> list[AssignmentRow]:
        """Everybody who is or was assigned to some visits."""
        return list(
            self._session.scalars(
                select(AssignmentRow)
                .where(col(AssignmentRow.visit_id).in_(visit_ids))
                .order_by(col(AssignmentRow.visit_id), col(AssignmentRow.position))
            )
        )

    def is_assigned(self, expert_id: str, ticket_id: str) -> bool:
        """Whether an expert holds a live assignment on a ticket."""
        found = self._session.scalar(
            select(col(AssignmentRow.id))
            .where(
                col(AssignmentRow.expert_id) == expert_id,
                col(AssignmentRow.ticket_id) == ticket_id,
                col(AssignmentRow.state).not_in(FREED),
            )
            .limit(1)
        )
        return found is not None

    def proposals(self, visit_id: str, expert_id: str | None) -> list[ProposalRow]:
        """The offers for a visit in their order, of everybody or of one expert."""
        query = (
            select(ProposalRow)
            .where(col(ProposalRow.visit_id) == visit_id)
            .order_by(col(ProposalRow.seq))
        )
        if expert_id:
            query = query.where(col(ProposalRow.expert_id) == expert_id)
        return list(self._session.scalars(query))

    def offers(self, visit_id: str) -> list[Proposal]:
        """The offers for a visit as the rules know them."""
        return [
            Proposal(
                id=row.id,
                visit_id=row.visit_id,
                expert_id=row.expert_id,
                windows=tuple(Window(**w) for w in row.windows),
                seq=row.seq,
                state=ProposalState(row.state),
            )
            for row in self.proposals(visit_id, None)
        ]

    def proposal(self, proposal_id: str) -> ProposalRow | None:
        """An offer."""
        return self._session.get(ProposalRow, proposal_id)

    def escalations(self, ticket_id: str) -> list[EscalationRow]:
        """What people were asked about a ticket."""
        return list(
            self._session.scalars(
                select(EscalationRow)
                .where(col(EscalationRow.ticket_id) == ticket_id)
                .order_by(col(EscalationRow.opened_at), col(EscalationRow.id))
            )
        )

    def notes(self, ticket_id: str) -> dict[str, NoteRow]:
        """What people wrote about a ticket, by id."""
        rows = self._session.scalars(select(NoteRow).where(col(NoteRow.ticket_id) == ticket_id))
        return {row.id: row for row in rows}
