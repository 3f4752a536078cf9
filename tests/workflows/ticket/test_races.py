"""People who act at the same moment: the database and the one writer decide, and nobody is half
booked or told twice."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from models.db.engine import Database
from models.db.invariants import InvariantRepository
from models.db.matching.decisions import DecisionRepository
from tests.house import House
from tests.workflows.company import (
    LET_GO,
    assignments,
    at,
    bare,
    between,
    crew,
    decision,
    dismiss,
    hire,
    hire_many,
    hour,
    proposals,
    rest,
    rows,
    times,
    told,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)
from workers.tools.decisions import difference

REPETITIONS = 10
AT_ONCE = 5


@dataclass(frozen=True)
class Race:
    """How a race of two tickets for one expert ended."""

    won: int
    second_best: int
    waits: int
    told_twice: int


async def race(house: House, with_second_best: bool) -> Race:
    """Two tickets want one expert at eight o'clock; with a second best, each also has an expert of
    its own who can come later. Both customers give their times at the same moment."""
    tickets = [await waiting(house) for _ in range(2)]
    wanted = hire(house, "refrigeration")
    own = hire_many(house, 2, "refrigeration") if with_second_best else []
    for index, (_, visit) in enumerate(tickets):
        await house.propose(visit, wanted, [between(8, 10)])
        if own:
            await house.propose(visit, own[index], [between(10, 12)])
    await asyncio.gather(*(times(house, t, between(8, 12)) for t, _ in tickets))
    seen = [(await rest(house, t))["visits"][0] for t, _ in tickets]
    dismiss(house, wanted, *own)
    ends = Counter(_end(visit, wanted) for visit in seen)
    notices = rows(house, _NOTICES, [t for t, _ in tickets])
    heard = Counter((n["ticket_id"], n["recipient_id"], n["template"]) for n in notices)
    selected = Counter(n["recipient_id"] for n in notices if n["template"] == "proposal.selected")
    twice = sum(n > 1 for n in (*heard.values(), *selected.values()))
    return Race(ends["won"], ends["second_best"], ends["waits"], twice)


async def races(house: House, repetitions: int) -> list[Race]:
    """Races one after the other, every other one with a second best, a few side by side."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def run(number: int) -> Race:
        async with turn:
            return await race(house, with_second_best=number % 2 == 0)

    return list(await asyncio.gather(*map(run, range(repetitions))))


def broken(database: Database) -> dict[str, str]:
    """What I2 and I3 find in the whole database."""
    with database.unit_of_work() as session:
        look = InvariantRepository(session)
        return look.double_bookings() | look.half_reserved_groups()


async def test_of_two_tickets_that_race_for_one_expert_exactly_one_gets_them(
    house: House,
) -> None:
    ended = await races(house, REPETITIONS)
    for number, end in enumerate(ended):
        loser = (1, 0) if number % 2 == 0 else (0, 1)
        assert (end.won, (end.second_best, end.waits), end.told_twice) == (1, loser, 0), number
    assert broken(house.database) == {}


async def test_thirty_experts_at_once_get_thirty_places_and_the_rule_decides(
    house: House,
) -> None:
    experts = hire_many(house, 30, "refrigeration")
    ticket_id, visit = await waiting(house)
    posted = await asyncio.gather(
        *(house.propose(visit, who, [between(8 + n % 3 / 4, 20)]) for n, who in enumerate(experts))
    )
    assert sorted(p["priority_seq"] for p in posted) == list(range(1, 31))
    states = [p["state"] for p in (await proposals(house, visit)).values()]
    assert states == ["ACTIVE"] * 30
    await times(house, ticket_id, between(8, 12))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    early = [p for n, p in enumerate(posted) if n % 3 == 0]
    first = min(early, key=lambda p: p["priority_seq"])
    assert (crew(seen), hour(seen["start"])) == ([f"expert:{first['expert_id']}"], 8)
    kept = _stored(house, seen["group_id"])
    assert difference(kept) is None
    assert len(kept.problem.proposals) == 30
    assert len((await decision(house, seen))["proposals"]) == 30


