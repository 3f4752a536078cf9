"""One map server after the other, and the great circle at the end."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from activities.breaker import FAILURES, PROBE_EVERY
from activities.gateways.travel.chain import TravelChain
from activities.gateways.travel.remembering import KEPT, Remembered
from activities.gateways.travel.servers import map_server
from models.geography import Precision, Spot
from models.people.travel import Leg, TravelSource, Trip, reckoned
from models.status import FINE, UNHEARD, last_heard
from tests.activities.gateways.map_server import MapPeer, map_peer
from tests.ports import free_port

HERE, THERE, BEYOND = Spot(lat=52.5, lng=13.4), Spot(lat=52.6, lng=13.4), Spot(lat=52.7, lng=13.4)
TEN = timedelta(minutes=10)
BY_OSRM = Trip(lasts=TEN, source=TravelSource.OSRM, server=1)
BY_VALHALLA = Trip(lasts=TEN, source=TravelSource.VALHALLA, server=2)
RECKONED = reckoned(HERE, THERE)


@dataclass
class Clock:
    """A clock that a test pushes."""

    now: datetime = datetime(2026, 12, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Roads:
    """A chain of an OSRM and a Valhalla, and both of them."""

    chain: TravelChain
    osrm: MapPeer
    valhalla: MapPeer
    clock: Clock
    switch: list[bool] = field(default_factory=lambda: [True])

    async def way(self, seconds: float = 5) -> Trip:
        """The way from here to there."""
        [[_, trip], _] = await self.chain.between((HERE, THERE), seconds)
        return trip


@asynccontextmanager
async def roads(patience: float = 1.0) -> AsyncIterator[Roads]:
    clock, switch = Clock(), [True]
    async with map_peer() as osrm, map_peer() as valhalla:
        servers = map_server("osrm", osrm.url), map_server("valhalla", valhalla.url)
        chain = TravelChain(servers, clock, lambda: switch[0], patience)
        yield Roads(chain, osrm, valhalla, clock, switch)
        await chain.close()


async def test_the_first_server_answers_and_the_figure_says_so() -> None:
    async with roads() as found:
        assert await found.way() == BY_OSRM
        assert found.valhalla.asked == []


async def test_each_server_in_turn_and_then_the_great_circle() -> None:
    async with roads() as found:
        found.osrm.status = 500
        assert await found.way() == BY_VALHALLA
    async with roads() as found:
        found.osrm.status = found.valhalla.status = 500
        assert await found.way() == RECKONED
        assert RECKONED.lasts == timedelta(minutes=24)


async def test_no_servers_are_no_fault() -> None:
    chain = TravelChain((), Clock())
    assert await chain.between((HERE, THERE), 0.0) == [
        [reckoned(HERE, HERE), RECKONED],
        [reckoned(THERE, HERE), reckoned(THERE, THERE)],
    ]
    assert await chain.between((), 0.0) == []
    await chain.close()


async def test_a_server_that_is_down_is_passed_over() -> None:
    gone = map_server("osrm", f"http://127.0.0.1:{free_port()}")
    async with map_peer() as peer:
        chain = TravelChain([gone, map_server("valhalla", peer.url)], Clock())
        [[_, trip], _] = await chain.between((HERE, THERE), 5)
        assert trip == BY_VALHALLA
        await chain.close()


@pytest.mark.parametrize("how", ["silence", "drip"])
async def test_a_slow_server_has_its_time_to_the_last_byte_and_no_more(how: str) -> None:
    async with roads(patience=0.2) as found:
        setattr(found.osrm, how, 0.05 if how == "drip" else 30.0)
        begun = monotonic()
        assert await found.way() == BY_VALHALLA
        assert 0.2 <= monotonic() - begun < 2


async def test_nobody_waits_longer_than_they_said_whoever_has_not_answered() -> None:
    async with roads(patience=5.0) as found:
        found.osrm.silence = 30.0
        begun = monotonic()
        assert await found.way(seconds=0.2) == RECKONED
        assert monotonic() - begun < 2
        assert found.valhalla.asked == []
        # It was not given its time, so it is asked again and again.
        for _ in range(FAILURES + 1):
            await found.way(seconds=0.01)
        assert len(found.osrm.asked) >= FAILURES


async def test_whoever_has_no_time_asks_nobody() -> None:
    async with roads() as found:
        assert await found.way(seconds=0.0) == RECKONED
        assert found.osrm.asked == found.valhalla.asked == []


async def test_a_server_that_fails_five_times_is_asked_once_in_five_seconds() -> None:
    async with roads() as found:
        found.osrm.status = found.valhalla.status = 500
        for _ in range(FAILURES + 3):
            assert await found.way() == RECKONED
        assert len(found.osrm.asked) == len(found.valhalla.asked) == FAILURES
        found.osrm.status = 200
        found.clock.now += PROBE_EVERY - timedelta(microseconds=1)
        assert await found.way() == RECKONED
        found.clock.now += timedelta(microseconds=1)
        assert await found.way() == BY_OSRM


async def test_servers_that_were_not_asked_yet_are_not_said_to_answer() -> None:
    async with roads() as found:
        assert found.chain.seen() == UNHEARD
        found.osrm.status = 500
        await found.way()
        assert found.chain.seen() == last_heard(found.clock.now), "the second one answered"
    assert TravelChain((), Clock()).seen() == FINE, "there is nobody to ask"


async def test_servers_that_are_all_down_are_found_to_be_back_though_nobody_needs_them() -> None:
    async with roads() as found:
        found.osrm.status = found.valhalla.status = 500
        for _ in range(FAILURES):
            assert not found.chain.is_down
            await found.way()
        assert found.chain.is_down
        found.osrm.status = 200
        await found.chain.look_again()
        assert found.chain.is_down, "it is not time yet"
        found.clock.now += PROBE_EVERY
        await found.chain.look_again()
        assert not found.chain.is_down
        assert await found.way() == BY_OSRM


async def test_what_was_answered_is_remembered_for_half_a_day() -> None:
    async with roads() as found:
        assert await found.way() == BY_OSRM
        found.osrm.status = found.valhalla.status = 500
        found.clock.now += KEPT - timedelta(microseconds=1)
        assert await found.way() == BY_OSRM
        assert found.chain.known(HERE, THERE) == BY_OSRM
        nearby = Spot(lat=52.50004, lng=13.4)
        assert found.chain.known(nearby, THERE) == BY_OSRM
        assert found.chain.known(Spot(lat=52.5001, lng=13.4), THERE).server is None
        assert len(found.osrm.asked) == 1
        found.clock.now += timedelta(microseconds=1)
        assert found.chain.known(HERE, THERE) == RECKONED
        assert await found.way() == RECKONED


async def test_to_know_a_way_nobody_is_asked() -> None:
    async with roads() as found:
        assert found.chain.known(HERE, THERE) == RECKONED
        assert found.osrm.asked == found.valhalla.asked == []


async def test_another_server_fills_the_gaps_and_says_so() -> None:
    async with roads() as found:
        assert await found.way() == BY_OSRM
        found.osrm.status = 500
        [ways, *_] = await found.chain.between((HERE, THERE, BEYOND), 5)
        assert [trip.server for trip in ways] == [None, 1, 2]
        assert ways[2].lasts == 2 * TEN


async def test_where_a_server_knows_no_road_the_way_is_reckoned() -> None:
    async with roads() as found:
        found.osrm.times = lambda a, b: None
        assert await found.way() == RECKONED


async def test_with_the_primary_off_it_is_neither_asked_nor_believed() -> None:
    async with roads() as found:
        assert await found.way() == BY_OSRM
        found.switch[0] = False
        assert await found.way() == BY_VALHALLA
        assert len(found.osrm.asked) == 1
        found.switch[0] = True
        assert await found.way() == BY_OSRM
        assert len(found.osrm.asked) == 1


async def test_between_two_stops_at_one_address_there_is_no_way() -> None:
    async with roads() as found:
        found.osrm.times = lambda a, b: 600.0
        flat, floor = HERE.but(site="tkt_1"), THERE.but(site="tkt_1")
        [[_, trip], _] = await found.chain.between((flat, floor), 5)
        assert trip == Trip(lasts=timedelta(0), source=TravelSource.GREAT_CIRCLE)
        [[same]] = await found.chain.between((HERE,), 5)
        assert same.lasts == timedelta(0)


async def test_a_place_that_only_stands_for_the_address_is_on_no_map() -> None:
    async with roads() as found:
        vague = THERE.but(precision=Precision.CITY)
        [[_, trip], _] = await found.chain.between((HERE, vague), 5)
        assert trip == reckoned(HERE, vague)
        assert found.osrm.asked == []


async def test_nothing_that_fails_says_where_anybody_is(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with roads(patience=0.1) as found:
        found.osrm.status, found.valhalla.silence = 500, 30.0
        await found.way()
    logged = "".join(capfd.readouterr())
    assert "map_server_unavailable" in logged
    assert "13.4" not in logged


async def test_what_a_server_answers_is_written_down_once_and_each_way_by_itself() -> None:
    written: list[tuple[Leg, Trip]] = []
    async with map_peer() as valhalla:
        servers = map_server("osrm", "http://127.0.0.1:9"), map_server("valhalla", valhalla.url)
        valhalla.times = lambda a, b: None if a > b else 600.0
        chain = TravelChain(servers, Clock(), keep=written.extend)
        vague = BEYOND.but(precision=Precision.CITY)
        for _ in range(2):
            await chain.between((HERE, THERE, vague), 5)
        await chain.close()
    assert written == [((HERE, THERE), BY_VALHALLA)]


async def test_whoever_asked_has_their_answer_though_nothing_can_be_written_down(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def away(said: Sequence[tuple[Leg, Trip]]) -> None:
        raise ConnectionError("13.4")

    async with map_peer() as osrm:
        chain = TravelChain([map_server("osrm", osrm.url)], Clock(), keep=away)
        [[_, trip], _] = await chain.between((HERE, THERE), 5)
        await chain.close()
    assert trip == BY_OSRM
    logged = "".join(capfd.readouterr())
    assert "ways_not_kept" in logged
    assert "13.4" not in logged


def test_a_memory_forgets_first_what_was_asked_for_the_longest_ago() -> None:
    now = Clock().now
    memory = Remembered(most=3)
    for spot in (HERE, THERE, BEYOND):
        memory.keep([spot], [[TEN]], now)
    assert memory.way(HERE, HERE, now) == TEN
    memory.keep([Spot(lat=1.0, lng=1.0)], [[TEN]], now)
    known = [memory.knows(spot, spot, now) for spot in (HERE, THERE, BEYOND)]
    assert known == [True, False, True]


def test_forty_stops_fit_in_an_answer_many_times_over() -> None:
    table = [[123456.7] * 42] * 42
    assert len(json.dumps({"code": "Ok", "durations": table})) * 20 < 1024 * 1024
