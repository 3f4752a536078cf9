"""A day that runs late, and who takes over what cannot be reached in time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
import pytest

from models.calendar import grid_at_or_after
from tests.api.people.roads import LAT, asking, moment
from tests.api.people.test_toolboxes import has
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import bare, crew, hire, rest, rows, waiting, welcome
from tests.workflows.company import parting as parting
from tests.workflows.sending import send, sent_as, wish

TOOL = "nitrogen bottle"
HERE, FAR = 13.42, 13.80
"""An hour lies between them, on the road."""
NEXT_DOOR, A_WAY_OFF = (LAT, HERE), (LAT, 13.44)


class Day(NamedTuple):
    """An expert's morning: the visit that they are at, and the next, an hour and a half after."""

    expert: str
    first: Any
    second: Any


async def visit_at(house: House, who: str, start: datetime, lng: float) -> Any:
    """A visit that an expert is sent to today; its ticket."""
    slot = {"start": start.isoformat(), "end": (start + timedelta(hours=5)).isoformat()}
    ticket_id, visit = await waiting(house, slot, who=welcome(house, LAT, lng))
    await send(house, visit, who, start)
    return await house.until(ticket_id, "SCHEDULED")


async def busy_day(house: House) -> Day:
    """An expert is at work far off, and goes on here. It is morning where they live."""
    who = hire(house, "refrigeration")
    morning = datetime.now(UTC).hour - 8
    with psycopg.connect(house.database_url) as session:
        # The other way round: Etc/GMT+5 is five hours behind.
        zone = f"Etc/GMT{morning if morning < 13 else morning - 24:+d}"
        session.execute("update experts set tz = %s where id = %s", (zone, bare(who)))
    first = await visit_at(house, who, grid_at_or_after(datetime.now(UTC) + timedelta(1 / 96)), FAR)
    end = moment(first["visits"][0]["end"])
    second = await visit_at(house, who, grid_at_or_after(end) + timedelta(minutes=90), HERE)
    for kind in ("en_route", "on_site", "started"):
        await house.report(first["visits"][0]["id"], kind, who)
    await house.until(first["id"], "IN_PROGRESS")

    async def at_work() -> bool:
        asked = "select state from assignments where ticket_id = %s"
        return rows(house, asked, first["id"])[0]["state"] == "WORKING"

    await house.soon(at_work, "the work to begin")
    return Day(who, first, second)


@asynccontextmanager
async def an_hour_over(house: House, day: Day) -> AsyncIterator[House]:
    """The house as it is an hour after the first visit should have been over."""
    end = moment(day.first["visits"][0]["end"])
    ahead = end + timedelta(minutes=57) - datetime.now(UTC)
    services = replace(house.services, clock=lambda: datetime.now(UTC) + ahead)
    async with asking(replace(house, services=services), services.travel) as http:
        yield replace(house, http=http)


async def delays(house: House, day: Day, who: str = "helpdesk") -> Any:
    found = await house.expect(who, "GET", f"/experts/{bare(day.expert)}/delays")
    return found["delays"]


async def test_what_an_expert_who_overruns_cannot_reach_goes_to_the_nearest_with_the_tool(
    house: House,
) -> None:
    day = await busy_day(house)
    [visit] = day.second["visits"]
    nearest, equipped = (
        hire(house, "refrigeration", home=NEXT_DOOR),
        hire(house, "refrigeration", home=A_WAY_OFF),
    )
    farther = hire(house, "refrigeration", home=(LAT, 13.9))
    for who in (equipped, farther, day.expert):
        await has(house, who, TOOL)
    assert await delays(house, day) == []
    async with an_hour_over(house, day) as later:
        [late] = await delays(later, day)
        assert (late["visit_id"], late["ticket"]) == (visit["id"], day.second["number"])
        assert moment(late["eta"]) == moment(late["start"]) + timedelta(
            minutes=late["late_minutes"]
        )
        assert 10 < late["late_minutes"] < 45
        assert len(late["candidates"]) == 3
        best = late["candidates"][0]
        assert (best["expert_id"], best["travel_minutes"], best["tools"]) == (bare(nearest), 0, [])
        assert moment(best["start"]) == moment(visit["start"])
        query = f"/experts?visit_id={visit['id']}&tool={TOOL.replace(' ', '%20')}"
        able = (await later.expect("helpdesk", "GET", query))["items"]
        others = [row for row in able if row["id"] != bare(day.expert)]
        assert [row["id"] for row in others] == [bare(equipped), bare(farther)]
        assert [row["free"] for row in others] == [True, True]
        [own] = [row for row in able if row["id"] == bare(day.expert)]
        assert (own["origin"], own["distance_km"] > 20) == ("visit", True)

    body = wish(equipped, visit["start"], late["position"], replaces=bare(day.expert))
    key = "over-to-whoever-has-it"
    answer = await sent_as(house, visit["id"], body, key)
    assert (answer.status_code, answer.json()["visit_state"]) == (201, "SCHEDULED")
    assert (await sent_as(house, visit["id"], body, key)).json() == answer.json()
    seen = await rest(house, day.second["id"])
    assert crew(seen["visits"][0]) == [equipped]
    assert seen["visits"][0]["start"] == visit["start"]
    await told_in_order(house, day, equipped)
    async with an_hour_over(house, day) as later:
        assert await delays(later, day) == []


