"""What of a visit has happened already: who was asked, what was cancelled, what work is worth."""

from datetime import datetime

from models.actor import Role
from models.brief import Cancelling, Expected
from models.db.engine import Session
from models.db.events import EventReads
from models.db.message.reads import DeliveryTry, NotificationReads
from models.db.money.crediting import wages_in
from models.db.people.calendar import CalendarRepository
from models.events.incident import CustomerAskedForTimes, StandInsOffered
from models.events.visit import AssignmentReleased
from models.message.notification import DeliveryState
from models.money.invoice import Earning
from models.rules.escalation.cancelling import cancelling_of as cancelling_event
from models.rules.money.after_cancel import worked_all_the_same
from models.rules.money.pricing import earned
from models.rules.ticket.finishing import work_after_cancel, work_on
from models.rules.visit.missing import absent, hindrance_of, last_said
from models.ticket import Ticket
from models.visit import Visit, VisitState

_ASKED = (CustomerAskedForTimes.kind, StandInsOffered.kind)
_WHO = {Role.CUSTOMER: "the customer", Role.SYSTEM: "the house"}


def crew_of(session: Session, visit: Visit, now: datetime) -> tuple[Expected, ...]:
    """Who is booked for a visit, or worked on it though it was cancelled, as pages without names
    call them."""
    crew = worked_all_the_same(visit) or visit.crew
    diaries = CalendarRepository(session).diaries([a.expert_id for a in crew], now)
    numbers = {diary.expert.id: diary.number for diary in diaries}
    skills = {p.idx: p.skill for p in visit.positions}
    return tuple(
        Expected(
            expert_id=a.expert_id,
            expert_no=numbers.get(a.expert_id, 0),
            skill=skills[a.position],
            state=a.state,
            barred=a.barred,
            hindrance=hindrance_of(visit, a),
        )
        for a in sorted(crew, key=lambda a: a.position)
    )


def customer_asked_at(session: Session, ticket: Ticket, visit: Visit) -> datetime | None:
    """When the customer was asked last what suits them; None if that was about an absence before
    the one in question."""
    timeline = EventReads(session).timeline(ticket.id)
    asked = [e.recorded_at for e in timeline if e.type in _ASKED and _is_of(e.data, visit)]
    said = [f.received_at or f.occurred_at for a in absent(visit) if (f := last_said(visit, a))]
    if not asked or (said and asked[-1] < min(said)):
        return None
    return asked[-1]


def cancelling_of(session: Session, ticket: Ticket, visit: Visit) -> Cancelling | None:
    """When a visit was cancelled, by whom, and when its experts were told; None where nobody wrote
    that down."""
    last = cancelling_event(EventReads(session).timeline(ticket.id), visit.id)
    if last is None:
        return None
    role = last.actor.role
    return Cancelling(
        at=last.recorded_at,
        by=_WHO.get(role, f"the {role}"),
        told=_told(session, ticket, visit, last.recorded_at),
    )


def worth_of(session: Session, ticket: Ticket, visit: Visit) -> tuple[Earning, ...]:
    """What the work on a visit is worth to those who did it, as it stands."""
    was_cancelled = visit.state is VisitState.CANCELLED
    work = work_after_cancel(visit) if was_cancelled else work_on(visit)
    if not work or ticket.filing.zone is None:
        return ()
    wages = wages_in(session, ticket.filing.zone, {w.expert_id for w in work})
    return earned(work, wages.tariff, wages.commissions) if wages else ()


def _is_of(facts: dict[str, object], visit: Visit) -> bool:
    return facts.get("visit_id") == visit.id


def _told(session: Session, ticket: Ticket, visit: Visit, since: datetime) -> dict[str, datetime]:
    tells = AssignmentReleased.tells
    told: dict[str, datetime] = {}
    for notification, tries in NotificationReads(session).of_ticket(ticket.id):
        mine = notification.template == tells.template and _is_of(notification.facts, visit)
        sent = _sent_at(tries)
        if mine and sent and notification.created_at >= since:
            told.setdefault(notification.recipient_id, sent)
    return told


def _sent_at(tries: list[DeliveryTry]) -> datetime | None:
    sent = (t.sent_at for t in tries if t.state == DeliveryState.SENT and t.sent_at)
    return min(sent, default=None)
