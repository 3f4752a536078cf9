"""The picture of an escalation: what the house knows about its subject at this moment."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from activities.escalation.looking_back import (
    cancelling_of,
    crew_of,
    customer_asked_at,
    worth_of,
)
from activities.escalation.standing_in import chosen_from, who_could
from activities.escalation.unreached import untold_of
from activities.gateways.travel.scouting import RECKONING, KnownWays
from models.brief import Candidate, Listed, Option, SuggestedTime
from models.calendar import Window
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.escalation.plans import plans_of
from models.db.escalation.reads import EscalationReads
from models.db.matching.problems import ProblemRepository
from models.db.people.calendar import CalendarRepository
from models.db.people.reads import PeopleReads
from models.db.ticket.reads import TicketReads
from models.escalation import Escalation
from models.geography import Spot
from models.rules.escalation.chained import shown_offers, together
from models.rules.escalation.kind import Picture, Shown
from models.rules.escalation.lacking import first_lacking, position_to_fill
from models.rules.escalation.numbering import numbered
from models.rules.escalation.ranking import candidates
from models.rules.escalation.registry import KINDS
from models.rules.escalation.sending import would_take
from models.rules.escalation.staffing import brings_nearer, why_nobody
from models.rules.matching.eligibility import has_skill
from models.rules.matching.evaluation import positions_served
from models.rules.promise.sla import clock_of
from models.rules.ticket.naming import is_nameable
from models.rules.ticket.offering import suggestions
from models.rules.visit.missing import starts_left
from models.ticket import Ticket
from models.visit import Visit, VisitGroup

MOST_TIMES = 5
WHO_COULD_COME = frozenset({Shown.CANDIDATES, Shown.CANDIDATES_AT_ANY_TIME})
"""What is shown of whom to send, at the visit's own time or at any."""
NEAREST_MODELS = 5


def picture_of(
    session: Session,
    ticket: Ticket,
    asked: Escalation,
    now: datetime,
    ways: KnownWays = RECKONING,
) -> Picture:
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
        clock=clock_of(ticket, asked.subject),
    )
    return _with_what_is_shown(session, picture, place, asked, ways)


def _with_what_is_shown(
    session: Session, picture: Picture, place: Spot | None, asked: Escalation, ways: KnownWays
) -> Picture:
    """The picture with what the reason needs beside the ticket."""
    shows, ticket, visit = KINDS[asked.reason].shows, picture.ticket, picture.visit
    if Shown.MODELS in shows:
        picture = _with_models(session, picture, asked)
    if Shown.MESSAGE in shows:
        picture = picture.but(untold=untold_of(session, ticket, asked, picture.now))
    if Shown.PLANS in shows:
        held = plans_of(session, ticket.id, ticket.filing.customer_id)
        picture = picture.but(plans=held)
    if Shown.NO_SHOWS in shows:
        known = PeopleReads(session).no_shows(ticket.filing.customer_id)
        picture = picture.but(no_shows=known)
    if visit is not None:
        picture = _looked_back(session, picture, visit, shows)
    if visit is None or place is None or ticket.filing.zone is None:
        return picture
    if picture.group is not None:
        picture = picture.but(expert_nos=_expert_nos(session, picture, picture.group))
    if Shown.TIMES in shows and picture.group is not None:
        picture = picture.but(times=_times(session, picture, picture.group, place, asked))
    if Shown.STAND_INS in shows and not visit.is_fixed:
        picture = _with_stand_ins(session, picture, visit, place, asked, ways)
    if shows & WHO_COULD_COME:
        picture = _with_candidates(session, picture, visit, place, asked)
    return picture


def _looked_back(
    session: Session, picture: Picture, visit: Visit, shows: frozenset[Shown]
) -> Picture:
    """The picture with what of a visit has happened already."""
    ticket = picture.ticket
    if Shown.CREW in shows:
        picture = picture.but(crew=crew_of(session, visit, picture.now))
    if Shown.CUSTOMER_ASKED in shows:
        picture = picture.but(customer_asked_at=customer_asked_at(session, ticket, visit))
    if Shown.CANCELLING in shows:
        picture = picture.but(cancelling=cancelling_of(session, ticket, visit))
    if Shown.WORTH in shows:
        picture = picture.but(worth=worth_of(session, ticket, visit))
    return picture


def _with_stand_ins(
    session: Session,
    picture: Picture,
    visit: Visit,
    place: Spot,
    asked: Escalation,
    ways: KnownWays,
) -> Picture:
    """The picture with who could come in the place of somebody who cannot, or why nobody can."""
    ticket, now, zone = picture.ticket, picture.now, picture.ticket.filing.zone
    assert zone is not None, "a place lies in a zone"
    position = position_to_fill(visit, None)
    pool = who_could(session, ticket, visit, position, place, now)
    kept = {n.id for n in asked.numbers}
    found = chosen_from(pool, ticket, visit, position, place, now, kept, ways)
    left = starts_left(ticket, visit)
    in_time = left is not None and left[1] >= now + ticket.policies.replacement_min_lead
    return picture.but(
        candidates=tuple(numbered(Listed.CANDIDATE, found, asked.numbers)),
        nobody=why_nobody(position, zone, len(pool), len(pool), has_times=in_time),
    )


