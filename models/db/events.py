"""The record of what happened."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.actor import Actor, Role
from models.db.tables import EventRow
from models.db.visit.tables import VisitRow
from models.event import Event
from models.events.field import REPORTS
from models.events.visit import VisitReportKept, VisitReportWithdrawn
from models.messages.visit import ReportVisit

_REPORTED = (*(report.kind for report in REPORTS.values()), VisitReportKept.kind)


class EventReads:
    """Events of every aggregate, by the ticket they are about."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def posted_at(self, ticket_id: str) -> dict[str, datetime]:
        """When each proposal on a ticket arrived, by its id."""
        rows = self._session.scalars(
            select(EventRow).where(
                col(EventRow.ticket_id) == ticket_id, col(EventRow.type) == "proposal.posted"
            )
        )
        return {row.facts["proposal_id"]: row.recorded_at for row in rows}

    def of_report(self, ticket_id: str, fact: ReportVisit) -> Event | None:
        """What became of a report that its ticket took, or of the same news under another id. None:
        the ticket never took it."""
        happened = REPORTS[fact.kind].kind if fact.kind else VisitReportWithdrawn.kind
        rows = self._session.scalars(
            select(EventRow)
            .where(
                col(EventRow.ticket_id) == ticket_id,
                col(EventRow.type).in_((happened, VisitReportKept.kind)),
            )
            .order_by(col(EventRow.seq))
        )
        about = (fact.visit_id, fact.expert_id)
        own = [r for r in rows if (r.facts["visit_id"], r.facts["expert_id"]) == about]
        very = [r for r in own if r.facts["client_event_id"] == fact.client_event_id]
        same = [r for r in own if r.type == happened]
        return next(map(_event, very + same), None)

    def of_reports(self, visit_ids: Collection[str], names: Collection[str]) -> dict[str, Event]:
        """What became of the reports of some visits that their tickets took under these names, by
        name."""
        tickets = select(col(VisitRow.ticket_id)).where(col(VisitRow.id).in_(visit_ids))
        name = col(EventRow.facts)["client_event_id"].astext
        rows = self._session.scalars(
            select(EventRow).where(
                col(EventRow.ticket_id).in_(tickets),
                col(EventRow.type).in_(_REPORTED),
                name.in_(names),
            )
        )
        return {row.facts["client_event_id"]: _event(row) for row in rows}

    def after(self, aggregate: str, seq: int) -> list[Event]:
        """The events of an aggregate with a higher number, in their order."""
        rows = self._session.scalars(
            select(EventRow)
            .where(col(EventRow.aggregate) == aggregate, col(EventRow.seq) > seq)
            .order_by(col(EventRow.seq))
        )
        return [_event(row) for row in rows]

    def timeline(self, ticket_id: str) -> list[Event]:
        """Everything that happened around a ticket, in the order in which we learned of it."""
        rows = self._session.scalars(
            select(EventRow)
            .where(col(EventRow.ticket_id) == ticket_id)
            .order_by(col(EventRow.recorded_at), col(EventRow.aggregate).desc(), col(EventRow.seq))
        )
        return [_event(row) for row in rows]


def _event(row: EventRow) -> Event:
    actor = Actor(role=Role(row.actor_role), id=row.actor_id)
    return Event.model_validate({**row.model_dump(), "actor": actor, "data": row.facts})