async def test_proposals_that_storm_a_ticket_while_it_settles_are_taken_whole_or_refused(
    house: House,
) -> None:
    experts = hire_many(house, 30, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    body = {"windows": [between(8, 12)]}
    path = f"/visits/{visit}/proposals"
    answers = await asyncio.gather(*(house.ask(who, "POST", path, body) for who in experts))
    assert {a.status_code for a in answers} <= {201, 409}
    taken = [a.json() for a in answers if a.status_code == 201]
    assert sorted(p["priority_seq"] for p in taken) == list(range(1, len(taken) + 1))
    seen = (await rest(house, ticket_id))["visits"][0]
    states = Counter(p["state"] for p in (await proposals(house, visit)).values())
    assert states == Counter(SELECTED=1, RELEASED=len(taken) - 1)
    kept = _stored(house, seen["group_id"])
    assert difference(kept) is None
    first = min(taken, key=lambda p: p["priority_seq"])
    assert crew(seen) == [f"expert:{first['expert_id']}"]
    heard = await told(house, ticket_id, "proposal.released")
    assert sorted(heard) == sorted({p["expert_id"] for p in taken} - {first["expert_id"]})


async def test_one_expert_wanted_by_six_tickets_at_once_is_booked_for_as_many_as_they_have_time(
    house: House,
) -> None:
    wanted = hire(house, "refrigeration")
    tickets = [await waiting(house) for _ in range(6)]
    for _, visit in tickets:
        await house.propose(visit, wanted, [between(8, 12.5)])
    await asyncio.gather(*(times(house, t, between(8, 12.5)) for t, _ in tickets))
    seen = [(await rest(house, t))["visits"][0] for t, _ in tickets]
    assert sorted(hour(v["start"]) for v in seen if v["start"]) == [8, 9.5, 11]
    states = Counter(v["match_state"] for v in seen)
    assert states == Counter(FINALISED=3, NO_COMMON_TIME=3)
    held = rows(house, "select * from assignments where expert_id = %s", bare(wanted))
    assert [a["state"] for a in held] == ["RESERVED"] * 3
    assert broken(house.database) == {}


async def test_a_chain_that_loses_one_expert_in_a_race_holds_none_of_the_others(
    house: House,
) -> None:
    wanted, partner = hire(house, "hvac"), hire(house, "electrical")
    other = hire(house, "electrical")
    tickets = [await waiting(house, model_id=_AIR) for _ in range(2)]
    for (_, visit), electrician in zip(tickets, (partner, other), strict=True):
        for who in (wanted, electrician):
            await house.propose(visit, who, [between(8, 10)])
    await asyncio.gather(*(times(house, t, between(8, 10)) for t, _ in tickets))
    seen = {t: (await rest(house, t))["visits"][0] for t, _ in tickets}
    people = sorted(len(crew(v)) for v in seen.values())
    assert people == [0, 2]
    for ticket_id, visit in seen.items():
        live = [a for a in assignments(house, ticket_id) if a["state"] not in LET_GO]
        assert len(live) == len(crew(visit))


async def test_who_is_taken_in_the_very_moment_of_the_booking_is_passed_over(
    house: House,
) -> None:
    wanted, second = hire(house, "refrigeration"), hire(house, "refrigeration")
    elsewhere, _ = await waiting(house, between(8, 12))
    ticket_id, visit = await waiting(house)
    for who, start in ((wanted, 8), (second, 10)):
        await house.propose(visit, who, [between(start, start + 2)])
    with psycopg.connect(house.database_url) as rival:
        rival.execute(_TAKEN, (elsewhere, at(8), at(10), at(8), at(10), bare(wanted)))
        asking = asyncio.create_task(times(house, ticket_id, between(8, 12)))
        await house.soon(lambda: _blocked(house), "the booking to meet its rival")
    await asking
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([second], 10)
    assert [a["expert_id"] for a in assignments(house, ticket_id)] == [bare(second)]
    await rest(house, ticket_id)
    assert await told(house, ticket_id, "proposal.released") == [bare(wanted)]
    assert difference(_stored(house, seen["group_id"])) is None


async def _blocked(house: House) -> bool:
    return bool(rows(house, "select 1 from pg_locks where not granted"))


def _end(visit: Any, wanted: str) -> str:
    if crew(visit) == [wanted]:
        return "won"
    return "second_best" if crew(visit) else "waits"


def _stored(house: House, group_id: str) -> Any:
    with house.database.unit_of_work() as session:
        return DecisionRepository(session).stored(group_id)


_AIR = "mod_daikin-ftxm35r"
_NOTICES: LiteralString = """select ticket_id, recipient_id, template from notifications
    where ticket_id = any(%s)"""
_TAKEN: LiteralString = """insert into assignments (id, ticket_id, group_id, round, visit_id,
    position, expert_id, expert_no, source, state, start_at, end_at, blocked, lat, lng)
    select 'asg_' || gen_random_uuid(), %s, 'grp_elsewhere', 1, 'vis_' || gen_random_uuid(), 0, id,
    expert_no, 'MANUAL', 'RESERVED', %s, %s, tstzrange(%s, %s), lat, lng
    from experts where id = %s"""
