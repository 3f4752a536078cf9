"""Who is near, and has what it takes."""

import time
from typing import Any

import psycopg
import pytest

from tests.api.people.roads import booked
from tests.api.people.test_positions import POSITION, SHARING, ago
from tests.api.people.test_toolboxes import has
from tests.house import House
from tests.refusals import refused
from tests.town import pages
from tests.workflows.company import bare, between, dismiss, hire, hire_many, waiting
from tests.workflows.company import parting as parting

HERE = "52.50,13.42"
NEAR, FAR = (52.51, 13.42), (52.60, 13.42)


async def found(house: House, query: str) -> list[Any]:
    """All whom the helpdesk finds."""
    return await pages(house, "helpdesk", f"/experts?{query}")


async def test_experts_are_found_nearest_first_by_all_the_tools_and_skills_that_are_named(
    house: House,
) -> None:
    far, near = hire(house, "refrigeration", home=FAR), hire(house, "refrigeration", home=NEAR)
    other = hire(house, "refrigeration", "electrical", home=NEAR)
    without = hire(house, "refrigeration", home=NEAR)
    for who in (far, near, other):
        await has(house, who, "Flux capacitor", "ladder")
    await has(house, without, "flux capacitor")
    tools = "tool=FLUX%20capacitor&tool=ladder"
    listed = await found(house, f"near={HERE}&skill=refrigeration&{tools}")
    assert [row["id"] for row in listed] == [*sorted([bare(near), bare(other)]), bare(far)]
    assert [row["distance_km"] for row in listed] == [1.1, 1.1, 11.1]
    row = listed[2]
    assert (row["name"], row["status"], row["zone"]) == ("Jo Doe", "VERIFIED", "berlin")
    assert [s["skill"] for s in row["skills"]] == ["refrigeration"]
    assert row["tools"] == ["flux capacitor", "ladder"]
    assert (row["origin"], row["free"]) == ("home", None)
    both = await found(house, f"{tools}&skill=refrigeration&skill=electrical&skill=refrigeration")
    assert [r["id"] for r in both] == [bare(other)]
    assert [both[0][name] for name in ("distance_km", "origin", "free")] == [None] * 3
    assert await found(house, f"{tools}&zone=london") == []
    close = await found(house, f"near={HERE}&within_km=5&{tools}&zone=berlin")
    assert {r["id"] for r in close} == {bare(near), bare(other)}
    assert await found(house, "tool=nobody%20has%20it") == []


async def test_pages_hold_everybody_once_though_several_are_as_far(house: House) -> None:
    many = hire_many(house, 5, "refrigeration", home=NEAR)
    for who in (*many, far := hire(house, "refrigeration", home=FAR)):
        await has(house, who, "paged")
    for query in (f"tool=paged&near={HERE}", "tool=paged"):
        seen, cursor = [], ""
        while cursor is not None:
            at = f"/experts?{query}&limit=2" + (f"&cursor={cursor}" if cursor else "")
            page = await house.expect("manager", "GET", at)
            seen += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
        assert sorted(seen) == sorted(bare(w) for w in (*many, far))
        assert query == "tool=paged" or seen[-1] == bare(far)


async def test_where_they_are_is_their_last_place_if_it_is_fresh_and_never_shown(
    house: House,
) -> None:
    who = hire(house, "refrigeration", home=FAR)
    await has(house, who, "tracker")
    await house.expect(who, "PUT", SHARING, {"on": True})
    await house.ask(who, "PUT", POSITION, ago(11, lat=52.5012, lng=13.4212))
    [row] = await found(house, f"near={HERE}&tool=tracker")
    assert (row["origin"], row["distance_km"]) == ("home", 11.1)
    await house.ask(who, "PUT", POSITION, ago(9, lat=52.5012, lng=13.4212))
    [row] = await found(house, f"near={HERE}&tool=tracker")
    # Reckoned from the middle of a square kilometre, so that nobody can be found by it.
    assert (row["origin"], row["distance_km"]) == ("position", 0.0)
    for secret in ("52.5012", "13.4212", "52.6", "lat", "phone", "email", "+49"):
        assert secret not in str(row)


async def test_else_they_are_where_their_visit_of_today_is(house: House) -> None:
    who = hire(house, "refrigeration", home=FAR)
    await has(house, who, "at work")
    ticket = await booked(house, who, 12, 13.42)
    [visit] = ticket["visits"]
    query = f"near={HERE}&tool=at%20work"
    assert (await found(house, query))[0]["origin"] == "home"
    _today(house, visit["id"], "WORKING")
    [row] = await found(house, query)
    assert (row["origin"], row["distance_km"]) == ("visit", 0.0)
    _today(house, visit["id"], "DONE")
    assert (await found(house, query))[0]["origin"] == "visit"
    _today(house, visit["id"], "RESERVED")
    assert (await found(house, query))[0]["origin"] == "home"
    _as_planned(house, visit["id"])


