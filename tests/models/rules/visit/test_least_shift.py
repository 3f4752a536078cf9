"""The least shift of what follows a visit that takes longer, as the text reads."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from random import Random

import pytest

from models.calendar import GRID, Window
from models.rules.visit.overrun import latest_end, moving, room_for
from models.rules.visit.shifting import Calendars
from models.ticket import Ticket
from models.visit import Dependency, Visit, VisitState
from tests.models.rules.stories import ANNA, BEN, named
from tests.models.rules.visit.chains import after, at, calendars, chain, span, visit

V1 = named("vis", 1)
MINUTE = timedelta(minutes=1)
AT_WORK = VisitState.IN_PROGRESS


def literally(ticket: Ticket, end: datetime, where: Calendars) -> dict[str, datetime] | None:
    """Every start of everything that follows, one after the other; the least that is allowed."""
    first = ticket.visits[0]
    later = [v for v in ticket.visits if v.id in moving(ticket, first)]
    others = {first.id, *(v.id for v in later)}
    for a in first.crew:
        if any(
            w.overlaps(first_end(first), end)
            for w in where.diaries[a.expert_id].busy(where.place, others)
        ):
            return None
    if all(
        keeps(ticket, rule, {first.id: end}, {v.id: start_of(v) for v in later})
        for rule in rules_of(ticket)
        if rule.predecessor == first.id
    ):
        return {}
    found = [
        starts
        for starts in product(*(list(possible(ticket, v, where)) for v in later))
        if together(ticket, later, starts, end)
    ]
    best = min(found, key=lambda starts: (sorted(starts), starts), default=None)
    if best is None:
        return None
    return {v.id: s for v, s in zip(later, best, strict=True) if s != v.start}


def first_end(v: Visit) -> datetime:
    assert v.end is not None
    return v.end


def start_of(v: Visit) -> datetime:
    assert v.start is not None
    return v.start


def rules_of(ticket: Ticket) -> tuple[Dependency, ...]:
    return ticket.matching.groups[0].dependencies


def possible(ticket: Ticket, v: Visit, where: Calendars) -> Iterator[datetime]:
    """Where it stands, or later on the grid, in a slot, a window of everybody, and free."""
    others = {v.id, *(o.id for o in ticket.visits if o.id in moving(ticket, ticket.visits[0]))}
    others.add(ticket.visits[0].id)
    offered = {p.id: p.windows for p in ticket.matching.proposals}
    start = start_of(v)
    while start <= at(24):
        until = start + v.duration
        stands = start == v.start
        wanted = stands or any(s.holds(start, until) for s in ticket.slots_of(v))
        able = all(
            not any(
                w.overlaps(start, until)
                for w in where.diaries[a.expert_id].busy(where.place, others)
            )
            and (stands or any(w.holds(start, until) for w in offered[a.proposal_id or ""]))
            for a in v.crew
        )
        if wanted and able and (stands or start >= where.now):
            yield start
        start += GRID


def keeps(
    ticket: Ticket, rule: Dependency, ends: dict[str, datetime], starts: dict[str, datetime]
) -> bool:
    if rule.predecessor not in ends or rule.successor not in starts:
        return True
    gap = starts[rule.successor] - ends[rule.predecessor]
    return rule.min_gap <= gap and (rule.max_gap is None or gap <= rule.max_gap)


def together(
    ticket: Ticket, later: list[Visit], starts: tuple[datetime, ...], end: datetime
) -> bool:
    begins = {v.id: s for v, s in zip(later, starts, strict=True)}
    ends = {v.id: s + v.duration for v, s in zip(later, starts, strict=True)}
    if not all(keeps(ticket, r, {**ends, V1: end}, begins) for r in rules_of(ticket)):
        return False
    for a in later:
        for b in later:
            people = {x.expert_id for x in a.crew} & {x.expert_id for x in b.crew}
            if a.id < b.id and people and begins[a.id] < ends[b.id] and begins[b.id] < ends[a.id]:
                return False
    return True


def drawn(seed: int) -> tuple[Ticket, Calendars, datetime]:
    """A small chain behind a visit that takes longer."""
    chance = Random(seed)
    people = (ANNA, BEN, named("exp", 3))
    count = chance.randint(1, 3)
    visits, rules, start = [visit(1, 13, 14, state=AT_WORK)], [], 14.0
    for number in range(2, count + 2):
        start += chance.randint(0, 3) / 4
        length = chance.randint(1, 3) / 4
        crew = chance.sample(people, chance.choice((1, 1, 2)))
        slots = (
            [span(8, start + length + chance.randint(0, 10) / 4)] if chance.random() < 0.5 else None
        )
        visits.append(visit(number, start, start + length, *crew, slots=slots))
        before = chance.randint(1, number - 1)
        gap = start_of(visits[-1]) - first_end(visits[before - 1])
        least = chance.randint(0, max(0, int(gap / MINUTE)))
        most = None if chance.random() < 0.5 else int(gap / MINUTE) + chance.randint(0, 90)
        rules.append(after(before, number, least, most))
        start += length
    windows = {
        v.seq: (span(8, 14 + chance.randint(8, 24) / 4), span(20, 23))
        for v in visits[1:]
        if chance.random() < 0.5
    }
    ticket = chain(*visits, rules=rules, windows=windows, slots=(span(8, 22),))
    elsewhere: dict[str, tuple[Window, ...]] = {}
    for who in people:
        if chance.random() < 0.4:
            begin = 15 + chance.randint(0, 16) / 4
            elsewhere[who] = (span(begin, begin + 0.5),)
    where = calendars(ticket, elsewhere, now=at(13 + chance.randint(0, 10) / 4))
    return ticket, where, at(14 + chance.randint(1, 8) / 4)


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_the_least_shift_is_found_as_the_text_reads(first: int) -> None:
    seen = set()
    for seed in range(first, first + 100):
        ticket, where, end = drawn(seed)
        found = room_for(ticket, ticket.visits[0], end, where)
        assert found == literally(ticket, end, where), f"drawn({seed})"
        seen.add("refused" if found is None else "moved" if found else "stays")
    assert seen == {"refused", "moved", "stays"}


@pytest.mark.parametrize("first", range(0, 60, 30))
def test_the_latest_end_with_room_is_named(first: int) -> None:
    for seed in range(first, first + 30):
        ticket, where, _ = drawn(seed)
        begun, asked = ticket.visits[0], at(16.5)
        planned = first_end(begun)
        ends = (asked - n * GRID for n in range(1, 40))
        able = (e for e in ends if e > max(planned, where.now))
        latest = next((e for e in able if literally(ticket, e, where) is not None), planned)
        assert latest_end(ticket, begun, asked, where) == latest, f"drawn({seed})"
