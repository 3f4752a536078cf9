"""The picture of an escalation: what the house knows about its subject at this moment."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from models.calendar import Window
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads
from models.db.matching.problems import ProblemRepository
from models.db.message.reads import NotificationReads
from models.db.ticket.reads import TicketReads
from models.escalation import Escalation, EscalationReason, Option
from models.geography import Spot
from models.rules.escalation.kind import Picture
from models.rules.escalation.lacking import first_lacking, position_to_fill
from models.rules.escalation.ranking import candidates
from models.rules.ticket.offering import suggestions
from models.ticket import Ticket
from models.visit import Visit, VisitGroup

MOST_TIMES = 5
NEAREST_MODELS = 5


def picture_of(session: Session, ticket: Ticket, asked: Escalation, now: datetime) -> Picture:
    """Everything that the kind of an escalation may speak of."""
    group = next((g for g in ticket.groups if g.id == asked.subject), None)
    visit = ticket.visit(asked.subject) or first_lacking(ticket, group)
    recorded = TicketReads(session).ticket(ticket.id)
    zone = ReferenceReads(session).zone(ticket.zone) if ticket.zone else None
    place = TicketReads(session).place(ticket.id)
    picture = Picture(
        ticket=ticket,
        now=now,
        number=recorded.number if recorded else None,
        tz=zone.tz if zone else "UTC",
        visit=visit,
        group=group,
    )
    if asked.reason is EscalationReason.MODEL_UNRESOLVED:
        return picture.but(options=_near_models(session, ticket.id))
    if asked.about is not None:
        return picture.but(undelivered=_undelivered(session, ticket.id, asked.about))
    if visit is None or place is None or ticket.zone is None:
        return picture
    if group is not None:
        picture = picture.but(times=_times(session, ticket, group, place, now))
    return _with_candidates(session, picture, visit, place, asked)


def _with_candidates(
    session: Session, picture: Picture, visit: Visit, place: Spot, asked: Escalation
) -> Picture:
    ticket, now = picture.ticket, picture.now
    assert ticket.zone is not None, "a place lies in a zone"
    position = position_to_fill(visit, picture.group)
    pool = EscalationReads(session).able([position.skill], ticket.zone, place, now, [visit.id])
    slots: Sequence[Window] = ticket.slots_of(visit)
    if visit.start is not None and asked.reason is not EscalationReason.LATE_START:
        slots = [Window(start=visit.start, end=visit.start + visit.duration)]
    lead = ticket.policies.min_lead
    found = candidates(pool, visit, position, slots, place, now + lead, ticket.zone)
    return picture.but(
        candidates=tuple(candidate for candidate, _ in found),
        people=tuple(
            f"{c.number}. Expert no. {able.number}, {c.distance_km:.0f} km away, "
            f"free {picture.local(c.start)}"
            for c, able in found
        ),
    )


def _times(
    session: Session, ticket: Ticket, group: VisitGroup, place: Spot, now: datetime
) -> tuple[Window, ...]:
    if not ticket.active_proposals(group):
        return ()
    problem = ProblemRepository(session).problem(ticket, group, place, now)
    found = suggestions(problem, now, MOST_TIMES)
    return tuple(times.visits[0].window for times in found if times.visits)


def _near_models(session: Session, ticket_id: str) -> tuple[Option, ...]:
    written = TicketReads(session).words(ticket_id)
    words = (written.model_text or "") if written else ""
    models = {f"{m.brand} {m.designation}".lower(): m for m in ReferenceReads(session).all_models()}
    near = get_close_matches(words.lower(), list(models), n=NEAREST_MODELS, cutoff=0.4)
    return tuple(
        Option(
            number=number,
            value=models[name].id,
            line=f"{models[name].brand} {models[name].designation} ({models[name].category})",
        )
        for number, name in enumerate(near, start=1)
    )


def _undelivered(session: Session, ticket_id: str, notification_id: str) -> tuple[str, ...]:
    for notification, deliveries in NotificationReads(session).of_ticket(ticket_id):
        if notification.id == notification_id:
            return (
                f"Message: {notification.template}",
                f"To the {notification.recipient_role} {notification.recipient_id}",
                *(f"{d.channel}: {d.attempts} attempts, {d.error or d.state}" for d in deliveries),
            )
    return ()
