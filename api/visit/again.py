"""Where a visit stands for a report that is known already, or comes when its ticket is over."""

from api.http.services import Services
from api.visit.report_schemas import Effect, VisitEvent, VisitStanding
from models.db.events import EventReads
from models.db.visit.late import kept_after_the_end
from models.db.visit.reads import NeededVisit, VisitReads
from models.errors import Conflict
from models.events.visit import VisitReportKept
from models.field import FactKind
from models.messages.visit import ReportVisit


async def known_at_the_end(
    services: Services, visit: NeededVisit, event: VisitEvent, fact: ReportVisit
) -> VisitStanding | None:
    """What became of a report that a ticket heard which is over for good; None, if it did not.

    Raises:
        Conflict: `correction-too-late` for what only takes another one back.
    """
    taken = await services.reads.run(lambda s: EventReads(s).of_report(visit.ticket_id, fact))
    if taken is not None:
        return await standing_again(
            *(services, visit.id, event),
            recorded_only=taken.type == VisitReportKept.kind,
            out_of_order=bool(taken.data.get("out_of_order")),
        )
    if fact.kind is None:
        raise Conflict("correction-too-late", "The ticket is over.", field="/corrects")
    return None


async def kept_beside(
    services: Services, visit: NeededVisit, event: VisitEvent, fact: ReportVisit
) -> VisitStanding | None:
    """What becomes of a report of whose ticket there is nothing but the rows: it is kept there, so
    that its phone need not keep it; None where the ticket is not written down as over.

    Again after success: what was kept is known.
    """
    now = services.clock()
    kept = await services.reads.write(lambda s: kept_after_the_end(s, visit.ticket_id, fact, now))
    if not kept:
        return None
    return VisitStanding(
        visit_id=visit.id,
        client_event_id=event.client_event_id,
        effect=Effect.RECORDED_ONLY,
        state=visit.state,
        repeated=False,
        recorded_only=True,
        out_of_order=False,
    )


async def standing_again(
    services: Services,
    visit_id: str,
    event: VisitEvent,
    *,
    recorded_only: bool,
    out_of_order: bool,
) -> VisitStanding:
    """Where a visit stands by now, to whoever reports what is known; the rest as it was answered
    first."""
    visit = await services.reads.run(lambda s: VisitReads(s).visit(visit_id))
    return VisitStanding(
        visit_id=visit_id,
        client_event_id=event.client_event_id,
        effect=Effect.REPEATED,
        state=visit.state if visit else None,
        repeated=True,
        recorded_only=recorded_only,
        out_of_order=out_of_order,
        end=visit.end_at if visit and event.type is FactKind.NEED_MORE_TIME else None,
    )
