"""The checks themselves, tried on a house in order and on one ghost of each kind."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random

import psycopg
import pytest
import pytest_asyncio

from tests.chaos.cases import Case
from tests.chaos.checks import CHECKS, double_bookings
from tests.chaos.clients import Clients
from tests.chaos.evidence import Evidence
from tests.chaos.faults import KINDS, Weather, schedule
from tests.chaos.field_ghosts import FIELD_GHOSTS
from tests.chaos.ghosts import GHOSTS
from tests.chaos.history import History
from tests.chaos.kills import VICTIMS, scenarios
from tests.chaos.post import Post
from tests.chaos.stand import PROGRAMS
from tests.chaos.stories import (
    POINTS,
    STORIES,
    asked,
    at_work,
    at_work_before_another,
    cancel,
    hindered,
    leave_undone,
    matched,
    move,
    propose,
    report,
    settled,
    story_of,
)
from tests.chaos.stories import replace as replace_expert
from tests.chaos.verdict import Court
from tests.house import House, living_house
from tests.scratch import scratch_database, scratch_temporal

EVERY_GHOST = {**GHOSTS, **FIELD_GHOSTS}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post() -> AsyncIterator[Post]:
    with Post() as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(
    postgres_url: str, post: Post, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("haunted")
    with scratch_database(postgres_url) as url:
        async with (
            scratch_temporal() as server,
            living_house(server, url, folder, post.gateways()) as lived_in,
        ):
            yield lived_in


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seen(
    house: House, post: Post, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Evidence]:
    """A house in which a ticket is closed, one cancelled, one settled, one waited for; an expert is
    replaced, one cannot come, a visit was moved, and one goes on that was not done."""
    history = History(tmp_path_factory.mktemp("history") / "history.jsonl")
    clients = Clients(str(house.http.base_url), house.issuer, history)
    await clients.ask("admin", "PUT", "/policies/urgent/pending_timeout", {"value": "PT1S"})
    await _tickets(clients)
    court = Court(house.env.client, house.database_url, post, history)

    async def quiet() -> Evidence | None:
        found = await court.look()
        return None if any(check(found) for _, check in CHECKS.values()) else found

    yield await house.soon(quiet, "a house in order", seconds=30)
    await clients.close()
    history.close()


async def _tickets(clients: Clients) -> None:
    done, kept, waiting, given_up, called_off, replaced, missing, followed, moved = (
        Case(clients, number, Random(number)) for number in range(9)
    )
    await at_work(done)
    await report(done)
    await done.until(lambda ticket: ticket["status"] == "COMPLETED")
    await done.say("confirm")
    await settled(kept)
    await matched(waiting)
    await propose(waiting, day=50)
    await settled(given_up)
    await cancel(given_up)
    await asked(called_off)
    await cancel(called_off)
    await hindered(replaced)
    await replace_expert(replaced)
    await hindered(missing)
    await at_work_before_another(followed)
    await leave_undone(followed)
    await settled(moved)
    await move(moved)


def test_a_house_in_order_passes_every_check(seen: Evidence) -> None:
    found = {name: check(seen) for name, (_, check) in CHECKS.items()}
    assert {name: broken for name, broken in found.items() if broken} == {}


@pytest.mark.parametrize("kind", EVERY_GHOST)
def test_a_ghost_is_seen_by_the_check_that_is_meant_for_it(
    kind: str, seen: Evidence, house: House
) -> None:
    ghost = EVERY_GHOST[kind]
    with psycopg.connect(house.database_url) as session:
        haunted, name = ghost.plant(seen, session)
        session.rollback()
    found = CHECKS[ghost.check][1](haunted)
    assert [key for key in found if key.startswith(name)]


def test_who_was_done_before_the_start_is_booked_again_for_that_time(seen: Evidence) -> None:
    booked = next(a for a in seen.rows.assignments if a["start_at"] < a["held_until"])
    done = {**booked, "id": "asg_done", "held_until": booked["start_at"] - timedelta(days=3)}
    for again, found in ((booked, 1), (done, 0)):
        rows = replace(seen.rows, assignments=[{**again, "id": "asg_other"}, booked])
        assert len(double_bookings(replace(seen, rows=rows))) == found


def test_every_check_has_a_ghost() -> None:
    assert {ghost.check for ghost in EVERY_GHOST.values()} == set(CHECKS)


def test_a_seed_decides_who_dies_where() -> None:
    first, again = scenarios(7), scenarios(7)
    assert [next(first) for _ in range(400)] == [next(again) for _ in range(400)]


def test_every_victim_dies_at_every_failpoint_with_the_client_there_and_gone() -> None:
    drawn = scenarios(7)
    everything = set(product(POINTS, VICTIMS, (True, False)))
    played = [next(drawn) for _ in everything]
    assert {(s.point, s.victims, s.comes_back) for s in played} == everything
    assert any(s.times == 2 for s in played)


def test_every_way_to_a_failpoint_is_taken_within_its_first_kills() -> None:
    drawn = scenarios(7)
    played = [next(drawn) for _ in range(5 * len(POINTS))]
    taken = {
        point: {story_of(s.point, s.turn) for s in played if s.point == point} for point in POINTS
    }
    ways = {point: set(STORIES[point.partition(".")[0]]) for point in POINTS}
    assert taken == ways


def test_every_program_is_killed_frozen_and_sent_away() -> None:
    faults = schedule(7, 75, Weather())
    assert faults == schedule(7, 75, Weather())
    assert {(f.kind, f.program) for f in faults} == set(product(KINDS, PROGRAMS))
