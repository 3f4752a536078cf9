"""Who may do what with whose things: every role, every operation, one's own, another's, nobody's.

What belongs to others answers exactly as what does not exist.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlmodel import select

from api.http.auth import policies
from models.actor import Role
from models.db.visit.tables import WorkReportRow
from tests.house import FRIDGE, REFERENCE, SUBJECTS, House, days
from tests.refusals import refused, shape
from tests.town import pages, wondering

CUSTOMER, NEIGHBOUR = REFERENCE.customers[:2]
EXPERT = REFERENCE.experts[0]
COLLEAGUE = next(
    e for e in REFERENCE.experts[1:] if e.zone == EXPERT.zone and "refrigeration" in e.skills
)
STAFF = ("helpdesk", "manager", "admin")
ROLES = ("customer", "expert", *STAFF, "integration")
NOWHERE = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Things:
    """A ticket with all that hangs on it, and whose it is."""

    expert: str
    customer: str
    ids: Mapping[str, str]

    def at(self, path: str) -> str:
        """A path with these things' ids in it."""
        return path.format(**self.ids)


@dataclass(frozen=True)
class Operation:
    """What each role gets for its own, for another's and for what does not exist; a role that is
    not listed is refused with 403 whatever it asks for."""

    allowed: Mapping[str, tuple[int, int, int]]
    body: Callable[[str, Things], Any] = field(default=lambda who, things: None)


def by(
    who: str | Iterable[str], own: int, other: int, none: int
) -> dict[str, tuple[int, int, int]]:
    return dict.fromkeys([who] if isinstance(who, str) else who, (own, other, none))


def owned(own: int, none: int = 404) -> dict[str, tuple[int, int, int]]:
    """Customers have their own, the helpdesk has everybody's."""
    return by("customer", own, none, none) | by(STAFF, own, own, none)


SEEN = owned(200) | by("expert", 200, 404, 404) | by("integration", 404, 404, 404)
MINE = by("expert", 200, 200, 200)
"""Pages about the caller: whatever ids there are, they are not asked for."""


