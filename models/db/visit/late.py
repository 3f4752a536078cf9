"""Reports that come when their ticket is over for good: kept beside it, because what happened has
happened (docs/rules/states.md, Reports from the field)."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models import subject
from models.db.effect import Effect, Moved, take_effect
from models.db.events import EventReads
from models.db.ticket.tables import TicketRow
from models.event import event_of
from models.events.visit import VisitReportKept
from models.messages.visit import ReportVisit
from models.ticket import Attention, TicketStatus

_AFTER_THE_END = """update tickets
set seq = %(seq)s, attention = case
    when attention @> jsonb_build_array(%(attention)s::text) then attention
    else attention || jsonb_build_array(%(attention)s::text) end
where id = %(id)s and seq = %(seq)s - 1 returning id"""
_FINAL = [status.value for status in TicketStatus if status.is_final]


def kept_after_the_end(session: Session, ticket_id: str, fact: ReportVisit, now: datetime) -> bool:
    """Put a report into the timeline of a ticket whose workflow has ended, once; whether it is
    there. Nobody else numbers the events of that ticket any more, and its row is locked meanwhile.
    Of a ticket that has not ended nothing is kept."""
    row = session.scalar(
        select(TicketRow)
        .where(col(TicketRow.id) == ticket_id, col(TicketRow.status).in_(_FINAL))
        .with_for_update()
    )
    if row is None or fact.kind is None:
        return False
    if EventReads(session).of_report(ticket_id, fact) is not None:
        return True
    facts = VisitReportKept(
        visit_id=fact.visit_id,
        expert_id=fact.expert_id,
        reported=fact.kind,
        client_event_id=fact.client_event_id,
        report_id=fact.report_id,
    )
    event = event_of(facts, ticket_id, row.seq + 1, now, fact.by, fact.occurred_at)
    values = {"id": ticket_id, "seq": event.seq, "attention": Attention.LATE_REPORT}
    moved = Moved(sql=_AFTER_THE_END, values=values)
    return bool(take_effect(session, moved, Effect(subject.ticket(ticket_id), (event,))))
