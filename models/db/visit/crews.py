"""Who is booked for which visit, as somebody needs it who cannot ask at the moment."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from models.db.matching.tables import FREED, AssignmentRow
from models.db.tables import EventRow
from models.db.visit.tables import VisitRow


class Crew(NamedTuple):
    """The ticket of a visit, until when it is planned, and by assignment the experts who are or
    were on it; `holders` are the assignments that hold its positions."""

    ticket_id: str
    end: datetime
    experts: Mapping[str, str]
    holders: tuple[str, ...]


def crews(session: Session, since: datetime, heard_since: datetime | None) -> dict[str, Crew]:
    """The crews of the visits that end after `since`, by visit: whoever was let go is among them,
    since they may report still what they did. Only of tickets of which something was written down
    after `heard_since`, if that is given."""
    row = AssignmentRow
    query = select(
        *(col(row.visit_id), col(row.ticket_id), col(row.end_at)),
        *(col(row.id), col(row.expert_id), col(row.state), col(row.relieved_by)),
    ).where(col(row.end_at) > since)
    if heard_since is not None:
        heard = select(col(EventRow.ticket_id)).where(col(EventRow.recorded_at) > heard_since)
        visits = select(col(VisitRow.id)).where(col(VisitRow.ticket_id).in_(heard))
        query = query.where(col(row.visit_id).in_(visits))
    found: dict[str, Crew] = {}
    for visit_id, ticket_id, end, assignment_id, expert_id, state, relieved_by in session.execute(
        query
    ):
        crew = found.get(visit_id, Crew(ticket_id, end, {}, ()))
        holds = state not in FREED and relieved_by is None
        found[visit_id] = Crew(
            ticket_id,
            max(end, crew.end),
            {**crew.experts, assignment_id: expert_id},
            (*crew.holders, assignment_id) if holds else crew.holders,
        )
    return found
