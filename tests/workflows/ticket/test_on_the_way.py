"""When the expert is there, as the customer is told: by the map server if it knows in time, else by
distance; and the same figure whoever asks, and however often."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
import pytest
import pytest_asyncio

from activities.gateways.travel.servers import map_server
from activities.message.arrivals import Arrivals
from models.geography import Spot, travel_time
from tests.activities.gateways.map_server import MapPeer, map_peer
from tests.api.people.roads import BERLIN
from tests.api.people.test_positions import SHARING
from tests.api.visit.test_reports import booked, taken
from tests.house import House, living_house
from tests.scratch import scratch_database, scratch_temporal
from tests.workflows.company import HOME, bare, hire, rows

NORTH = {"lat": 52.6, "lng": HOME[1]}
"""Ten minutes from the customer by our map server; more, as the crow flies."""
BERLIN_TIME = ZoneInfo("Europe/Berlin")
BY_MAP = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
TOLD: LiteralString = "select id, facts from notifications where facts ? 'eta' and ticket_id = %s"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def roads() -> AsyncIterator[MapPeer]:
    async with map_peer() as peer:
        yield peer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mapped(
    roads: MapPeer, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A house whose worker and relay ask a map server."""
    folder = tmp_path_factory.mktemp("mapped")
    with scratch_database(postgres_url) as url:
        async with (
            scratch_temporal() as server,
            living_house(server, url, folder, maps=[map_server("osrm", roads.url)]) as house,
        ):
            yield house


@pytest.fixture(autouse=True)
def well(roads: MapPeer) -> Iterator[None]:
    """The map server answers as before."""
    yield
    roads.fresh()


def not_at_midnight() -> float:
    """In how many hours a visit begins on a day that had begun before, where its expert lives."""
    soon = datetime.now(BERLIN_TIME) + timedelta(hours=1)
    return 1.0 if soon.hour != 0 or soon.minute > 15 else 2.0


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def ticket_of(house: House, visit: str) -> str:
    [row] = rows(house, "select ticket_id from visits where id = %s", visit)
    ticket_id: str = row["ticket_id"]
    return ticket_id


async def expected(house: House, visit: str, who: str = "customer") -> Any:
    """When the expert is there, as soon as it is known."""
    ticket_id = await ticket_of(house, visit)

    async def known() -> Any:
        return (await house.ticket(ticket_id, who))["visits"][0]["eta"]

    return await house.soon(known, "when the expert is there", 20)


async def reckoned_for(house: House, visit: str) -> list[dict[str, str]]:
    """What was kept with the messages that say when an expert is there."""
    return [row["facts"] for row in rows(house, TOLD, await ticket_of(house, visit))]


async def letter(house: House, visit: str, words: str = "unterwegs") -> str:
    """The only letter that says so."""
    number = (await house.ticket(await ticket_of(house, visit)))["number"]

    def sent() -> list[str]:
        return [text for text in house.letters() if number in text and words in text]

    [found] = await house.soon(sent, "the letter", 20)
    return str(found)


async def left(house: House, visit: str, who: str, **more: Any) -> datetime:
    """An expert sets out; when."""
    at = datetime.now().astimezone() - MINUTE
    behind = {"occurred_at": at.isoformat(), "sent_at": at.isoformat()}
    await taken(house, visit, who, "en_route", **behind, **more)
    return at


def hour_of(at: datetime) -> str:
    """A time as a letter to somebody in Berlin has it."""
    return f"{at.astimezone(BERLIN):%H:%M}"


async def sharing(house: House, home: tuple[float, float] = HOME) -> str:
    who = hire(house, "refrigeration", home=home)
    await house.expect(who, "PUT", SHARING, {"on": True})
    return who


async def test_the_customer_is_told_what_the_map_says_of_the_way_from_the_last_place(
    mapped: House,
) -> None:
    who = await sharing(mapped)
    visit, _ = await booked(mapped, expert=who)
    at = await left(mapped, visit, who, position=NORTH)
    for reader in ("customer", "helpdesk", who):
        eta = await expected(mapped, visit, reader)
        assert (eta["source"], eta["server"]) == ("osrm", 1)
        assert moment(eta["at"]) == at + BY_MAP
    assert f"gegen {hour_of(at + BY_MAP)}" in await letter(mapped, visit)
    history = await mapped.workflow(await ticket_of(mapped, visit)).fetch_history()
    assert str(NORTH["lat"]) not in history.to_json()


async def test_who_does_not_let_us_know_comes_from_home(mapped: House) -> None:
    who = hire(mapped, "refrigeration", home=(NORTH["lat"], NORTH["lng"]))
    visit, _ = await booked(mapped, expert=who)
    at = await left(mapped, visit, who, position={"lat": 52.51, "lng": HOME[1]})
    assert moment((await expected(mapped, visit))["at"]) == at + BY_MAP


async def test_a_place_of_eleven_minutes_ago_is_too_old(mapped: House) -> None:
    who = await sharing(mapped, home=(NORTH["lat"], NORTH["lng"]))
    visit, _ = await booked(mapped, expert=who)
    seen = datetime.now().astimezone() - 13 * MINUTE
    place = {"lat": 52.51, "lng": HOME[1], "at": seen.isoformat()}
    assert (await mapped.ask(who, "PUT", "/experts/me/position", place)).status_code == 204
    at = await left(mapped, visit, who)
    assert moment((await expected(mapped, visit))["at"]) == at + BY_MAP


