"""Who could come in the place of somebody who cannot, by the calendars of this moment."""

from collections.abc import Container, Sequence
from datetime import datetime

from activities.gateways.travel.scouting import RECKONING, KnownWays
from models.brief import Candidate
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads
from models.db.ticket.reads import TicketReads
from models.geography import Spot
from models.matching.offer import OfferedTimes
from models.rules.escalation.choices import choices
from models.rules.escalation.ranking import Able
from models.rules.escalation.sending import would_take
from models.rules.escalation.stand_ins import stand_ins
from models.rules.visit.missing import absent
from models.ticket import Ticket
from models.visit import Position, Visit


def can_stand_in(
    session: Session, ticket: Ticket, visit_id: str, now: datetime, ways: KnownWays = RECKONING
) -> bool:
    """Whether there is somebody for every place of a visit whose expert cannot come."""
    visit, place = ticket.visit(visit_id), TicketReads(session).place(ticket.id)
    if visit is None or place is None:
        return False
    places = {a.position for a in absent(visit)}
    missing = [p for p in visit.positions if p.idx in places]
    return all(
        chosen_from(
            who_could(session, ticket, visit, position, place, now),
            ticket,
            visit,
            position,
            place,
            now,
            ways=ways,
        )
        for position in missing
    )


def choices_of(
    session: Session, ticket: Ticket, visit_id: str, now: datetime
) -> tuple[OfferedTimes, ...]:
    """When somebody could come in the place of the one who cannot, for the customer to choose."""
    visit, place = ticket.visit(visit_id), TicketReads(session).place(ticket.id)
    missing = absent(visit) if visit else ()
    if visit is None or place is None or ticket.filing.zone is None or len(missing) != 1:
        return ()
    position = next(p for p in visit.positions if p.idx == missing[0].position)
    pool = who_could(session, ticket, visit, position, place, now)
    return choices(pool, ticket, visit, place, now)


def who_could(
    session: Session, ticket: Ticket, visit: Visit, position: Position, place: Spot, now: datetime
) -> Sequence[Able]:
    """The experts who may work there and hold the skill, with when they are busy."""
    return EscalationReads(session).fit(ticket, visit, position, place, now)


def chosen_from(
    pool: Sequence[Able],
    ticket: Ticket,
    visit: Visit,
    position: Position,
    place: Spot,
    now: datetime,
    kept: Container[str] = frozenset(),
    ways: KnownWays = RECKONING,
) -> list[Candidate]:
    """Those of them whom the ticket would take, in their order. A map server is asked for their
    ways, for whoever looks next."""
    found = stand_ins(
        *(pool, ticket, visit, position, place, now, kept),
        lambda candidate: would_take(ticket, candidate, now),
    )
    named = {candidate.expert_id for candidate in found}
    ways.seek((*(able.expert.home for able in pool if able.expert.id in named), place))
    return found
