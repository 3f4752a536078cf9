"""Proposals as last recorded."""

from typing import NamedTuple

from sqlalchemy import Select, select, tuple_
from sqlmodel import Session, col

from models.calendar import Window, packed
from models.db.matching.tables import ProposalRow
from models.visit import Proposal, ProposalState


class PlacedProposal(NamedTuple):
    """A proposal, and the ticket it was made on."""

    ticket_id: str
    proposal: Proposal


class ProposalReads:
    """Who offers to come."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def proposal(self, proposal_id: str) -> PlacedProposal | None:
        """An offer."""
        row = self._session.get(ProposalRow, proposal_id)
        return None if row is None else PlacedProposal(row.ticket_id, _proposal(row))

    def of_visit(self, visit_id: str, expert_id: str | None = None) -> list[Proposal]:
        """The offers for a visit in their order, of everybody or of one expert."""
        return [_proposal(row) for row in self._session.scalars(_of_visit(visit_id, expert_id))]

    def page(
        self, visit_id: str, expert_id: str | None, after: tuple[int, str] | None, limit: int
    ) -> list[Proposal]:
        """Some of the offers of `of_visit`, after a place and id."""
        query = _of_visit(visit_id, expert_id).limit(limit)
        if after:
            query = query.where(after < _POSITION)
        return [_proposal(row) for row in self._session.scalars(query)]


_POSITION = tuple_(col(ProposalRow.seq), col(ProposalRow.id))


def _of_visit(visit_id: str, expert_id: str | None) -> Select[ProposalRow]:
    query = select(ProposalRow).where(col(ProposalRow.visit_id) == visit_id).order_by(_POSITION)
    return query.where(col(ProposalRow.expert_id) == expert_id) if expert_id else query


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(
        id=row.id,
        visit_id=row.visit_id,
        expert_id=row.expert_id,
        times=packed(Window(**window) for window in row.windows),
        seq=row.seq,
        state=ProposalState(row.state),
    )
