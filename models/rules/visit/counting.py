"""What the timeline says of a report that counts (docs/rules/states.md, Reports from the field)."""

from datetime import datetime
from typing import Any

from models.event import Cause
from models.events.field import REPORTS
from models.field import FactKind, ReportedFact
from models.rules.visit.start_code import appointment_of
from models.ticket import Ticket
from models.visit import Visit


def counted(
    ticket: Ticket, visit: Visit, fact: ReportedFact, by: Cause, now: datetime, *, late: bool
) -> Ticket:
    """The ticket in whose timeline a report of `visit` is, which stands where it led; a `late` one
    tells nobody."""
    stated: dict[str, Any] = {"out_of_order": True} if late else {}
    if fact.phone_time is not None:
        stated["phone_time"] = fact.phone_time.isoformat()
    facts = REPORTS[fact.kind](
        visit_id=visit.id,
        expert_id=fact.expert_id,
        state=visit.state,
        client_event_id=fact.client_event_id,
        **stated,
        **_particulars(ticket, visit, fact),
    )
    return ticket.happened(facts, now, by, occurred_at=fact.occurred_at)


def _particulars(ticket: Ticket, visit: Visit, fact: ReportedFact) -> dict[str, Any]:
    """What its event says of the particulars of a report."""
    said = fact.particulars
    match fact.kind:
        case FactKind.EN_ROUTE | FactKind.ON_SITE if ticket.policies.start_code:
            crew = (a.id for a in visit.crew)
            return {"start_code": True, "appointment": appointment_of(visit.id, crew)}
        case FactKind.CANNOT_ARRIVE:
            return {"hindrance": said.hindrance}
        case FactKind.CANNOT_ENTER:
            return {"attempts": len(said.attempts)}
        case FactKind.NEED_MORE_TIME:
            return {"minutes": said.minutes}
        case FactKind.INCOMPLETE:
            return {"shortfall": said.shortfall}
        case _:
            return {}
