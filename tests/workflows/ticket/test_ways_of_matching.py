"""Matching keeps the way free that a map server knows, once one does, and waits for none."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.activities.gateways.map_server import MapPeer
from tests.house import House
from tests.workflows.company import (
    HOME,
    assignments,
    at,
    between,
    crew,
    decision,
    hire,
    hour,
    rest,
    rows,
    waiting,
    welcome,
)
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.sending import in_order, send, sent_as, wish
from tests.workflows.ticket.test_on_the_way import mapped as mapped
from tests.workflows.ticket.test_on_the_way import roads as roads
from tests.workflows.ticket.test_on_the_way import well as well

SOUTH = (HOME[0] - 0.05, HOME[1])
"""Where the experts live."""
QUARTER = timedelta(minutes=15)


def west(day: int) -> tuple[float, float]:
    """Where a customer lives; on each day it is another, whom no process knows a way to."""
    return HOME[0] + day / 1000, HOME[1]


def east(day: int) -> tuple[float, float]:
    """A quarter of an hour from there by our map server at the most, twenty minutes by the
    distance."""
    return HOME[0] + day / 1000, HOME[1] + 0.14


@pytest.fixture
def house(mapped: House) -> House:
    return mapped


@pytest.fixture(autouse=True)
def unknown(mapped: House) -> None:
    """No process has written anything down."""
    with psycopg.connect(mapped.database_url) as session:
        session.execute("truncate ways")
        session.execute("delete from flags where key = 'maps.primary'")


async def held(house: House, who: str, day: int) -> float:
    """An expert is booked in the east from eight; the hour at which they are done there."""
    ticket_id, visit = await waiting(house, between(6, 20, day), who=welcome(house, *east(day)))
    await send(house, visit, who, at(8, day))
    booked = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    return hour(booked["end"], day)


async def wanted(house: House, who: str, done: float, day: int) -> tuple[str, str, Any]:
    """They offer to come to another customer's a quarter of an hour later, and at no other time."""
    slot = between(done + 0.25, done + 0.25 + 1.5, day)
    ticket_id, visit = await waiting(house, slot, who=welcome(house, *west(day)))
    await house.propose(visit, who, [slot])
    return ticket_id, visit, (await rest(house, ticket_id))["visits"][0]


async def known(house: House, day: int) -> None:
    """The map's answer is written down, both ways."""

    def written() -> bool:
        found = rows(house, "select from_lat, from_lng, to_lat, to_lng from ways")
        legs = {tuple(row.values()) for row in found}
        there, here = _point(west(day)), _point(east(day))
        return {(*there, *here), (*here, *there)} <= legs

    await house.soon(written, "what the map server said", 20)


async def evaluated(house: House, ticket_id: str, seen: Any) -> str:
    path = f"/tickets/{ticket_id}/groups/{seen['group_id']}/re-evaluate"
    state: str = (await house.expect("helpdesk", "POST", path))["match_state"]
    return state


async def test_who_proposes_has_the_map_asked_and_the_next_decision_goes_by_its_answer(
    mapped: House, roads: MapPeer
) -> None:
    who = hire(mapped, "refrigeration", home=SOUTH)
    done = await held(mapped, who, 21)
    roads.silence = 0.5
    ticket_id, _, seen = await wanted(mapped, who, done, 21)
    # Nobody waits for the map: by the distance the time between is too short.
    assert seen["match_state"] == "NO_COMMON_TIME"
    await known(mapped, 21)
    # The map is away again; what it said is known to whoever decides.
    roads.status = 500
    assert await evaluated(mapped, ticket_id, seen) == "FINALISED"
    booked = (await rest(mapped, ticket_id))["visits"][0]
    assert crew(booked) == [who]
    [mine] = assignments(mapped, ticket_id)
    assert mine["start_at"] - mine["blocked"].lower == QUARTER
    [verdict] = (await decision(mapped, booked))["proposals"]
    assert (verdict["verdict"], verdict["travel_sources"]) == ("won", ["osrm"])
    assert in_order(mapped.database)


async def test_who_is_sent_by_hand_travels_as_long_as_the_same_map_says(
    mapped: House, roads: MapPeer
) -> None:
    who = hire(mapped, "refrigeration", home=SOUTH)
    done = await held(mapped, who, 23)
    roads.status = 500
    ticket_id, visit = await waiting(mapped, between(6, 20, 23), who=welcome(mapped, *west(23)))
    refused = await sent_as(mapped, visit, wish(who, at(done + 0.25, 23)))
    assert refused.json()["code"] == "expert-busy"
    with psycopg.connect(mapped.database_url) as session:
        session.execute(_SAID, _both(23))
    await send(mapped, visit, who, at(done + 0.25, 23))
    assert (await mapped.until(ticket_id, "SCHEDULED"))["visits"][0]["assignments"]
    assert in_order(mapped.database)


async def test_with_its_flag_off_the_first_server_is_not_believed_by_matching_either(
    mapped: House, roads: MapPeer
) -> None:
    roads.status = 500
    who = hire(mapped, "refrigeration", home=SOUTH)
    done = await held(mapped, who, 24)
    with psycopg.connect(mapped.database_url) as session:
        session.execute(_SAID, _both(24))
    switch = {"on": False, "reason": "The first map is wrong."}
    await mapped.expect("admin", "PUT", "/flags/maps.primary", switch, **{"If-Match": "*"})
    ticket_id, _, seen = await wanted(mapped, who, done, 24)
    assert seen["match_state"] == "NO_COMMON_TIME"
    await mapped.expect(
        "admin", "PUT", "/flags/maps.primary", {**switch, "on": True}, **{"If-Match": "*"}
    )
    assert await evaluated(mapped, ticket_id, seen) == "FINALISED"
    assert in_order(mapped.database)


_SAID = """insert into ways (from_lat, from_lng, to_lat, to_lng, server, source, minutes,
    answered_at)
select f[1], f[2], t[1], t[2], 1, 'osrm', 14, now()
from (values (%(a)s::int[], %(b)s::int[]), (%(b)s::int[], %(a)s::int[])) legs(f, t)"""


def _both(day: int) -> dict[str, list[int]]:
    return {"a": list(_point(east(day))), "b": list(_point(west(day)))}


def _point(place: tuple[float, float]) -> tuple[int, int]:
    return round(place[0] * 10_000), round(place[1] * 10_000)
