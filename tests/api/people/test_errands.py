"""Errands: what stands on a day beside the visits, and what does not."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.people.roads import date_of, errand, names, route
from tests.house import House
from tests.refusals import refused
from tests.town import pages
from tests.workflows.company import at, bare, between, hire
from tests.workflows.company import parting as parting


async def test_a_day_is_one_of_the_experts_own(house: House) -> None:
    who = hire(house, "refrigeration")
    # 23:30 UTC is half past midnight in Berlin, or later.
    late = at(23.5, 21)
    window = {"start": late.isoformat(), "end": (late + timedelta(hours=2)).isoformat()}
    night = await errand(house, who, "Night", 13.41, date=date_of(22), window=window)
    assert await pages(house, who, f"/experts/me/stops?date={date_of(22)}") == [night]
    assert await pages(house, who, f"/experts/me/stops?date={date_of(21)}") == []
    other = {"title": "Night", "date": date_of(21), "minutes": 30, "lat": 52.5, "lng": 13.4}
    answer = await house.ask(who, "POST", "/experts/me/stops", {**other, "window": window})
    refused(answer, 422, "window-outside-day", "/window")


async def test_errands_are_listed_as_they_were_added_and_taken_off(house: House) -> None:
    who, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    added = [await errand(house, who, f"Errand {n}", 13.41) for n in range(5)]
    path = f"/experts/me/stops?date={date_of()}"
    assert await pages(house, who, path) == added
    assert await pages(house, other, path) == []
    at_stop = f"/experts/me/stops/{added[2]['id']}"
    refused(await house.ask(other, "DELETE", at_stop), 404, "stop-unknown")
    assert (await house.ask(who, "DELETE", at_stop)).status_code == 204
    refused(await house.ask(who, "DELETE", at_stop), 404, "stop-unknown")
    assert await pages(house, who, path) == [a for a in added if a != added[2]]


async def test_an_errand_that_is_sent_twice_is_there_once(house: House) -> None:
    who = hire(house, "refrigeration")
    new = {"title": "Once", "date": date_of(), "minutes": 15, "lat": 52.5, "lng": 13.4}
    key = {"Idempotency-Key": f"errand-{bare(who)}"}
    first, again = [await house.ask(who, "POST", "/experts/me/stops", new, **key) for _ in "12"]
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await pages(house, who, f"/experts/me/stops?date={date_of()}") == [first.json()]


async def test_a_day_has_forty_stops_and_an_order_for_them(house: House) -> None:
    who = hire(house, "refrigeration")
    for n in range(40):
        await errand(house, who, f"Errand {n}", 13.4 + n / 1000)
    new = {"title": "Forty-one", "date": date_of(), "minutes": 15, "lat": 52.5, "lng": 13.4}
    answer = await house.ask(who, "POST", "/experts/me/stops", new)
    refused(answer, 409, "too-many-stops")
    found = await route(house, who)
    assert sorted(names(found)) == sorted(f"Errand {n}" for n in range(40))
    assert not found["is_least"]


# name: (what is sent, the rule, the field)
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "minutes off the grid": ({"minutes": 20}, "validation-failed", "/minutes"),
    "no minutes": ({"minutes": 0}, "validation-failed", "/minutes"),
    "minutes as text": ({"minutes": "30"}, "validation-failed", "/minutes"),
    "more than eight hours": ({"minutes": 495}, "validation-failed", "/minutes"),
    "beyond the pole": ({"lat": 90.1}, "validation-failed", "/lat"),
    "twice round": ({"lng": -180.5}, "validation-failed", "/lng"),
    "no title": ({"title": " "}, "validation-failed", "/title"),
    "no such day": ({"date": "2027-02-30"}, "validation-failed", "/date"),
    "a moment for a day": ({"date": "2027-02-03T00:00:00Z"}, "validation-failed", "/date"),
    "a number for a day": ({"date": 20270203}, "validation-failed", "/date"),
    "a day of long ago": ({"date": "1999-12-31"}, "validation-failed", "/date"),
    "a day that is over": ({"date": "2026-01-01"}, "day-past", "/date"),
    "a day of a later year": ({"date": "2100-01-01"}, "day-too-far", "/date"),
    "a time without offset": (
        {"window": {"start": "2027-02-03T08:00:00", "end": "2027-02-03T09:00:00"}},
        "offset-missing",
        "/window/start",
    ),
    "a window backwards": ({"window": between(10, 9)}, "slot-backwards", "/window/end"),
    "a window of another day": (
        {"window": between(10, 11, 3)},
        "window-outside-day",
        "/window",
    ),
    "a window too short": ({"window": between(10, 10.25)}, "window-too-short", "/window"),
    "more than is asked": ({"colour": "red"}, "validation-failed", "/colour"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_an_errand_that_cannot_be_is_refused_by_field_and_rule(
    house: House, name: str
) -> None:
    wrong, code, pointer = WRONG[name]
    new = {"title": "Relay", "date": date_of(), "minutes": 30, "lat": 52.5, "lng": 13.4}
    answer = await house.ask("expert", "POST", "/experts/me/stops", {**new, **wrong})
    refused(answer, 422, code, pointer)


@pytest.mark.parametrize("path", ["day", "route", "route/history", "stops"])
@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("2027-02-30", "no-such-day"),
        ("2027-13-01", "no-such-day"),
        ("tomorrow", "not-a-day"),
        ("2027-02-03T00:00:00Z", "not-a-day"),
        ("1812-06-24", "year-out-of-range"),
    ],
)
async def test_a_day_that_is_none_is_refused_by_parameter_and_rule(
    house: House, path: str, asked: str, rule: str
) -> None:
    answer = await house.ask("expert", "GET", f"/experts/me/{path}?date={asked}")
    problem = refused(answer, 400, "invalid-parameter", None)
    [error] = problem["errors"]
    assert (error["parameter"], error["code"]) == ("date", rule)


async def test_an_expert_who_is_gone_has_no_route(house: House) -> None:
    nobody = "exp_00000000-0000-7000-8000-000000000000"
    answer = await house.ask("helpdesk", "GET", f"/experts/{nobody}/route")
    refused(answer, 404, "expert-unknown")
