"""Proposals as last recorded, and whose time was given to others."""

from typing import NamedTuple

from sqlalchemy import Select, select, text, tuple_
from sqlmodel import Session, col

from models.calendar import Window, packed
from models.db.matching.tables import LIVE, ProposalRow
from models.visit import Proposal, ProposalState

_TIME_TAKEN = text(f"""
    select exists (select from assignments a join assignments o
        on o.expert = a.expert and o.id <> a.id and o.{LIVE}
        and o.blocked && tstzrange(a.start_at, a.end_at)
    where a.ticket_id = :ticket_id and a.{LIVE} and a.done_at is null)
""")  # noqa: S608, the names are ours


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


def is_time_taken(session: Session, ticket_id: str) -> bool:
    """Whether an expert who is not done with a ticket is booked for another one meanwhile: they
    were done, their time was given away, and then they were not."""
    return bool(session.scalar(_TIME_TAKEN, {"ticket_id": ticket_id}))


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