def _as_planned(house: House, visit_id: str) -> None:
    """A house has many tests, and one of them looks whether everybody is booked for their visit."""
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update assignments a set start_at = v.start_at, end_at = v.end_at"
            " from visits v where v.id = a.visit_id and v.id = %s",
            (visit_id,),
        )


def _today(house: House, visit_id: str, state: str) -> None:
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update assignments set start_at = now(), end_at = now() + interval '1 hour',"
            " state = %s where visit_id = %s",
            (state, visit_id),
        )


async def test_of_a_visit_those_are_found_who_could_make_it_and_whether_they_have_time(
    house: House,
) -> None:
    holder = hire(house, "refrigeration", home=NEAR)
    ticket = await booked(house, holder, 9, 13.42)
    [visit] = ticket["visits"]
    able, busy, away = [hire(house, "refrigeration", home=NEAR) for _ in range(3)]
    await booked(house, busy, 10, 13.5)
    start = {"start": visit["start"], "end": visit["end"]}
    await house.expect(away, "POST", "/experts/me/time-off", start)
    unskilled = hire(house, "electrical", home=NEAR)
    elsewhere = hire(house, "refrigeration", zone="london", home=(51.5, -0.1))
    reaching = hire(house, "refrigeration", zone="london", home=NEAR)
    gone = hire(house, "refrigeration", home=NEAR)
    everybody = (holder, able, busy, away, unskilled, elsewhere, reaching, gone)
    for who in everybody:
        await has(house, who, "for the visit")
    dismiss(house, gone)
    listed = await found(house, f"visit_id={visit['id']}&tool=for%20the%20visit")
    assert {row["id"]: row["free"] for row in listed} == {
        bare(holder): True,
        bare(able): True,
        bare(busy): False,
        bare(away): False,
        bare(reaching): True,
    }
    assert {row["distance_km"] for row in listed} == {1.1}
    anybody = await found(house, "tool=for%20the%20visit")
    assert {row["id"] for row in anybody} == {bare(who) for who in everybody}
    _, unsettled = await waiting(house, between(9, 12))
    listed = await found(house, f"visit_id={unsettled}&tool=for%20the%20visit")
    assert {row["free"] for row in listed} == {None}


@pytest.mark.parametrize(
    ("query", "status", "code", "parameter"),
    [
        ("skill=nonsense", 422, "skill-unknown", "skill"),
        ("skill=No%20Code", 400, "invalid-parameter", "skill"),
        ("tool=", 400, "invalid-parameter", "tool"),
        ("tool=" + "x" * 61, 400, "invalid-parameter", "tool"),
        ("tool=a%00b", 400, "invalid-parameter", "tool"),
        ("&".join(f"tool=t{n}" for n in range(21)), 400, "invalid-parameter", "tool"),
        ("zone=atlantis", 422, "zone-unknown", "zone"),
        ("near=here", 400, "invalid-parameter", "near"),
        ("near=91,13", 400, "invalid-parameter", "near"),
        ("near=52,181", 400, "invalid-parameter", "near"),
        ("near=nan,13", 400, "invalid-parameter", "near"),
        ("near=52,13&near=52,13", 400, "invalid-parameter", "near"),
        ("near=52,13&within_km=0", 400, "invalid-parameter", "within_km"),
        ("near=52,13&within_km=1.5", 400, "invalid-parameter", "within_km"),
        ("within_km=5", 422, "place-missing", "within_km"),
        ("visit_id=vis_1", 400, "invalid-parameter", "visit_id"),
    ],
)
async def test_what_cannot_be_looked_for_is_refused_by_parameter_and_rule(
    house: House, query: str, status: int, code: str, parameter: str
) -> None:
    answer = await house.ask("helpdesk", "GET", f"/experts?{query}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    [error] = problem["errors"][:1]
    assert error["parameter"] == parameter
    assert error["code"]
    assert error["detail"]


async def test_a_visit_that_is_none_and_a_cursor_of_nobodys_are_refused(house: House) -> None:
    nowhere = "vis_00000000-0000-7000-8000-000000000000"
    answer = await house.ask("helpdesk", "GET", f"/experts?visit_id={nowhere}")
    refused(answer, 404, "visit-unknown")
    for cursor in ("nowhere", "WyJuYW4iLCJhIl0", "WyIxZTMiLCJhIl0"):
        answer = await house.ask("helpdesk", "GET", f"/experts?cursor={cursor}")
        refused(answer, 400, "cursor-invalid")


@pytest.mark.parametrize("who", ["customer", "expert"])
async def test_only_the_helpdesk_and_those_above_it_look_for_experts(
    house: House, who: str
) -> None:
    refused(await house.ask(who, "GET", f"/experts?near={HERE}"), 403, "role-not-allowed")


async def test_ten_thousand_experts_are_looked_through_in_one_go(house: House) -> None:
    hire_many(house, 10_000, "refrigeration", zone="london", home=(51.5, -0.1))
    begun = time.monotonic()
    page = await house.expect("helpdesk", "GET", "/experts?near=51.5,-0.1&skill=refrigeration")
    assert time.monotonic() - begun < 2
    assert len(page["items"]) == 50
    assert page["next_cursor"]
