"""Whom the helpdesk could send: the experts who can, the soonest first."""

from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime

from models.base import Value
from models.brief import Candidate
from models.calendar import Window, grid_starts, merged
from models.geography import Spot, great_circle_km
from models.people.expert import Expert
from models.people.travel import Trip, reckoned
from models.rules.matching.eligibility import holds_until, refusal_of
from models.rules.people.availability import without
from models.visit import Position, Visit

MOST = 5


class Able(Value):
    """An expert who holds a needed skill, and when they are busy. People know them by `number`.
    `trip` is the way from their home to the place they are looked for, as a map server said it."""

    expert: Expert
    number: int
    busy: tuple[Window, ...] = ()
    trip: Trip | None = None

    def way_to(self, place: Spot) -> Trip:
        """The way from their home: as it was said, or else as it is reckoned."""
        return self.trip or reckoned(self.expert.home, place)


def candidates(
    pool: Iterable[Able],
    visit: Visit,
    position: Position,
    slots: Sequence[Window],
    place: Spot,
    earliest: datetime,
    zone: str,
    kept: Container[str] = frozenset(),
    takes: Callable[[Candidate], bool] = lambda _: True,
) -> list[tuple[Candidate, Able]]:
    """The best few, by earliest start that suits the customer too, then by distance, then by
    number; and whoever was listed before (`kept`, by the candidate's id) and can still come.
    Whoever is on the visit already, or may not work on it, or whom the ticket does not take, is
    none."""
    aboard = {a.expert_id for a in visit.crew}
    found = []
    for able in pool:
        expert = able.expert
        if expert.id in aboard or refusal_of(expert, zone, place) is not None:
            continue
        start = _first_start(visit, slots, able.busy, earliest)
        if start is not None and holds_until(expert.skills, position, start + visit.length):
            found.append((start, great_circle_km(expert.home, place), able))
    found.sort(key=lambda f: (f[0], f[1], f[2].number))
    named = (
        (
            Candidate(
                number=number,
                expert_id=able.expert.id,
                expert_no=able.number,
                visit_id=visit.id,
                position=position.idx,
                start=start,
                end=start + visit.length,
                distance_km=round(distance, 1),
                exact=place.is_exact,
            ),
            able,
        )
        for number, (start, distance, able) in enumerate(found, start=1)
    )
    ranked = [(candidate, able) for candidate, able in named if takes(candidate)]
    return [them for place, them in enumerate(ranked) if place < MOST or them[0].id in kept]


def _first_start(
    visit: Visit, slots: Sequence[Window], busy: Sequence[Window], earliest: datetime
) -> datetime | None:
    for free in without(merged(slots), merged(busy)):
        for start in grid_starts(free, visit.length, earliest):
            return start
    return None
