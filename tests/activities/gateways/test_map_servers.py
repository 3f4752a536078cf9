"""OSRM and Valhalla: what they are asked, and which of their answers are taken."""

import math
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from activities.gateways.travel import MapServer, TravelUnavailable
from activities.gateways.travel.asking import MOST_BYTES
from activities.gateways.travel.servers import map_server
from models.geography import Spot
from models.people.travel import TravelSource
from tests.activities.gateways.map_server import MapPeer, map_peer
from tests.ports import free_port

SPOTS = [Spot(lat=52.5, lng=13.4), Spot(lat=52.6, lng=13.4), Spot(lat=52.5, lng=13.5)]
NOTHING, TEN, ELEVEN = timedelta(0), timedelta(minutes=10), timedelta(minutes=11)
KINDS = (TravelSource.OSRM, TravelSource.VALHALLA)
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def living() -> AsyncIterator[MapPeer]:
    async with map_peer() as living:
        yield living


@pytest.fixture
def peer(living: MapPeer) -> MapPeer:
    living.fresh()
    return living


def osrm(durations: Any) -> dict[str, Any]:
    """What OSRM says."""
    return {"code": "Ok", "durations": durations}


def server(kind: TravelSource, url: str) -> MapServer:
    return map_server("osrm" if kind is TravelSource.OSRM else "valhalla", url)


async def reason(asked: MapServer) -> str:
    """Why there is no answer."""
    with pytest.raises(TravelUnavailable) as refused:
        await asked.table(SPOTS)
    await asked.close()
    assert "52.5" not in str(refused.value)
    return refused.value.reason


@every_kind
async def test_each_way_is_asked_for_once_and_told_in_whole_minutes(
    peer: MapPeer, kind: TravelSource
) -> None:
    asked = server(kind, peer.url)
    table = await asked.table(SPOTS)
    await asked.close()
    assert asked.source is kind
    assert table[0] == [NOTHING, TEN, ELEVEN]
    assert table[1][0] == TEN
    assert table[2][0] == TEN
    assert len(peer.asked) == 1


async def test_the_question_is_the_one_that_each_kind_understands(peer: MapPeer) -> None:
    for kind in KINDS:
        asked = server(kind, f"{peer.url}/")
        await asked.table(SPOTS[:2])
        await asked.close()
    path = "/table/v1/driving/13.40000,52.50000;13.40000,52.60000"
    assert peer.asked == [f"GET {path}?annotations=duration", "POST /sources_to_targets"]
    places = [{"lat": 52.5, "lon": 13.4}, {"lat": 52.6, "lon": 13.4}]
    assert peer.bodies == [{"sources": places, "targets": places, "costing": "auto"}]


@every_kind
async def test_where_no_road_leads_there_is_no_time(peer: MapPeer, kind: TravelSource) -> None:
    peer.times = lambda a, b: None if a != b else 0.0
    asked = server(kind, peer.url)
    table = await asked.table(SPOTS)
    await asked.close()
    assert table == [[NOTHING if a is b else None for b in SPOTS] for a in SPOTS]


@every_kind
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (-0.1, "impossible-time"),
        (math.nan, "impossible-time"),
        (math.inf, "impossible-time"),
        (2 * 86400 + 1, "impossible-time"),
        ("60", "not-a-number"),
        (True, "not-a-number"),
    ],
)
async def test_a_time_that_no_way_takes_is_no_answer(
    peer: MapPeer, kind: TravelSource, wrong: Any, why: str
) -> None:
    peer.times = lambda a, b: wrong
    assert await reason(server(kind, peer.url)) == why


@every_kind
async def test_two_days_are_a_way_yet(peer: MapPeer, kind: TravelSource) -> None:
    peer.times = lambda a, b: 2 * 86400
    asked = server(kind, peer.url)
    assert (await asked.table(SPOTS))[0][1] == timedelta(days=2)
    await asked.close()


@every_kind
@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("<html>", "not-json"),
        ("", "not-json"),
        ("[" * 100_000, "not-json"),
        ("[]", "not-an-object"),
        ("\x00\xff", "not-json"),
        ('{"code": "Ok"' + " " * MOST_BYTES + "}", "too-large"),
    ],
)
async def test_what_is_no_json_object_or_too_large_is_no_answer(
    peer: MapPeer, kind: TravelSource, says: str, why: str
) -> None:
    peer.says = says
    assert await reason(server(kind, peer.url)) == why


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ('{"code": "NoSegment"}', "refused"),
        ('{"code": "Ok"}', "wrong-size"),
        ('{"code": "Ok", "durations": {}}', "wrong-size"),
        ('{"code": "Ok", "durations": [[0, 1], [1, 0]]}', "wrong-size"),
        ('{"code": "Ok", "durations": [[0, 1, 2], [1, 0, 1], [1, 1]]}', "wrong-size"),
        ('{"code": "Ok", "durations": [[0, 1, 2], [1, 0, 1], 7]}', "wrong-size"),
    ],
)
async def test_osrm_answers_for_all_that_it_was_asked(peer: MapPeer, says: str, why: str) -> None:
    peer.says = says
    assert await reason(server(TravelSource.OSRM, peer.url)) == why


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ('{"error": "No path could be found for input"}', "no-times"),
        ('{"sources_to_targets": [[{"distance": 1.2}]]}', "no-times"),
        ('{"sources_to_targets": [7]}', "no-times"),
        ('{"sources_to_targets": [[{"time": 60}]]}', "wrong-size"),
    ],
)
async def test_valhalla_answers_for_all_that_it_was_asked(
    peer: MapPeer, says: str, why: str
) -> None:
    peer.says = says
    assert await reason(server(TravelSource.VALHALLA, peer.url)) == why


@every_kind
@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
async def test_another_status_is_no_answer(peer: MapPeer, kind: TravelSource, status: int) -> None:
    peer.status = status
    assert await reason(server(kind, peer.url)) == f"status-{status}"


@every_kind
async def test_nobody_is_there(kind: TravelSource) -> None:
    assert await reason(server(kind, f"http://127.0.0.1:{free_port()}")) == "ConnectError"
