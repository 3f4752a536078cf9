"""Experts and customers of a test's own, and a look at what its tickets have come to."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from models.rules.transitions import status_of
from models.ticket import Ticket
from tests.house import REFERENCE, House
from tests.town import pages
from workflows.ticket.story import TicketWorkflow

HOME = (52.5006, 13.4222)
"""Where the harness's customer lives."""
LET_GO = ("RELEASED", "CANNOT_ARRIVE")
DAY = 20

_EXPERT: LiteralString = """insert into experts (id, name, status, zone, tz, locale, lat, lng,
    radius_km, commission_percent, phone, email, channels, calendar_version)
    values (%(id)s, 'Jo Doe', 'VERIFIED', %(zone)s, 'Europe/Berlin', 'en-GB', %(lat)s, %(lng)s,
    %(radius)s, '15', '+491710000000', 'jo@example.org', %(channels)s, 0)"""
_SKILL: LiteralString = """insert into expert_skills (expert_id, skill, level)
    values (%s, %s, %s)"""
_TOLD: LiteralString = "update experts set rights_changed_at = null where id = any(%s)"
_CUSTOMER: LiteralString = """insert into customers (id, name, zone, street, city, region,
    postcode, country, lat, lng, tz, locale, phone, email, channels)
    values (%(id)s, 'Sam Roe', 'berlin', 'Feldweg 3', 'Berlin', 'BE', '10999', 'DE', %(lat)s,
    %(lng)s, 'Europe/Berlin', 'en-GB', '+491710000001', 'sam@example.org', %(channels)s)"""
_PLAN: LiteralString = """insert into subscriptions (id, customer_id, plan_id, status, anchor_day,
    started_on) values (%s, %s, 'home-eur', 'ACTIVE', 1, '2025-01-01')"""


@pytest.fixture(autouse=True)
def parting(house: House) -> Iterator[None]:
    """Those whom a test hired hear of no later test's visits; nobody of an earlier one is left."""
    _part(house)
    yield
    _part(house)


def _part(house: House) -> None:
    with psycopg.connect(house.database_url) as session:
        session.execute("update experts set status = 'REJECTED' where name = 'Jo Doe'")
        # Nobody is asked about what earlier tests left.
        session.execute("update experts set rights_changed_at = null where name = 'Jo Doe'")


def hire(
    house: House,
    *skills: str,
    level: int = 3,
    zone: str = "berlin",
    home: tuple[float, float] = HOME,
    radius: int = 30,
) -> str:
    """A new verified expert with some skills, as the harness speaks of them."""
    return hire_many(house, 1, *skills, level=level, zone=zone, home=home, radius=radius)[0]


def hire_many(
    house: House,
    count: int,
    *skills: str,
    level: int = 3,
    zone: str = "berlin",
    home: tuple[float, float] = HOME,
    radius: int = 30,
) -> list[str]:
    """So many new experts who are alike."""
    ids = [f"exp_{uuid.uuid4()}" for _ in range(count)]
    place = {"zone": zone, "lat": home[0], "lng": home[1], "radius": radius}
    with psycopg.connect(house.database_url) as session, session.cursor() as cursor:
        cursor.executemany(_EXPERT, [{"id": i, **place, "channels": Jsonb(["email"])} for i in ids])
        cursor.executemany(_SKILL, [(i, skill, level) for i in ids for skill in skills])
        cursor.execute(_TOLD, (ids,))
    return [f"expert:{i}" for i in ids]


def dismiss(house: House, *who: str) -> None:
    """They hear of no new visit any more, and keep what they are booked for."""
    ids = [bare(w) for w in who]
    with psycopg.connect(house.database_url) as session:
        session.execute("update experts set status = 'REJECTED' where id = any(%s)", (ids,))
        session.execute(_TOLD, (ids,))


def welcome(house: House, lat: float, lng: float) -> str:
    """A new customer of Berlin whose plan covers everything, as the harness speaks of them."""
    customer = f"cus_{uuid.uuid4()}"
    named = {"id": customer, "lat": lat, "lng": lng, "channels": Jsonb(["email"])}
    with psycopg.connect(house.database_url) as session:
        session.execute(_CUSTOMER, named)
        session.execute(_PLAN, (f"sub_{uuid.uuid4()}", customer))
    return f"customer:{customer}"


def bare(who: str) -> str:
    """The id of somebody the harness speaks of."""
    return who.partition(":")[2]


def rows(house: House, query: LiteralString, *named: Any) -> list[dict[str, Any]]:
    """What Postgres answers."""
    with psycopg.connect(house.database_url, row_factory=dict_row) as session:
        return session.execute(query, named).fetchall()


