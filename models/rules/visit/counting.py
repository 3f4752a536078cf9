"""What the timeline says of a report that counts (docs/rules/states.md, Reports from the field)."""

from datetime import datetime
from typing import Any

from models.event import Cause
from models.events.field import REPORTS
from models.field import FactKind, ReportedFact
from models.rules.transitions import REACHED_BY
from models.rules.visit.shut_out import waits_until
from models.rules.visit.standing import standing_of
from models.rules.visit.start_code import appointment_of, needs_code
from models.ticket import Ticket
from models.visit import ENDED, Visit


def is_late(visit: Visit, fact: ReportedFact) -> bool:
    """Whether a report came after another of the same expert that occurred later."""
    return any(
        f.order > fact.order
        for f in visit.facts
        if f.assignment_id == fact.assignment_id and not f.withdrawn
    )


def counted(ticket: Ticket, visit: Visit, fact: ReportedFact, by: Cause, now: datetime) -> Ticket:
    """The ticket in whose timeline a report of `visit` is, which stands where all of them lead;
    nobody is told of one that is overtaken."""
    flags = {"out_of_order": is_late(visit, fact), "overtaken": _is_overtaken(visit, fact)}
    stated: dict[str, Any] = {name: True for name, holds in flags.items() if holds}
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


def _is_overtaken(visit: Visit, fact: ReportedFact) -> bool:
    """Whether its expert does not stand any more where a report led, or sets out to a visit that
    has ended. That it came after a later one does not matter: they know of the visit while they
    are on the way."""
    if fact.kind not in REACHED_BY:
        return False
    facts = (f for f in visit.facts if f.assignment_id == fact.assignment_id and not f.withdrawn)
    stands = standing_of(tuple(facts))
    if fact.kind is FactKind.CANNOT_ENTER:
        return not stands.is_shut_out
    is_over = fact.kind is FactKind.EN_ROUTE and visit.state in ENDED
    return is_over or stands.state is not REACHED_BY[fact.kind]


def _particulars(ticket: Ticket, visit: Visit, fact: ReportedFact) -> dict[str, Any]:
    """What its event says of the particulars of a report."""
    said = fact.particulars
    match fact.kind:
        case FactKind.EN_ROUTE | FactKind.ON_SITE if needs_code(ticket, visit, fact.expert_id):
            crew = (a.id for a in visit.crew)
            return {"start_code": True, "appointment": appointment_of(visit.id, crew)}
        case FactKind.CANNOT_ARRIVE:
            return {"hindrance": said.hindrance}
        case FactKind.CANNOT_ENTER:
            until = waits_until(ticket, visit)
            wait = {} if until is None else {"expires_at": until.isoformat()}
            return {"attempts": len(said.attempts), **wait}
        case FactKind.NEED_MORE_TIME:
            return {"minutes": said.minutes}
        case FactKind.INCOMPLETE:
            return {"shortfall": said.shortfall}
        case _:
            return {}
