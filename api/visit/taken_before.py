"""Reports of a batch that their tickets have taken before: whoever sends all of it again, because
its answer was lost or its end not reached, has those answered without a ticket being asked."""

from collections.abc import Sequence

from api.visit.report_schemas import Effect, VisitEvent, VisitStanding
from api.visit.reports import content_of, known_as
from models.db.engine import Session
from models.db.events import EventReads
from models.db.visit.reads import NeededVisit, VisitReads
from models.db.visit.reports import contents
from models.event import Event
from models.events.visit import VisitReportKept
from models.field import FactKind

Sent = tuple[str, VisitEvent]
"""A report, and the visit that it is of."""


def taken_before(
    session: Session, expert_id: str, sent: Sequence[Sent]
) -> list[VisitStanding | None]:
    """Where the visits stand of those reports of an expert that are known, in the order given; None
    of each that its ticket has to be asked about, such as a need for more time, which may have been
    refused."""
    known = contents(session, expert_id, {event.client_event_id for _, event in sent})
    same = [
        event.corrects is None
        and event.type not in (None, FactKind.NEED_MORE_TIME)
        and known.get(event.client_event_id) == content_of(event, visit_id)
        for visit_id, event in sent
    ]
    visits = {visit_id for (visit_id, _), is_same in zip(sent, same, strict=True) if is_same}
    names = {known_as(expert_id, event.client_event_id) for _, event in sent}
    taken = EventReads(session).of_reports(visits, names) if visits else {}
    standing = {visit_id: VisitReads(session).visit(visit_id) for visit_id in visits}
    return [
        _again(event, standing.get(visit_id), taken.get(known_as(expert_id, event.client_event_id)))
        if is_same
        else None
        for (visit_id, event), is_same in zip(sent, same, strict=True)
    ]


def _again(
    event: VisitEvent, visit: NeededVisit | None, taken: Event | None
) -> VisitStanding | None:
    if visit is None or taken is None:
        return None
    return VisitStanding(
        visit_id=visit.id,
        client_event_id=event.client_event_id,
        effect=Effect.REPEATED,
        state=visit.state,
        repeated=True,
        recorded_only=taken.type == VisitReportKept.kind,
        out_of_order=bool(taken.data.get("out_of_order")),
    )
