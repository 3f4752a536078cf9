"""Where an expert is, if they let us know; and nowhere else than there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.api.people.roads import errand, route, today
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import bare, hire
from tests.workflows.company import parting as parting

SHARING, POSITION = "/experts/me/position-sharing", "/experts/me/position"
SPOT = {"lat": 52.6123, "lng": 13.6789}


def ago(minutes: float, **more: Any) -> dict[str, Any]:
    """A place where an expert was so many minutes ago."""
    moment = datetime.now(UTC) - timedelta(minutes=minutes)
    return {**SPOT, "at": moment.isoformat(), **more}


async def sharing(house: House) -> str:
    """An expert who lets us know where they are."""
    who = hire(house, "refrigeration")
    assert await house.expect(who, "PUT", SHARING, {"on": True}) == {"on": True}
    return who


def kept(house: House, who: str) -> list[Any]:
    """What is kept of where an expert is."""
    with psycopg.connect(house.database_url) as session:
        found = session.execute(
            "select lat, lng, seen_at from expert_positions where expert_id = %s", (bare(who),)
        )
        return found.fetchall()


async def test_nobody_is_known_to_be_anywhere_who_did_not_say_so(house: House) -> None:
    who = hire(house, "refrigeration")
    assert await house.expect(who, "GET", SHARING) == {"on": False}
    refused(await house.ask(who, "PUT", POSITION, ago(0)), 409, "position-not-shared")
    assert kept(house, who) == []


async def test_the_last_place_is_kept_and_no_other(house: House) -> None:
    who = await sharing(house)
    assert await house.expect(who, "GET", SHARING) == {"on": True}
    for report in (ago(5, lat=1.0), ago(1), ago(3, lat=2.0)):
        assert (await house.ask(who, "PUT", POSITION, report)).status_code == 204
    [(lat, lng, _)] = kept(house, who)
    assert {"lat": lat, "lng": lng} == SPOT
    await house.expect(who, "PUT", SHARING, {"on": True})
    assert kept(house, who)[0][0] == SPOT["lat"]


async def test_a_recent_place_is_where_the_way_begins(house: House) -> None:
    who = await sharing(house)
    await errand(house, who, "Fetch a relay", 13.52, date=today(), minutes=15)
    await house.ask(who, "PUT", POSITION, ago(11))
    assert (await route(house, who, today()))["origin"] == "home"
    await house.ask(who, "PUT", POSITION, ago(9))
    assert (await route(house, who, today()))["origin"] == "position"


async def test_it_is_deleted_when_they_say_so_no_more_and_was_written_down_nowhere(
    house: House,
) -> None:
    who = await sharing(house)
    await errand(house, who, "Fetch a relay", 13.52, date=today(), minutes=15)
    await house.ask(who, "PUT", POSITION, ago(0))
    assert (await route(house, who, today()))["origin"] == "position"
    await house.expect(who, "PUT", SHARING, {"on": False})
    assert kept(house, who) == []
    await house.expect(who, "PUT", SHARING, {"on": False})
    refused(await house.ask(who, "PUT", POSITION, ago(0)), 409, "position-not-shared")
    with psycopg.connect(house.database_url) as session:
        written = session.execute(
            "select type, facts::text from events where aggregate = %s order by seq", (bare(who),)
        ).fetchall()
        routes = session.execute(
            "select route::text from expert_routes where expert_id = %s", (bare(who),)
        ).fetchall()
    kinds = [kind for kind, _ in written]
    assert kinds == ["expert.position_shared", "expert.stop_added", "expert.position_shared"]
    assert routes
    for secret in ("52.6123", "13.6789"):
        assert secret not in str(written) + str(routes)


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"lat": -90.5}, "validation-failed", "/lat"),
        ({"lng": 181}, "validation-failed", "/lng"),
        ({"lat": "52.5"}, "validation-failed", "/lat"),
        ({"at": "2026-12-08T08:00:00"}, "validation-failed", "/at"),
        ({"at": 1765180800}, "validation-failed", "/at"),
    ],
)
async def test_a_place_that_is_none_is_refused(
    house: House, wrong: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await house.ask("expert", "PUT", POSITION, ago(0) | wrong)
    refused(answer, 422, code, pointer)


async def test_a_place_of_the_future_is_refused_and_a_fast_clock_is_not(house: House) -> None:
    who = await sharing(house)
    answer = await house.ask(who, "PUT", POSITION, ago(-5.5))
    refused(answer, 422, "position-ahead", "/at")
    assert (await house.ask(who, "PUT", POSITION, ago(-4.5))).status_code == 204