def event(who: str, things: Things) -> Any:
    report = {
        "client_event_id": str(uuid.uuid4()),
        "type": "acknowledged",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return report if who == "expert" else {**report, "expert_id": things.expert}


def windows(who: str, things: Things) -> Any:
    return {"windows": days(39, 1)}


def slots(who: str, things: Things) -> Any:
    return {"slots": days(39, 1)}


def sent_by_hand(who: str, things: Things) -> Any:
    chosen = {"expert_id": things.expert, "start": days(39, 1)[0]["start"], "position": 0}
    return {**chosen, "reason": "They know it.", "customer_consent": True}


def a_year_from_now(who: str, things: Things) -> Any:
    day = datetime.now(UTC) + timedelta(days=300)
    return {"start": day.isoformat(), "end": (day + timedelta(hours=1)).isoformat()}


# The tickets of the table are closed: who is let in meets the rule, 409, and nothing moves.
TABLE: dict[str, Operation] = {
    "POST /v1/tickets": Operation(by(("customer", *STAFF), 422, 422, 422), lambda *_: {}),
    "GET /v1/tickets": Operation(by(("customer", *STAFF), 200, 200, 200)),
    "GET /v1/tickets/{ticket_id}": Operation(SEEN),
    "PUT /v1/tickets/{ticket_id}/slots": Operation(owned(409), slots),
    "POST /v1/tickets/{ticket_id}/cancel": Operation(owned(409), lambda *_: {}),
    "POST /v1/tickets/{ticket_id}/confirm": Operation(owned(409), lambda *_: {}),
    "POST /v1/tickets/{ticket_id}/reopen": Operation(owned(409), slots),
    "POST /v1/tickets/{ticket_id}/coverage": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {"coverage": "WAIVED"}
    ),
    "GET /v1/tickets/{ticket_id}/timeline": Operation(SEEN),
    "GET /v1/tickets/{ticket_id}/timers": Operation(SEEN),
    "GET /v1/tickets/{ticket_id}/invoices": Operation(owned(200)),
    "GET /v1/notifications?ticket_id={ticket_id}": Operation(by(STAFF, 200, 200, 200)),
    "POST /v1/tickets/{ticket_id}/visits": Operation(
        by(STAFF, 409, 409, 404),
        lambda *_: {"minutes": 60, "positions": [{"skill": "electrical"}]},
    ),
    "POST /v1/tickets/{ticket_id}/dependencies": Operation(
        by(STAFF, 409, 409, 404),
        lambda _, t: {"predecessor": t.ids["visit_id"], "successor": f"vis_{NOWHERE[:-1]}1"},
    ),
    "GET /v1/tickets/{ticket_id}/groups": Operation(owned(200)),
    "POST /v1/tickets/{ticket_id}/groups/{group_id}/re-evaluate": Operation(
        by(STAFF, 409, 409, 404)
    ),
    "GET /v1/tickets/{ticket_id}/suggested-slots": Operation(owned(409)),
    "POST /v1/tickets/{ticket_id}/slot-offers": Operation(by(STAFF, 409, 409, 404), lambda *_: {}),
    "GET /v1/groups/{group_id}/decision": Operation(
        by("expert", 200, 404, 404) | by(STAFF, 200, 200, 404)
    ),
    # A visit is offered to every expert it may suit, who is told why they cannot have it (S1-09).
    "POST /v1/visits/{visit_id}/proposals": Operation(by("expert", 409, 409, 404), windows),
    "GET /v1/visits/{visit_id}/proposals": Operation(
        by("expert", 200, 404, 404) | by(STAFF, 200, 200, 404)
    ),
    "POST /v1/visits/{visit_id}/assignments": Operation(by(STAFF, 409, 409, 404), sent_by_hand),
    "POST /v1/visits/{visit_id}/events": Operation(
        by("expert", 409, 404, 404) | by(STAFF, 409, 409, 404), event
    ),
    "GET /v1/proposals/{proposal_id}": Operation(by("expert", 200, 404, 404)),
    "PATCH /v1/proposals/{proposal_id}": Operation(by("expert", 409, 404, 404), windows),
    "DELETE /v1/proposals/{proposal_id}": Operation(by("expert", 409, 404, 404)),
    "GET /v1/marketplace/visits": Operation(MINE),
    "GET /v1/marketplace/visits/{visit_id}": Operation(by("expert", 404, 404, 404)),
    "GET /v1/experts/me/work-items": Operation(MINE),
    "GET /v1/experts/me/earnings": Operation(MINE),
    "GET /v1/experts/me/calendar": Operation(MINE),
    "GET /v1/experts/me/availability": Operation(MINE),
    "PUT /v1/experts/me/availability": Operation(by("expert", 422, 422, 422), lambda *_: {}),
    "POST /v1/experts/me/time-off": Operation(by("expert", 201, 201, 201), a_year_from_now),
    "DELETE /v1/experts/me/time-off/{off_id}": Operation(by("expert", 204, 404, 404)),
    "GET /v1/experts/{expert_id}": Operation(by(STAFF, 200, 200, 404)),
    "PATCH /v1/experts/{expert_id}": Operation(
        by("admin", 200, 200, 404), lambda *_: {"status": "VERIFIED"}
    ),
    "PUT /v1/experts/{expert_id}/skills/{skill}": Operation(
        by("admin", 200, 200, 404), lambda *_: {"level": 2}
    ),
    "DELETE /v1/experts/{expert_id}/skills/{skill}": Operation(by("admin", 200, 200, 404)),
    "GET /v1/escalations": Operation(by(STAFF, 200, 200, 200)),
    "GET /v1/escalations/{escalation_id}": Operation(by(STAFF, 200, 200, 404)),
    "POST /v1/escalations/{escalation_id}/claim": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {}
    ),
    "POST /v1/escalations/{escalation_id}/release": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {}
    ),
    "POST /v1/escalations/{escalation_id}/resolve": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {"action": "told"}
    ),
    "GET /v1/customers/{customer_id}": Operation(by(STAFF, 200, 200, 404)),
    "PUT /v1/customers/{customer_id}": Operation(by(STAFF, 422, 422, 422), lambda *_: {}),
    "GET /v1/policies": Operation(by(STAFF, 200, 200, 200)),
    "PUT /v1/policies/normal/survey_ttl": Operation(
        by("admin", 200, 200, 200), lambda *_: {"value": "P14D"}
    ),
}
PUBLIC = {
    "GET /openapi.json",
    "HEAD /openapi.json",
    "GET /v1/skills",
    "GET /v1/categories",
    "GET /v1/plans",
    "GET /v1/zones",
    "GET /v1/models",
    "GET /v1/surveys/{token}",
    "POST /v1/surveys/{token}",
    "GET /v1/offers/{token}",
    "POST /v1/offers/{token}",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /problems",
    "GET /problems/{code}",
    "GET /docs",
    "GET /docs/start.js",
    "GET /docs/swagger-ui-bundle.js",
    "GET /docs/swagger-ui.css",
    "GET /docs/favicon-32x32.png",
}