def _with_candidates(
    session: Session, picture: Picture, visit: Visit, place: Spot, asked: Escalation
) -> Picture:
    """The picture with who could be sent, or why nobody can."""
    ticket, now, zone = picture.ticket, picture.now, picture.ticket.filing.zone
    assert zone is not None, "a place lies in a zone"
    position = position_to_fill(visit, picture.group)
    pool = EscalationReads(session).able([position.skill], zone, place, now, [visit.id])
    pool = [a for a in pool if has_skill(a.expert.skills, position, now)]
    spare = pool
    if able := _proposers(session, picture, visit, place):
        open_ = [p.idx for p in visit.positions if p.idx not in visit.taken]
        spare = [a for a in pool if brings_nearer(a.expert.id, position.idx, open_, able)]
    slots = _when(picture, visit, asked)
    earliest = now + ticket.policies.min_lead
    kept = {n.id for n in asked.numbers}
    holder = next((a.expert_id for a in visit.crew if a.position == position.idx), None)

    def takes(candidate: Candidate) -> bool:
        return would_take(ticket, candidate.but(instead_of=holder), now)

    found = candidates(spare, visit, position, slots, place, earliest, zone, kept, takes)
    named = (c.but(instead_of=holder) for c, _ in found)
    has_times = any(slot.end > earliest for slot in slots)
    return picture.but(
        candidates=tuple(numbered(Listed.CANDIDATE, named, asked.numbers)),
        nobody=why_nobody(position, zone, len(pool), len(spare), has_times=has_times),
    )


def _when(picture: Picture, visit: Visit, asked: Escalation) -> Sequence[Window]:
    """When somebody would have to come: the visit's own time, or the customer's."""
    if visit.start is not None and Shown.CANDIDATES in KINDS[asked.reason].shows:
        return [Window(start=visit.start, end=visit.start + visit.length)]
    return picture.ticket.slots_of(visit)


def _proposers(
    session: Session, picture: Picture, visit: Visit, place: Spot
) -> dict[str, tuple[int, ...]]:
    """Which positions those who proposed themselves for a visit could fill, whatever the time."""
    ticket, group = picture.ticket, picture.group
    if group is None or not ticket.active_proposals(group):
        return {}
    problem = ProblemRepository(session).problem(ticket, group, place, picture.now)
    known = {c.expert_id: c for c in problem.candidates}
    able: dict[str, tuple[int, ...]] = {}
    for proposal in problem.proposals:
        if proposal.visit_id == visit.id and proposal.expert_id in known:
            who = known[proposal.expert_id]
            served = positions_served(proposal, visit, who, problem.earliest)
            able[who.expert_id] = (*able.get(who.expert_id, ()), *served)
    return able


def _expert_nos(session: Session, picture: Picture, group: VisitGroup) -> dict[str, int]:
    """How pages without names call those who offered to make visits that are settled together."""
    ticket = picture.ticket
    shown = (shown_offers(ticket, group, visit) for visit in together(ticket, group))
    who = sorted({offer.expert_id for offers in shown for offer in offers})
    diaries = CalendarRepository(session).diaries(who, picture.now) if who else []
    return {diary.expert.id: diary.number for diary in diaries}


def _times(
    session: Session, picture: Picture, group: VisitGroup, place: Spot, asked: Escalation
) -> tuple[SuggestedTime, ...]:
    ticket, now = picture.ticket, picture.now
    if not ticket.active_proposals(group):
        return ()
    problem = ProblemRepository(session).problem(ticket, group, place, now)
    found = [times.visits for times in suggestions(problem, now, MOST_TIMES) if times.visits]
    times = (
        SuggestedTime(start=visits[0].window.start, end=visits[0].window.end, visits=visits)
        for visits in found
    )
    return tuple(numbered(Listed.TIME, times, asked.numbers))


def _with_models(session: Session, picture: Picture, asked: Escalation) -> Picture:
    """The picture with what the model could be, and what a new one could be."""
    written = TicketReads(session).words(picture.ticket.id)
    words = (written.model_text or "") if written else ""
    known = ReferenceReads(session).categories()
    categories = (Option(number=0, value=c.code, line=c.name) for c in known)
    return picture.but(
        options=_near_models(session, words, asked),
        categories=tuple(numbered(Listed.CATEGORY, categories, asked.numbers)),
        nameable=is_nameable(words),
    )


def _near_models(session: Session, words: str, asked: Escalation) -> tuple[Option, ...]:
    """The catalogue's nearest, and what was listed before as long as the catalogue has it."""
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
