"""Who may do what with whose things: every role, every operation, one's own, another's, nobody's.

What belongs to others answers exactly as what does not exist.
"""

import asyncio
import hashlib
import uuid
from datetime import UTC, datetime

import httpx2
import pytest
import pytest_asyncio
from sqlmodel import select

from api.http.policy import policies
from models.actor import Role
from models.db.visit.refused import RefusedReport, RefusedReports
from models.db.visit.tables import WorkReportRow
from models.errors import Category
from models.field import FactKind
from tests.api.http.operations import (
    COLLEAGUE,
    CUSTOMER,
    EXPERT,
    NEIGHBOUR,
    NOWHERE,
    PUBLIC,
    ROLES,
    TABLE,
    Things,
    a_year_from_now,
    errand,
)
from tests.house import FRIDGE, House, days
from tests.issuing import SUBJECTS
from tests.refusals import refused, shape
from tests.town import pages, wondering


def route_of(operation: str) -> str:
    """An operation of the table as the application names its route."""
    plain = operation.partition("?")[0]
    plain = plain.replace("/normal/survey_ttl", "/{urgency}/{name}")
    return plain.replace("/policies/normal", "/policies/{urgency}")


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
    for kind in ("acknowledged", "en_route", "on_site", "started"):
        await house.report(ids["visit_id"], kind, f"expert:{expert}")
    sha256 = hashlib.sha256(expert.encode()).hexdigest()
    photo = {"mime": "image/jpeg", "bytes": 100, "sha256": sha256}
    report = {"notes": "Done.", "kb_note": "The relay again.", "photos": [photo]}
    await house.report(ids["visit_id"], "completed", f"expert:{expert}", report=report)
    await house.until(ids["ticket_id"], "COMPLETED")
    drafts = f"/kb/articles?ticket_id={ids['ticket_id']}"
    [draft] = (await house.expect("helpdesk", "GET", drafts))["items"]
    asked = await wondering(house, ids["ticket_id"])
    await house.expect(f"customer:{customer}", "POST", f"/tickets/{ids['ticket_id']}/confirm", {})
    await house.until(ids["ticket_id"], "CLOSED")
    await house.soon(lambda: resolved(house, asked), "the escalation to end with its ticket")
    away = await house.expect(
        f"expert:{expert}", "POST", "/experts/me/time-off", a_year_from_now("", nobodys())
    )
    stop = await house.expect(
        f"expert:{expert}", "POST", "/experts/me/stops", errand("", nobodys())
    )
    more = {"expert_id": expert, "off_id": away["id"], "skill": "networking"}
    more |= {"stop_id": stop["id"], "refused_id": refusal(house, expert, ids["visit_id"])}
    more |= {"sha256": sha256, "article_id": draft["id"]}
    more |= {"escalation_id": asked, "customer_id": customer, "key": "fee_raise"}
    return Things(expert, customer, ids | more)


def refusal(house: House, expert: str, visit: str) -> str:
    """A report of theirs that was accepted, and is refused since; its id."""
    now = datetime.now(UTC)
    report = RefusedReport(
        expert_id=expert,
        client_event_id="phone-1",
        content="",
        visit_id=visit,
        kind=FactKind.ON_SITE,
        occurred_at=now,
        category=Category.INVALID,
        code="occurred-too-early",
        detail="The expert was not sent there yet.",
        field="/occurred_at",
        evidence={},
        refused_at=now,
    )
    with house.database.unit_of_work() as session:
        RefusedReports(session).keep(report)
    return report.id


async def resolved(house: House, escalation_id: str) -> bool:
    found = await house.expect("helpdesk", "GET", f"/escalations/{escalation_id}")
    return found["closed_at"] is not None


def nobodys() -> Things:
    """Ids as good as any, of things that do not exist."""
    kinds = {"ticket": "tkt", "visit": "vis", "group": "grp", "proposal": "prp", "off": "off"}
    kinds |= {"stop": "stp"}
    ids = {f"{name}_id": f"{prefix}_{NOWHERE}" for name, prefix in kinds.items()}
    ids |= {"expert_id": f"exp_{NOWHERE}", "skill": "networking"}
    ids |= {"escalation_id": f"esc_{NOWHERE}", "customer_id": f"cus_{NOWHERE}"}
    ids |= {"refused_id": f"rfr_{NOWHERE}"}
    ids |= {"sha256": "0" * 64, "article_id": f"art_{NOWHERE}"}
    ids["key"] = "integration."
    return Things(f"exp_{NOWHERE}", f"cus_{NOWHERE}", ids)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def things(house: House) -> tuple[Things, Things, Things]:
    """One's own, another's, nobody's."""
    mine, theirs = await asyncio.gather(
        closed(house, CUSTOMER.id, EXPERT.id, 53), closed(house, NEIGHBOUR.id, COLLEAGUE.id, 54)
    )
    return mine, theirs, nobodys()


async def call(house: House, who: str, operation: str, things: Things) -> httpx2.Response:
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
        ("DELETE", f"/v1/tickets/tkt_{NOWHERE}"),
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