def route_of(operation: str) -> str:
    """An operation of the table as the application names its route."""
    plain = operation.partition("?")[0]
    return plain.replace("/normal/survey_ttl", "/{urgency}/{name}")


async def settled(house: House, customer: str, expert: str, day: int) -> dict[str, str]:
    """A ticket of a customer's whose visit an expert will make on a day."""
    times = days(day, 1)
    filed = await house.file(f"customer:{customer}", slots=times)
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    offered = await house.propose(visit["id"], f"expert:{expert}", times)
    await house.until(filed, "SCHEDULED")
    return {
        "ticket_id": filed,
        "visit_id": visit["id"],
        "group_id": visit["group_id"],
        "proposal_id": offered["id"],
    }


async def closed(house: House, customer: str, expert: str, day: int) -> Things:
    ids = await settled(house, customer, expert, day)
    for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
        await house.report(ids["visit_id"], kind, f"expert:{expert}")
    await house.until(ids["ticket_id"], "COMPLETED")
    asked = await wondering(house, ids["ticket_id"])
    await house.expect(f"customer:{customer}", "POST", f"/tickets/{ids['ticket_id']}/confirm", {})
    await house.until(ids["ticket_id"], "CLOSED")
    await house.soon(lambda: resolved(house, asked), "the escalation to end with its ticket")
    away = await house.expect(
        f"expert:{expert}", "POST", "/experts/me/time-off", a_year_from_now("", nobodys())
    )
    more = {"expert_id": expert, "off_id": away["id"], "skill": "networking"}
    more |= {"escalation_id": asked, "customer_id": customer}
    return Things(expert, customer, ids | more)


async def resolved(house: House, escalation_id: str) -> bool:
    found = await house.expect("helpdesk", "GET", f"/escalations/{escalation_id}")
    return found["closed_at"] is not None


def nobodys() -> Things:
    """Ids as good as any, of things that do not exist."""
    kinds = {"ticket": "tkt", "visit": "vis", "group": "grp", "proposal": "prp", "off": "off"}
    ids = {f"{name}_id": f"{prefix}_{NOWHERE}" for name, prefix in kinds.items()}
    ids |= {"expert_id": f"exp_{NOWHERE}", "skill": "networking"}
    ids |= {"escalation_id": f"esc_{NOWHERE}", "customer_id": f"cus_{NOWHERE}"}
    return Things(f"exp_{NOWHERE}", f"cus_{NOWHERE}", ids)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def things(house: House) -> tuple[Things, Things, Things]:
    """One's own, another's, nobody's."""
    mine, theirs = await asyncio.gather(
        closed(house, CUSTOMER.id, EXPERT.id, 53), closed(house, NEIGHBOUR.id, COLLEAGUE.id, 54)
    )
    return mine, theirs, nobodys()


async def call(house: House, who: str, operation: str, things: Things) -> httpx.Response:
    method, _, path = operation.partition(" ")
    headers = house.headers(who) if who else {"Idempotency-Key": str(uuid.uuid4())}
    body = TABLE[operation].body(who, things)
    return await house.http.request(method, things.at(path), json=body, headers=headers)


@pytest.mark.parametrize("operation", TABLE)
async def test_every_role_gets_its_own_and_of_others_not_even_that_they_exist(
    house: House, things: tuple[Things, Things, Things], operation: str
) -> None:
    if operation.startswith("DELETE /v1/experts/{expert_id}/skills"):
        for held in things[:2]:
            path = held.at("/experts/{expert_id}/skills/{skill}")
            await house.expect("admin", "PUT", path, {"level": 1})
    for role in ROLES:
        expected = TABLE[operation].allowed.get(role, (403, 403, 403))
        answers = [await call(house, role, operation, whose) for whose in things]
        if "skills/{skill}" in operation and role in TABLE[operation].allowed:
            expected = expected[0], expected[1], 404
        got = tuple(answer.status_code for answer in answers)
        assert got == expected, (role, [answer.text for answer in answers])
        if got[1] == got[2] and not answers[1].is_success:
            assert shape(answers[1]) == shape(answers[2]), role
        if got[0] == 403:
            refused(answers[0], 403, "role-not-allowed")
            assert shape(answers[0]) == shape(answers[2])


@pytest.mark.parametrize("operation", TABLE)
async def test_without_a_token_nobody_gets_anything(
    house: House, things: tuple[Things, Things, Things], operation: str
) -> None:
    for whose in things:
        refused(await call(house, "", operation, whose), 401, "unauthenticated")


