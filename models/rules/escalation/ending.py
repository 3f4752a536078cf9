"""What ended a question without a person, where that is more than that the world moved on
(docs/rules/escalations.md, One question at a time)."""

from collections.abc import Mapping
from datetime import datetime

from models.escalation import EscalationReason, Question
from models.promise.sla import LATE_EVIDENCE
from models.rules.escalation.wording import hour
from models.rules.promise.happening import ARRIVED
from models.rules.promise.sla import clock_of
from models.rules.visit.missing import absent
from models.rules.visit.shut_out import is_shut_out
from models.ticket import Ticket
from models.visit import VisitState

COMING, OPENED = "customer_coming", "door_opened"
CHOSE, ANEW, COMES = "customer_chose", "matched_anew", "somebody_comes"
_WORDS: Mapping[str, str] = {
    LATE_EVIDENCE: "A report came late: what it tells of had happened in time.",
    COMING: "The customer said at {at} that they come.",
    OPENED: "Somebody opened the door.",
    CHOSE: "The customer chose a time at which somebody else comes.",
    ANEW: "The visit is matched anew, and the customer is told.",
    COMES: "Who was in doubt comes after all, or somebody else does.",
}
_BEGUN = (VisitState.ON_SITE, VisitState.IN_PROGRESS, VisitState.COMPLETED, VisitState.INCOMPLETE)


def ended_by(ticket: Ticket, question: Question) -> str | None:
    """What ended a question: `late_evidence`, where a report that came late tells of what had
    happened in time; `customer_coming`, `door_opened`; `customer_chose`, `matched_anew`,
    `somebody_comes`. None where no more is known than that the world moved on."""
    match question.reason:
        case EscalationReason.SLA_AT_RISK | EscalationReason.SLA_BREACHED:
            clock = clock_of(ticket, question.subject)
            return LATE_EVIDENCE if clock is not None and clock.restated else None
        case EscalationReason.LATE_START:
            return LATE_EVIDENCE if _was_there_in_time(ticket, question.subject) else None
        case EscalationReason.CANNOT_ENTER:
            return _of_a_door(ticket, question)
        case EscalationReason.CANNOT_ARRIVE:
            return _of_an_absence(ticket, question.subject)
        case _:
            return None


def ending_in_words(because: str | None, at: datetime | None, tz: str) -> str:
    """What is said of it, on the clock of a zone; nothing, where no more is known."""
    words = _WORDS.get(because or "", "")
    return words.format(at=hour(at, tz)) if at else words


def _of_a_door(ticket: Ticket, question: Question) -> str | None:
    visit = ticket.visit(question.subject)
    if visit is None:
        return None
    if not is_shut_out(visit):
        return OPENED if visit.state in _BEGUN else None
    said = visit.coming_said
    return COMING if said is not None and said >= question.asked_at else None


def _of_an_absence(ticket: Ticket, visit_id: str) -> str | None:
    visit = ticket.visit(visit_id)
    if visit is None or visit.state is VisitState.CANCELLED:
        return None
    if visit.state is VisitState.OPEN:
        return None if visit.is_fixed else ANEW
    if absent(visit):
        return None
    taken = (o for o in ticket.matching.offers if o.is_of_stand_ins and o.accepted is not None)
    return CHOSE if any(o.options[0].visits[0].visit_id == visit.id for o in taken) else COMES


def _was_there_in_time(ticket: Ticket, visit_id: str) -> bool:
    visit = ticket.visit(visit_id)
    if visit is None or visit.start is None:
        return False
    late = visit.start + ticket.policies.late_start_after
    return all(
        any(f.kind in ARRIVED and f.occurred_at <= late for f in visit.facts_of(a))
        for a in visit.crew
    )