async def test_who_was_at_another_visit_that_day_comes_from_there(mapped: House) -> None:
    who = hire(mapped, "refrigeration", home=(52.55, HOME[1]))
    visit, _ = await booked(mapped, not_at_midnight(), expert=who)
    ticket_id = await ticket_of(mapped, visit)
    with psycopg.connect(mapped.database_url) as session:
        # Another visit of the same expert's, earlier that day.
        session.execute(
            """insert into assignments (id, ticket_id, group_id, round, visit_id, position,
            expert_id, expert_no, source, state, start_at, end_at, done_at, blocked, lat, lng)
            select id || 'b', ticket_id, group_id, round, visit_id || 'b', position, expert_id,
            expert_no, source, 'DONE', day.began, day.began + interval '1 minute', day.began,
            'empty', %s, %s
            from assignments, lateral (select date_trunc('day', start_at, %s) as began) as day
            where ticket_id = %s""",
            (NORTH["lat"], NORTH["lng"], str(BERLIN_TIME), ticket_id),
        )
    at = await left(mapped, visit, who)
    # Of the same ticket, it is at the same address.
    assert moment((await expected(mapped, visit))["at"]) == at
    [facts] = await reckoned_for(mapped, visit)
    assert facts["eta_from"] == "previous_stop"


@pytest.mark.parametrize("fault", ["slow", "down"])
async def test_nobody_waits_for_a_map_server_that_does_not_answer(
    mapped: House, roads: MapPeer, fault: str
) -> None:
    roads.silence, roads.status = (30.0, 200) if fault == "slow" else (0.0, 503)
    who = await sharing(mapped)
    place = {"lat": 52.61 if fault == "slow" else 52.62, "lng": HOME[1]}
    visit, _ = await booked(mapped, expert=who)
    at = await left(mapped, visit, who, position=place)
    eta = await expected(mapped, visit)
    reckoned = travel_time(Spot(**place), Spot(lat=HOME[0], lng=HOME[1]))
    assert (eta["source"], eta["server"]) == ("great_circle", None)
    assert moment(eta["at"]) == at + reckoned
    assert f"gegen {hour_of(at + reckoned)}" in await letter(mapped, visit)


async def test_what_was_said_stays_though_the_expert_is_elsewhere_or_the_map_says_another_time(
    mapped: House, roads: MapPeer
) -> None:
    who = await sharing(mapped)
    visit, _ = await booked(mapped, expert=who)
    await left(mapped, visit, who, position=NORTH)
    first = await expected(mapped, visit)
    await letter(mapped, visit)
    roads.times = lambda a, b: 3600.0
    new = {**NORTH, "lat": 52.9, "at": datetime.now().astimezone().isoformat()}
    assert (await mapped.ask(who, "PUT", "/experts/me/position", new)).status_code == 204
    await left(mapped, visit, who, position=NORTH, client_event_id="again")
    assert [facts["eta"] for facts in await reckoned_for(mapped, visit)] == [
        moment(first["at"]).isoformat()
    ]
    [row] = rows(mapped, TOLD, await ticket_of(mapped, visit))
    arrivals = Arrivals(mapped.database)
    again = await asyncio.to_thread(arrivals.expected, row["id"], "visit.on_the_way")
    assert again == row["facts"]
    assert await expected(mapped, visit) == first


async def test_who_has_arrived_is_expected_no_more(mapped: House) -> None:
    who = hire(mapped, "refrigeration")
    visit, _ = await booked(mapped, expert=who)
    ticket_id = await ticket_of(mapped, visit)
    assert (await mapped.ticket(ticket_id))["visits"][0]["eta"] is None
    await left(mapped, visit, who)
    assert await expected(mapped, visit)
    await taken(mapped, visit, who, "on_site")

    async def there() -> bool:
        return (await mapped.ticket(ticket_id))["visits"][0]["eta"] is None

    await mapped.soon(there, "the expert to have arrived")


async def test_who_could_come_instead_travels_as_long_as_the_map_says(mapped: House) -> None:
    with psycopg.connect(mapped.database_url) as session:
        # Those of earlier tests live nearer.
        session.execute("update experts set status = 'REJECTED' where name = 'Jo Doe'")
        session.execute("update experts set rights_changed_at = null where name = 'Jo Doe'")
    visit, who = await booked(mapped)
    colleague = hire(mapped, "refrigeration", home=(HOME[0] + 0.01, HOME[1]))
    await taken(mapped, visit, who, "cannot_arrive", reason="VEHICLE")
    path = f"/escalations?ticket_id={await ticket_of(mapped, visit)}&live=true"

    async def way() -> Any:
        for asked in (await mapped.expect("helpdesk", "GET", path))["items"]:
            if asked["reason"] == "CANNOT_ARRIVE":
                await mapped.expect("helpdesk", "POST", f"/escalations/{asked['id']}/refresh")
                page = await mapped.expect("helpdesk", "GET", f"/escalations/{asked['id']}")
                mine = [c for c in page["candidates"] if c["expert_id"] == bare(colleague)]
                # Reckoned at first, for nobody waits for the map.
                return next((c for c in mine if c["travel_source"] == "osrm"), None)
        return None

    candidate = await mapped.soon(way, "the map's answer", 20)
    assert candidate["travel_minutes"] == 1