async def test_the_table_names_every_route_and_no_route_is_without_a_policy(house: House) -> None:
    declared = policies(house.app)
    assert [route for route, policy in declared.items() if policy is None] == []
    public = {route for route, policy in declared.items() if policy and policy.public}
    assert public == PUBLIC, "decide who may call these, and write it down here"
    table = {route_of(operation): operation for operation in TABLE}
    assert declared.keys() - PUBLIC == table.keys(), "the table above must name every route"
    for route, operation in table.items():
        policy = declared[route]
        assert policy is not None
        assert policy.roles == {Role(role) for role in TABLE[operation].allowed}, route


async def test_what_a_method_is_not_known_for_is_not_served(house: House) -> None:
    for method, path in (
        ("DELETE", "/v1/tickets"),
        ("PATCH", f"/v1/tickets/tkt_{NOWHERE}"),
        ("PUT", f"/v1/visits/vis_{NOWHERE}/events"),
        ("TRACE", "/v1/tickets"),
    ):
        answer = await house.http.request(method, path, headers=house.headers("admin"))
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
        assert answer.headers["Allow"]
    refused(await house.ask("admin", "GET", "/tickets/"), 404, "not-found")
    refused(await house.ask("admin", "GET", "/secrets"), 404, "not-found")


async def test_a_list_holds_ones_own_only(
    house: House, things: tuple[Things, Things, Things]
) -> None:
    mine, theirs, _ = things
    everything = await listed(house, "helpdesk")
    assert {mine.ids["ticket_id"], theirs.ids["ticket_id"]} <= everything
    assert theirs.ids["ticket_id"] not in await listed(house, "customer")
    assert mine.ids["ticket_id"] not in await listed(house, f"customer:{NEIGHBOUR.id}")


async def listed(house: House, who: str) -> set[str]:
    return {ticket["id"] for ticket in await pages(house, who, "/tickets", limit=100)}


async def test_an_expert_who_was_never_sent_leaves_no_words_in_anybodys_report(
    house: House,
) -> None:
    ids = await settled(house, CUSTOMER.id, EXPERT.id, 57)
    report = {
        "client_event_id": "phone-7-0042",
        "type": "completed",
        "occurred_at": datetime.now(UTC).isoformat(),
        "report": {"notes": "I was never here."},
    }
    path = f"/visits/{ids['visit_id']}/events"
    never = await house.ask(f"expert:{COLLEAGUE.id}", "POST", path, report)
    refused(never, 404, "visit-unknown")
    await house.expect("expert", "POST", path, {**report, "report": {"notes": "Relay replaced."}})
    await house.until(ids["ticket_id"], "COMPLETED")
    assert await notes(house, ids["visit_id"]) == ["Relay replaced."]


async def notes(house: House, visit_id: str) -> list[str]:
    """What experts left behind about a visit, as the house keeps it."""
    with house.database.unit_of_work() as session:
        found = session.exec(select(WorkReportRow).where(WorkReportRow.visit_id == visit_id))
        return [row.notes for row in found]


async def test_an_expert_who_may_not_work_any_more_sees_no_open_visits(house: House) -> None:
    filed = await house.file(f"customer:{NEIGHBOUR.id}", slots=days(39, 1))
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    who = f"expert:{COLLEAGUE.id}"
    assert visit["id"] in await open_list(house, who)
    path = f"/experts/{COLLEAGUE.id}"
    try:
        await house.expect("admin", "PATCH", path, {"status": "SUSPENDED"})
        assert await open_list(house, who) == set()
        offer = {"windows": days(39, 1)}
        answer = await house.ask(who, "POST", f"/visits/{visit['id']}/proposals", offer)
        assert (answer.status_code, answer.json()["code"]) == (403, "expert-not-verified")
    finally:
        await house.expect("admin", "PATCH", path, {"status": "VERIFIED"})
    assert visit["id"] in await open_list(house, who)


async def open_list(house: House, who: str) -> set[str]:
    return {v["id"] for v in await pages(house, who, "/marketplace/visits", limit=100)}


async def test_a_token_is_worth_its_role_only(house: House) -> None:
    assert SUBJECTS["customer"] == CUSTOMER.id
    for who in (f"expert:{CUSTOMER.id}", f"integration:{CUSTOMER.id}"):
        assert await house.file() not in (await house.ask(who, "GET", "/tickets")).text
    filed = await house.file(model_id=FRIDGE)
    for who in (f"expert:{CUSTOMER.id}", f"integration:{CUSTOMER.id}", f"customer:{EXPERT.id}"):
        assert (await house.ask(who, "GET", f"/tickets/{filed}")).status_code == 404