async def told_in_order(house: House, day: Day, new: str) -> None:
    """First the new one heard of it, then the old one, then the customer: each once."""
    entries = [e["type"] for e in await house.timeline(day.second["id"])]
    happened = [kind for kind in entries if not kind.startswith("notification.")]
    assert happened[-3:] == ["expert.assigned", "assignment.released", "visit.changed"]
    outbox = rows(
        house,
        """select template, recipient_id, created_at from notifications where ticket_id = %s
        and template in ('expert.assigned', 'assignment.cancelled', 'visit.changed')
        order by created_at""",
        day.second["id"],
    )
    assert [(n["template"], n["recipient_id"]) for n in outbox] == [
        ("expert.assigned", bare(day.expert)),
        ("expert.assigned", bare(new)),
        ("assignment.cancelled", bare(day.expert)),
        ("visit.changed", day.second["customer_id"]),
    ]
    assert len({n["created_at"] for n in outbox}) == 4


async def test_nobody_takes_a_place_that_is_not_so_held_or_at_a_time_that_is_over(
    house: House,
) -> None:
    day = await busy_day(house)
    [visit], [begun] = day.second["visits"], day.first["visits"]
    new = hire(house, "refrigeration")
    own = bare(day.expert)
    for wrong, status, code, pointer in (
        ({"replaces": bare(new)}, 404, "assignment-unknown", "/replaces"),
        ({"replaces": own, "position": 1}, 422, "position-differs", "/position"),
        ({"replaces": own, "expert_id": own}, 409, "expert-twice", "/expert_id"),
        ({"replaces": own, "start": "2026-01-01T09:00:00Z"}, 422, "start-in-the-past", "/start"),
        ({"replaces": "exp_1"}, 422, "validation-failed", "/replaces"),
        ({}, 409, "illegal-transition", None),
    ):
        body = wish(new, visit["start"]) | wrong
        pointers = [pointer] if pointer else []
        refused(await sent_as(house, visit["id"], body), status, code, *pointers)
    there = wish(new, begun["start"], replaces=own)
    refused(await sent_as(house, begun["id"], there), 409, "illegal-transition")
    assert crew((await rest(house, day.second["id"]))["visits"][0]) == [day.expert]


async def test_a_day_without_visits_has_no_delays_and_nobodys_has_none(house: House) -> None:
    who = hire(house, "refrigeration")
    found = await house.expect("manager", "GET", f"/experts/{bare(who)}/delays?date=2026-12-24")
    assert (found["delays"], found["date"], found["status"]) == ([], "2026-12-24", "PLANNED")
    nobody = "exp_00000000-0000-7000-8000-000000000000"
    answer = await house.ask("helpdesk", "GET", f"/experts/{nobody}/delays")
    refused(answer, 404, "expert-unknown")
    answer = await house.ask("helpdesk", "GET", f"/experts/{bare(who)}/delays?date=tomorrow")
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["parameter"], error["code"]) == (400, "date", "not-a-day")


@pytest.mark.parametrize("role", ["customer", "expert"])
async def test_an_experts_delays_are_for_the_helpdesk_and_those_above_it(
    house: House, role: str
) -> None:
    who = hire(house, "refrigeration")
    path = f"/experts/{bare(who)}/delays"
    refused(await house.ask(role, "GET", path), 403, "role-not-allowed")
    refused(await house.ask(who, "GET", path), 403, "role-not-allowed")
