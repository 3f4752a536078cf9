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
from models.escalation import Candidate, Escalation, Listed, Option, SuggestedTime
from models.geography import Spot
from models.rules.escalation.kind import Picture, Shown
from models.rules.escalation.lacking import first_lacking, position_to_fill
from models.rules.escalation.numbering import numbered
from models.rules.escalation.ranking import candidates
from models.rules.escalation.registry import KINDS
from models.rules.ticket.offering import suggestions
from models.ticket import Ticket
from models.visit import Visit, VisitGroup

MOST_TIMES = 5
NEAREST_MODELS = 5


def picture_of(session: Session, ticket: Ticket, asked: Escalation, now: datetime) -> Picture:
    """Everything that the kind of an escalation may speak of."""
    group = next((g for g in ticket.matching.groups if g.id == asked.subject), None)
    visit = ticket.visit(asked.subject) or first_lacking(ticket, group)
    recorded = TicketReads(session).ticket(ticket.id)
    zone = ReferenceReads(session).zone(ticket.filing.zone) if ticket.filing.zone else None
    place = TicketReads(session).place(ticket.id)
    picture = Picture(
        ticket=ticket,
        now=now,
        number=recorded.number if recorded else None,
        tz=zone.tz if zone else "UTC",
        visit=visit,
        group=group,
    )
    return _with_what_is_shown(session, picture, place, asked)


def _with_what_is_shown(
    session: Session, picture: Picture, place: Spot | None, asked: Escalation
) -> Picture:
    """The picture with what the reason needs beside the ticket."""
    shows, ticket, visit = KINDS[asked.reason].shows, picture.ticket, picture.visit
    if Shown.MODELS in shows:
        picture = picture.but(options=_near_models(session, ticket.id, asked))
    if Shown.MESSAGE in shows:
        picture = picture.but(undelivered=_undelivered(session, ticket.id, asked.about))
    if visit is None or place is None or ticket.filing.zone is None:
        return picture
    if Shown.TIMES in shows and picture.group is not None:
        picture = picture.but(times=_times(session, picture, picture.group, place, asked))
    if shows & {Shown.CANDIDATES, Shown.CANDIDATES_AT_ANY_TIME}:
        picture = picture.but(candidates=_candidates(session, picture, visit, place, asked))
    return picture


def _candidates(
    session: Session, picture: Picture, visit: Visit, place: Spot, asked: Escalation
) -> tuple[Candidate, ...]:
    ticket, now = picture.ticket, picture.now
    assert ticket.filing.zone is not None, "a place lies in a zone"
    position = position_to_fill(visit, picture.group)
    pool = EscalationReads(session).able(
        [position.skill], ticket.filing.zone, place, now, [visit.id]
    )
    slots: Sequence[Window] = ticket.slots_of(visit)
    if visit.start is not None and Shown.CANDIDATES in KINDS[asked.reason].shows:
        slots = [Window(start=visit.start, end=visit.start + visit.duration)]
    earliest = now + ticket.policies.min_lead
    kept = {n.id for n in asked.numbers}
    found = candidates(pool, visit, position, slots, place, earliest, ticket.filing.zone, kept)
    return tuple(numbered(Listed.CANDIDATE, (c for c, _ in found), asked.numbers))


def _times(
    session: Session, picture: Picture, group: VisitGroup, place: Spot, asked: Escalation
) -> tuple[SuggestedTime, ...]:
    ticket, now = picture.ticket, picture.now
    if not ticket.active_proposals(group):
        return ()
    problem = ProblemRepository(session).problem(ticket, group, place, now)
    found = [
        times.visits[0].window for times in suggestions(problem, now, MOST_TIMES) if times.visits
    ]
    times = (SuggestedTime(start=window.start, end=window.end) for window in found)
    return tuple(numbered(Listed.TIME, times, asked.numbers))


def _near_models(session: Session, ticket_id: str, asked: Escalation) -> tuple[Option, ...]:
    """The catalogue's nearest, and what was listed before as long as the catalogue has it."""
    written = TicketReads(session).words(ticket_id)
    words = (written.model_text or "") if written else ""
    models = {f"{m.brand} {m.designation}".lower(): m for m in ReferenceReads(session).all_models()}
    near = get_close_matches(words.lower(), list(models), n=NEAREST_MODELS, cutoff=0.4)
    listed = {n.id for n in asked.numbers}
    near += [name for name, model in models.items() if model.id in listed and name not in near]
    options = (
        Option(
            number=0,
            value=models[name].id,
            line=f"{models[name].brand} {models[name].designation} ({models[name].category})",
        )
        for name in near
    )
    return tuple(numbered(Listed.OPTION, options, asked.numbers))


def _undelivered(session: Session, ticket_id: str, notification_id: str | None) -> tuple[str, ...]:
    for notification, deliveries in NotificationReads(session).of_ticket(ticket_id):
        if notification.id == notification_id:
            return (
                f"Message: {notification.template}",
                f"To the {notification.recipient_role} {notification.recipient_id}",
                *(f"{d.channel}: {d.attempts} attempts, {d.error or d.state}" for d in deliveries),
            )
    return ()