def assignments(house: House, ticket_id: str) -> list[dict[str, Any]]:
    """Every assignment that Postgres ever had for a ticket."""
    return rows(house, "select * from assignments where ticket_id = %s", ticket_id)


def appliance(category: str) -> str:
    """A model of some category."""
    return next(m.id for m in REFERENCE.models if m.category == category)


def at(hour: float, day: int = DAY) -> datetime:
    """An hour of a day to come, UTC."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=day, hours=hour)


def between(start: float, end: float, day: int = DAY) -> dict[str, str]:
    """From one hour to another of a day to come, UTC."""
    return {"start": at(start, day).isoformat(), "end": at(end, day).isoformat()}


def hour(text: str, day: int = DAY) -> float:
    """The hour of a day at which an instant lies: the reverse of `at`."""
    return (datetime.fromisoformat(text) - at(0, day)) / timedelta(hours=1)


async def waiting(house: House, *slots: Any, who: str = "customer", **body: Any) -> tuple[str, str]:
    """A ticket that waits for experts and its visit; without slots the times come later."""
    body |= {"slots": list(slots)} if slots else {"slots": [], "slots_later": True}
    ticket_id = await house.file(who, **body)
    return ticket_id, (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]


async def add(house: House, ticket_id: str, *skills: str, **more: Any) -> str:
    """One more visit of a ticket, an hour long."""
    body = {"minutes": 60, "positions": [{"skill": s} for s in skills], **more}
    added = await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/visits", body)
    visit_id: str = added["visit_id"]
    return visit_id


def after(visit_id: str, least: str = "PT0S", most: str | None = "PT1H", **more: Any) -> Any:
    """What makes a new visit follow another."""
    return {"after": [{"visit_id": visit_id, "min_gap": least, "max_gap": most, **more}]}


async def times(
    house: House, ticket_id: str, *slots: Any, who: str = "customer", **why: Any
) -> Any:
    """Change the customer's times."""
    return await house.expect(who, "PUT", f"/tickets/{ticket_id}/slots", {"slots": slots, **why})


async def rest(house: House, ticket_id: str) -> Any:
    """The ticket once nothing that was said to it is left to be considered or written."""

    async def resting() -> Any:
        handle = house.workflow(ticket_id)
        told: Ticket = await handle.query(TicketWorkflow.ticket)
        shown = (await handle.describe()).raw_description
        busy = shown.pending_activities or shown.HasField("pending_workflow_task")
        unmatched = any(g.is_live and g.needs_matching for g in told.matching.groups)
        if busy or told.news or (unmatched and not told.review_open):
            return None
        row = await house.ticket(ticket_id)
        asked = {q.id: q.is_live for q in told.doubts.questions if q.raised or q.is_live}
        shown_as = {e["id"]: e["closed_at"] is None for e in row["escalations"]}
        same = (row["seq"], row["status"]) == (told.seq, status_of(told))
        return row if same and asked == shown_as else None

    return await house.soon(resting, "the ticket to come to rest")


async def stands(house: House, ticket_id: str, state: str, visit: int = 0) -> Any:
    """The visit of a ticket that rests, whose group must stand so."""
    seen = (await rest(house, ticket_id))["visits"][visit]
    assert seen["match_state"] == state, seen
    return seen


def crew(visit: Any) -> list[str]:
    """Who comes to a visit, by position, as the harness speaks of them."""
    live = [a for a in visit["assignments"] if a["state"] not in LET_GO]
    return [f"expert:{a['expert_id']}" for a in sorted(live, key=lambda a: a["position"])]


async def proposals(house: House, visit_id: str) -> dict[str, Any]:
    """Every proposal for a visit, by id."""
    rows = await pages(house, "helpdesk", f"/visits/{visit_id}/proposals", limit=100)
    return {p["id"]: p for p in rows}


async def told(house: House, ticket_id: str, template: str) -> list[str]:
    """Whom a message of one kind about a ticket went to, each as often as it did."""
    rows = await pages(house, "helpdesk", f"/notifications?ticket_id={ticket_id}", limit=100)
    return sorted(n["recipient_id"] for n in rows if n["template"] == template)


async def open_list(house: House, who: str) -> list[str]:
    """The visits that an expert is shown, page by page."""
    shown: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = await house.expect(who, "GET", f"/marketplace/visits?limit=100{more}")
        shown += [v["id"] for v in page["items"]]
        cursor = page["next_cursor"]
    return shown


async def decision(house: House, visit: Any, who: str = "helpdesk") -> Any:
    """Why a visit was booked as it was."""
    return await house.expect(who, "GET", f"/groups/{visit['group_id']}/decision")


async def refused(
    house: House, status: int, code: str, who: str, method: str, path: str, body: Any = None
) -> Any:
    """The problem with which something must be refused."""
    answer = await house.ask(who, method, path, body)
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    return answer.json()
