"""Whom the helpdesk cannot send, where to, and when."""

import uuid
from typing import Any

import pytest

from tests.house import House
from tests.workflows.asking import UNINSURED
from tests.workflows.company import (
    assignments,
    at,
    bare,
    between,
    hire,
    hour,
    refused,
    rest,
    waiting,
)
from tests.workflows.company import parting as parting
from tests.workflows.sending import send, sent_as, wish


async def test_an_expert_who_is_busy_is_refused_with_what_keeps_them_and_when(
    house: House,
) -> None:
    sent = hire(house, "refrigeration")
    held, first = await waiting(house, between(8, 12))
    await send(house, first, sent, at(10))
    seen = (await rest(house, held))["visits"][0]
    ticket_id, visit = await waiting(house, between(8, 18))
    path = f"/visits/{visit}/assignments"
    body = wish(sent, at(10.5))
    problem = await refused(house, 409, "expert-busy", "helpdesk", "POST", path, body)
    evidence = problem["evidence"]
    assert evidence["kept_by"] == "assignment"
    assert (hour(evidence["start"]), evidence["end"]) == (10, seen["end"])
    assert held not in str(problem)
    assert first not in str(problem)
    assert (await rest(house, ticket_id))["visits"][0]["state"] == "OPEN"
    assert assignments(house, ticket_id) == []


async def test_time_off_keeps_an_expert_too(house: House) -> None:
    sent = hire(house, "refrigeration")
    await house.expect(sent, "POST", "/experts/me/time-off", between(8, 20))
    _, visit = await waiting(house, between(8, 18))
    path = f"/visits/{visit}/assignments"
    problem = await refused(house, 409, "expert-busy", "helpdesk", "POST", path, wish(sent, at(10)))
    assert problem["evidence"]["kept_by"] == "time-off"
    assert [hour(problem["evidence"][k]) for k in ("start", "end")] == [8, 20]


async def test_what_a_calendar_refused_is_asked_anew_under_the_same_key(house: House) -> None:
    sent, key = hire(house, "refrigeration"), str(uuid.uuid4())
    off = await house.expect(sent, "POST", "/experts/me/time-off", between(8, 20))
    _, visit = await waiting(house, between(8, 18))
    body = wish(sent, at(10))
    assert (await sent_as(house, visit, body, key)).status_code == 409
    await house.ask(sent, "DELETE", f"/experts/me/time-off/{off['id']}")
    assert (await sent_as(house, visit, body, key)).status_code == 201


async def test_only_staff_sends_and_only_to_visits_that_exist(house: House) -> None:
    sent = hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 12))
    path, body = f"/visits/{visit}/assignments", wish(sent, at(10))
    for who in ("customer", sent, "integration"):
        await refused(house, 403, "role-not-allowed", who, "POST", path, body)
    nowhere = f"/visits/vis_{uuid.uuid4()}/assignments"
    await refused(house, 404, "visit-unknown", "helpdesk", "POST", nowhere, body)
    await house.expect("manager", "POST", path, body)


async def test_a_visit_that_stands_takes_nobody_by_hand(house: House) -> None:
    sent, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 12))
    await send(house, visit, sent, at(10))
    path = f"/visits/{visit}/assignments"
    await refused(house, 409, "illegal-transition", "helpdesk", "POST", path, wish(other, at(10)))


BAD: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "an unknown expert": (
        {"expert_id": f"exp_{uuid.uuid4()}"},
        422,
        "expert-unknown",
        "/expert_id",
    ),
    "a start off the grid": (
        {"start": at(10.1).isoformat()},
        422,
        "start-off-grid",
        "/start",
    ),
    "a start in the past": (
        {"start": at(10, -1).isoformat()},
        422,
        "start-in-the-past",
        "/start",
    ),
    "a start too far ahead": ({"start": at(10, 70).isoformat()}, 422, "start-too-far", "/start"),
    "a time without offset": (
        {"start": at(10).replace(tzinfo=None).isoformat()},
        422,
        "validation-failed",
        "/start",
    ),
    "a position that is not there": ({"position": 3}, 422, "position-unknown", "/position"),
    "a position that cannot be": ({"position": 7}, 422, "validation-failed", "/position"),
    "a reason too long": ({"reason": "x" * 4001}, 422, "validation-failed", "/reason"),
    "a reason of nothing": ({"reason": "  "}, 422, "validation-failed", "/reason"),
    "control characters": ({"reason": "a\x00b"}, 422, "validation-failed", "/reason"),
    "consent that is no yes": (
        {"customer_consent": "yes"},
        422,
        "validation-failed",
        "/customer_consent",
    ),
    "a field of another world": ({"price": 1}, 422, "validation-failed", "/price"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_refused_with_its_field_and_rule(house: House, name: str) -> None:
    change, status, code, field = BAD[name]
    sent = hire(house, "refrigeration")
    _, visit = await waiting(house, between(8, 12))
    body = {**wish(sent, at(10)), **change}
    path = f"/visits/{visit}/assignments"
    problem = await refused(house, status, code, "helpdesk", "POST", path, body)
    assert [e["pointer"] for e in problem["errors"]] == [field]


async def test_who_is_not_able_is_not_sent(house: House) -> None:
    unskilled, dismissed = hire(house, "electrical"), hire(house, "refrigeration")
    await house.expect("admin", "PATCH", f"/experts/{bare(dismissed)}", {"status": "SUSPENDED"})
    _, visit = await waiting(house, between(8, 12))
    path = f"/visits/{visit}/assignments"
    for who, code in ((unskilled, "skill-missing"), (dismissed, "expert-not-verified")):
        await refused(house, 409, code, "helpdesk", "POST", path, wish(who, at(10)))


async def test_nobody_is_sent_before_it_is_settled_who_pays(house: House) -> None:
    sent = hire(house, "refrigeration")
    ticket_id = await house.file(UNINSURED, slots=[between(8, 12)])
    visit = (await house.until(ticket_id, "REVIEW"))["visits"][0]["id"]
    path = f"/visits/{visit}/assignments"
    await refused(house, 409, "illegal-transition", "helpdesk", "POST", path, wish(sent, at(10)))
