"""Who could come in the place of somebody who cannot: first whoever had offered to, the soonest
first, then whoever is free, the nearest first (docs/rules/escalations.md, Candidates)."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from models.brief import Candidate
from models.calendar import Window, grid_starts, merged
from models.geography import Spot, great_circle_km
from models.people.travel import Trip
from models.rules.escalation.ranking import MOST, Able
from models.rules.matching.eligibility import holds_until, refusal_of
from models.rules.people.availability import without
from models.rules.visit.missing import starts_left
from models.ticket import Ticket
from models.visit import Position, Proposal, ProposalState, Visit

_MINUTE = timedelta(minutes=1)


def stand_ins(
    pool: Iterable[Able],
    ticket: Ticket,
    visit: Visit,
    position: Position,
    place: Spot,
    now: datetime,
    kept: Container[str] = frozenset(),
    takes: Callable[[Candidate], bool] = lambda _: True,
) -> list[Candidate]:
    """The best few who could be there at a start that is left, each with the start that they can
    make, the visit's own before any other; and whoever was listed before (`kept`) and still can.
    Nobody sets out before `replacement_min_lead`, or is there before they have travelled."""
    left, zone = starts_left(ticket, visit), ticket.filing.zone
    if left is None or zone is None or left[1] < now:
        return []
    aboard = {a.expert_id for a in visit.crew}
    found = []
    for able in pool:
        expert = able.expert
        if expert.id in aboard or refusal_of(expert, zone, place) is not None:
            continue
        trip = able.way_to(place)
        start, seq = _start(able, ticket, visit, trip, left, now)
        if start is None or not holds_until(expert.skills, position, start + visit.length):
            continue
        rank = (1, now + trip.lasts, able.number) if seq is None else (0, start, seq)
        found.append((rank, _candidate(able, visit, position, place, start, trip, seq)))
    found.sort(key=lambda ranked: ranked[0])
    ranked = [candidate for _, candidate in found if takes(candidate)]
    return [c for number, c in enumerate(ranked) if number < MOST or c.id in kept]


def _start(
    able: Able,
    ticket: Ticket,
    visit: Visit,
    trip: Trip,
    left: tuple[datetime, datetime],
    now: datetime,
) -> tuple[datetime | None, int | None]:
    """When somebody would begin, if they can; with the place of their offer, where they had made
    one for then."""
    earliest = now + max(trip.lasts, ticket.policies.replacement_min_lead)
    starts = list(_starts(visit, able.busy, max(left[0], earliest), left[1]))
    offered = _offered(visit, _offers(ticket, visit, able.expert.id), starts)
    return offered or (next(iter(starts), None), None)


def _candidate(
    able: Able,
    visit: Visit,
    position: Position,
    place: Spot,
    start: datetime,
    trip: Trip,
    seq: int | None,
) -> Candidate:
    return Candidate(
        number=0,
        expert_id=able.expert.id,
        expert_no=able.number,
        visit_id=visit.id,
        position=position.idx,
        start=start,
        end=start + visit.length,
        distance_km=round(great_circle_km(able.expert.home, place), 1),
        exact=place.is_exact,
        instead_of=next((a.expert_id for a in visit.crew if a.position == position.idx), None),
        travel_minutes=trip.lasts // _MINUTE,
        travel_source=trip.source,
        offered=seq is not None,
    )


def _starts(
    visit: Visit, busy: Sequence[Window], first: datetime, last: datetime
) -> Iterator[datetime]:
    """When somebody could begin: at the visit's own time, or else from the first moment on."""
    if last < first:
        return
    stretch = Window(start=first, end=last + visit.length)
    free = without([stretch], merged(busy))
    starts = [s for window in free for s in grid_starts(window, visit.length, first)]
    if visit.start in starts:
        yield visit.start
    yield from starts


def _offers(ticket: Ticket, visit: Visit, expert_id: str) -> list[Proposal]:
    """What an expert had offered for a visit, and was let go."""
    return [
        p
        for p in ticket.matching.proposals
        if (p.visit_id, p.expert_id) == (visit.id, expert_id) and p.state is ProposalState.RELEASED
    ]


def _offered(
    visit: Visit, offers: Sequence[Proposal], starts: Sequence[datetime]
) -> tuple[datetime, int] | None:
    """The first of some starts at which an expert had offered to come, with the place of the offer;
    the lower place, where several do."""
    for start in starts:
        held = [
            p.seq
            for p in offers
            if any(w.holds(start, start + visit.length) for w in merged(p.windows))
        ]
        if held:
            return start, min(held)
    return None
