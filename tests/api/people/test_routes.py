"""The route of an expert's day: its order, its times, its history."""

from datetime import timedelta
from typing import Any

import psycopg

from activities.gateways.travel.chain import TravelChain
from activities.gateways.travel.servers import map_server
from tests.activities.gateways.map_server import map_peer
from tests.api.people.roads import (
    asking,
    booked,
    date_of,
    errand,
    moment,
    names,
    route,
)
from tests.house import House
from tests.town import pages
from tests.workflows.company import DAY, at, bare, between, hire
from tests.workflows.company import parting as parting


async def test_errands_lie_between_the_visits_which_stay_where_they_are(house: House) -> None:
    who = hire(house, "refrigeration")
    near = await booked(house, who, 9, 13.70)
    far = await booked(house, who, 14, 14.30)
    alone = await route(house, who)
    assert names(alone) == [near["number"], far["number"]]
    await errand(house, who, "Fetch a relay", 14.00)
    await errand(house, who, "Bring the drill back", 13.55)
    found = await route(house, who)
    assert names(found) == ["Bring the drill back", near["number"], "Fetch a relay", far["number"]]
    starts = {stop["ticket"]: stop["start"] for stop in found["stops"] if stop["ticket"]}
    assert {n: moment(start) for n, start in starts.items()} == {
        near["number"]: at(9),
        far["number"]: at(14),
    }
    assert (found["late_minutes"], found["status"], found["is_least"]) == (0, "PLANNED", True)
    assert (found["origin"], found["tz"], found["date"]) == ("home", "Europe/Berlin", date_of())
    for stop in found["stops"]:
        assert (stop["source"], stop["server"]) == ("great_circle", None)
        assert moment(stop["eta"]) <= moment(stop["begins_at"]) < moment(stop["leaves_at"])
        assert stop["geo"].startswith("geo:52.5,1")
        assert {link["app"] for link in stop["maps"]} >= {"google", "openstreetmap"}
    travelled = sum(stop["travel_minutes"] for stop in found["stops"])
    assert found["travel_minutes"] == travelled + found["way_home_minutes"]
    last = moment(found["stops"][-1]["leaves_at"])
    assert moment(found["home_at"]) == last + timedelta(minutes=found["way_home_minutes"])


async def test_who_cannot_be_everywhere_in_time_reads_how_late_they_are(house: House) -> None:
    who = hire(house, "refrigeration")
    visit = await booked(house, who, 9, 13.45)
    await errand(house, who, "Pick up", 14.30, window=between(8, 10))
    found = await route(house, who)
    assert sorted(names(found)) == sorted([visit["number"], "Pick up"])
    assert found["status"] == "LATE"
    late = [stop["late_minutes"] for stop in found["stops"]]
    assert found["late_minutes"] == sum(late) > 0
    [start] = [stop["start"] for stop in found["stops"] if stop["ticket"]]
    assert moment(start) == at(9)


async def test_the_helpdesk_reads_the_route_of_an_expert(house: House) -> None:
    who = hire(house, "refrigeration")
    await errand(house, who, "Fetch a relay", 13.52)
    path = f"/experts/{bare(who)}/route?date={date_of()}"
    assert await house.expect("helpdesk", "GET", path) == await route(house, who)


