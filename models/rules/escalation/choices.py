"""Times for a customer to choose from, at which somebody else could come in the place of who cannot
(docs/rules/escalations.md, The customer is asked first)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from models.brief import Candidate
from models.calendar import Window, grid_starts, merged
from models.geography import Spot, great_circle_km
from models.matching.offer import OfferedTimes, OfferedVisit, StandIn
from models.rules.escalation.ranking import Able
from models.rules.escalation.sending import would_take
from models.rules.matching.eligibility import holds_until, refusal_of
from models.rules.matching.slots import HORIZON
from models.rules.people.availability import without
from models.rules.visit.missing import absent, last_said, starts_left
from models.ticket import Ticket
from models.visit import Position, ProposalState, Visit

MOST = 5
APART = timedelta(minutes=60)
_Rank = tuple[bool, int, timedelta, int]


def choices(
    pool: Iterable[Able], ticket: Ticket, visit: Visit, place: Spot, now: datetime
) -> tuple[OfferedTimes, ...]:
    """The visit's own time if somebody else can make it, then the earliest, an hour apart: starts
    that are left, and what experts had offered at other times. At each comes who had offered it,
    the lowest place first, or else who travels least. None where more than one is missing: what a
    crew needs, a person arranges.
    """
    missing = absent(visit)
    if len(missing) != 1 or visit.start is None or visit.is_fixed:
        return ()
    position = next(p for p in visit.positions if p.idx == missing[0].position)
    best: dict[datetime, tuple[_Rank, Able]] = {}
    for able in pool:
        for start, seq in _starts(able, ticket, visit, place, now):
            rank = seq is None, seq or 0, able.way_to(place).lasts, able.number
            if start not in best or rank < best[start][0]:
                best[start] = rank, able
    chosen: dict[datetime, Able] = {}
    for start in sorted(best, key=lambda s: (s != visit.start, s)):
        near = any(abs(start - other) < APART for other in chosen)
        able = best[start][1]
        if near or not _may_come(able, ticket, visit, position, place, start, now):
            continue
        chosen[start] = able
        if len(chosen) == MOST:
            break
    return tuple(
        OfferedTimes(
            visits=(
                OfferedVisit(
                    visit_id=visit.id, window=Window(start=start, end=start + visit.length)
                ),
            ),
            stand_in=StandIn(
                expert_id=chosen[start].expert.id,
                position=position.idx,
                instead_of=missing[0].expert_id,
            ),
        )
        for start in sorted(chosen)
    )


def _starts(
    able: Able, ticket: Ticket, visit: Visit, place: Spot, now: datetime
) -> Iterator[tuple[datetime, int | None]]:
    """When somebody could begin, with the place of their offer where they had made one."""
    expert, zone, left = able.expert, ticket.filing.zone, starts_left(ticket, visit)
    if left is None or zone is None or refusal_of(expert, zone, place) is not None:
        return
    if expert.id in _said_no(visit):
        return
    first = now + max(able.way_to(place).lasts, ticket.policies.replacement_min_lead)
    offered = [
        (p.seq, w)
        for p in ticket.matching.proposals
        if (p.visit_id, p.expert_id) == (visit.id, expert.id) and p.state is ProposalState.RELEASED
        for w in merged(p.windows)
    ]
    windows = [w for _, w in offered] if len(visit.crew) == 1 else []
    if first <= left[1]:
        windows.append(Window(start=max(first, left[0]), end=left[1] + visit.length))
    for free in without(merged(_ahead(windows, first, now + HORIZON)), merged(able.busy)):
        for start in grid_starts(free, visit.length, first):
            end = start + visit.length
            held = [seq for seq, window in offered if window.holds(start, end)]
            if held or left[0] <= start <= left[1]:
                yield start, min(held, default=None)


def _ahead(windows: Iterable[Window], first: datetime, last: datetime) -> list[Window]:
    """What of some windows lies between two moments."""
    bounds = ((max(w.start, first), min(w.end, last)) for w in windows)
    return [Window(start=start, end=end) for start, end in bounds if start < end]


def _said_no(visit: Visit) -> set[str]:
    """Who is on the visit, or said that they cannot come to it."""
    return {a.expert_id for a in visit.assignments if a.is_live or last_said(visit, a)}


def _may_come(
    able: Able,
    ticket: Ticket,
    visit: Visit,
    position: Position,
    place: Spot,
    start: datetime,
    now: datetime,
) -> bool:
    """Whether their skill holds until then, and the ticket would take them."""
    if not holds_until(able.expert.skills, position, start + visit.length):
        return False
    candidate = Candidate(
        number=0,
        expert_id=able.expert.id,
        visit_id=visit.id,
        position=position.idx,
        start=start,
        distance_km=great_circle_km(able.expert.home, place),
        instead_of=absent(visit)[0].expert_id,
    )
    return would_take(ticket, candidate, now, agreed=True)