async def test_a_map_server_is_believed_and_named_and_nobody_waits_for_one_that_is_not_there(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    await errand(house, who, "Fetch a relay", 13.52)
    headers = house.headers(*who.split(":"))
    path = f"/v1/experts/me/route?date={date_of()}"
    clock = house.services.clock
    async with map_peer() as gone, map_peer() as peer:
        servers = map_server("osrm", gone.url), map_server("valhalla", peer.url)
        chain = TravelChain(servers, clock, patience=0.3)
        async with asking(house, chain) as http:
            gone.silence = 30.0
            [stop] = (await http.get(path, headers=headers)).json()["stops"]
            assert (stop["source"], stop["server"]) == ("valhalla", 2)
            assert stop["travel_minutes"] == 11
        await chain.close()
        peer.says = "[]"
        silent = TravelChain([map_server("osrm", gone.url)] * 2, clock)
        async with asking(house, silent) as http:
            answer = await http.get(path, headers=headers)
            [stop] = answer.json()["stops"]
            assert (stop["source"], stop["server"]) == ("great_circle", None)
            assert answer.elapsed < timedelta(seconds=4)
        await silent.close()


async def test_the_first_map_server_is_switched_off_and_on_without_a_restart(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    await errand(house, who, "Fetch a relay", 13.52)
    headers, flags = house.headers(*who.split(":")), house.services.flags

    async def switch(on: bool) -> None:
        wanted = {"on": on, "reason": "Its answers are wrong."}
        await house.expect("admin", "PUT", "/flags/maps.primary", wanted, **{"If-Match": "*"})

    async with map_peer() as first, map_peer() as second:
        servers = map_server("osrm", first.url), map_server("valhalla", second.url)
        chain = TravelChain(servers, house.services.clock, lambda: flags.is_on("maps.primary"))
        async with asking(house, chain) as http:

            async def answered_by(server: int) -> bool:
                path = f"/v1/experts/me/route?date={date_of()}"
                [stop] = (await http.get(path, headers=headers)).json()["stops"]
                return bool(stop["server"] == server)

            assert await answered_by(1)
            try:
                await switch(on=False)
                await house.soon(lambda: answered_by(2), "the second map server")
            finally:
                await switch(on=True)
            await house.soon(lambda: answered_by(1), "the first map server")
        await chain.close()


async def written(house: House, who: str, count: int) -> list[Any]:
    """The history of the day, once it has so many routes."""
    history = f"/experts/{bare(who)}/route/history?date={date_of()}"

    async def found() -> Any:
        past = await pages(house, "helpdesk", history)
        return past if len(past) >= count else None

    past: list[Any] = await house.soon(found, "the routes", 20)
    assert len(past) == count
    return past


def ids_of(past: list[Any]) -> list[list[str]]:
    return [[s["stop_id"] or s["assignment_id"] for s in entry["route"]] for entry in past]


async def test_a_route_is_written_down_when_the_day_changes_though_nobody_reads_it(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    mine = f"/experts/me/route/history?date={date_of()}"
    await route(house, who)
    assert await pages(house, who, mine) == []
    relay = await errand(house, who, "Fetch a relay", 13.52)
    await written(house, who, 1)
    for _ in range(3):
        await route(house, who)
    ticket = await booked(house, who, 9, 13.45)
    await written(house, who, 2)
    answer = await house.ask(who, "DELETE", f"/experts/me/stops/{relay['id']}")
    assert answer.status_code == 204
    past = await written(house, who, 3)
    found = await route(house, who)
    assignment = found["stops"][0]["assignment_id"]
    assert [set(ids) for ids in ids_of(past)] == [
        {relay["id"]},
        {relay["id"], assignment},
        {assignment},
    ]
    assert [entry["status"] for entry in past] == ["PLANNED"] * 3
    assert moment(past[2]["due_at"]) == at(9)
    assert moment(past[2]["route"][0]["due_at"]) == at(9)
    assert past == sorted(past, key=lambda entry: entry["updated_at"])
    assert "Feldweg" not in str(past)
    assert ticket["number"] in names(found)
    assert await pages(house, who, mine) == past


async def test_who_is_let_go_has_an_empty_route_written_down(house: House) -> None:
    who = hire(house, "refrigeration")
    ticket = await booked(house, who, 9, 13.45)
    [before] = await written(house, who, 1)
    customer = f"customer:{ticket['customer_id']}"
    await house.expect(customer, "POST", f"/tickets/{ticket['id']}/cancel", {})
    after = (await written(house, who, 2))[1]
    assert (len(before["route"]), after["route"]) == (1, [])


async def test_a_visit_that_moves_to_another_day_is_on_both_days_anew(house: House) -> None:
    who = hire(house, "refrigeration")
    await booked(house, who, 9, 13.45)
    await written(house, who, 1)
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update assignments set start_at = start_at + interval '1 day',"
            " end_at = end_at + interval '1 day', blocked = 'empty' where expert_id = %s",
            (bare(who),),
        )
    assert (await written(house, who, 2))[1]["route"] == []

    async def moved() -> Any:
        path = f"/experts/me/route/history?date={date_of(DAY + 1)}"
        return await pages(house, who, path)

    assert len(await house.soon(moved, "the next day's route", 20)) == 1
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update assignments set start_at = start_at - interval '1 day',"
            " end_at = end_at - interval '1 day' where expert_id = %s",
            (bare(who),),
        )


async def test_a_mark_that_is_seen_twice_writes_one_route(house: House) -> None:
    who = hire(house, "refrigeration")
    await errand(house, who, "Fetch a relay", 13.52)
    past = await written(house, who, 1)
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "insert into route_changes (expert_id, day) select expert_id, day from expert_routes, "
            "generate_series(1, 3) where expert_id = %s",
            (bare(who),),
        )

    def taken() -> bool:
        with psycopg.connect(house.database_url) as session:
            return session.execute("select 1 from route_changes limit 1").fetchone() is None

    await house.soon(taken, "the marks to be taken up", 20)
    assert await written(house, who, 1) == past
