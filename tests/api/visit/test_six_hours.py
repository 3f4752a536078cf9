"""Six hours without coverage, of an expert with six visits, whose phone is restarted while it
sends what it kept; and a batch of fifty."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from models.calendar import grid_at_or_after
from tests.api.visit.test_batches import batch, event
from tests.api.visit.test_reports import ahead
from tests.house import House
from tests.replica import replica
from tests.town import GOOD_DAY
from tests.workflows.company import appliance, at, bare, hire, rows
from tests.workflows.company import parting as parting

pytestmark = [pytest.mark.usefixtures("parting"), pytest.mark.long]

QUARTER, OFFLINE = timedelta(minutes=15), timedelta(hours=6)
VISIT = 3 * QUARTER
"""How long it takes to look after a microwave."""
SOON = (timedelta(minutes=-12), timedelta(minutes=-10), timedelta(minutes=-1))
MOMENTS = dict(zip(GOOD_DAY, (*SOON, timedelta(0), VISIT - timedelta(minutes=5)), strict=True))
"""How long after the start of a visit each thing happens."""


async def booked(
    house: House, expert: str, starts: list[datetime], **filed: Any
) -> list[tuple[str, str, datetime]]:
    """Tickets of theirs, each with its visit and the start of that."""
    made = []
    for start in starts:
        slot = {"start": start.isoformat(), "end": (start + VISIT).isoformat()}
        ticket_id = await house.file(model_id=appliance("microwave"), slots=[slot], **filed)
        visit = (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]
        await house.propose(visit, expert, [slot])
        await house.until(ticket_id, "SCHEDULED")
        made.append((ticket_id, visit, start))
    return made


async def sent_unread(house: House, expert: str, body: Any) -> None:
    """A phone sends, and is off before anything comes back."""
    url, content = urlsplit(str(house.http.base_url)), json.dumps(body)
    lines = house.headers("expert", bare(expert)) | {
        "Host": url.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    request = f"POST /v1/visits/events:batch HTTP/1.1\r\n{head}\r\n{content}"
    _, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(request.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def test_what_a_phone_kept_for_six_hours_counts_once_however_often_it_is_sent(
    house: House,
) -> None:
    expert = hire(house, "small-appliances")
    first = grid_at_or_after(datetime.now(UTC)) + QUARTER
    starts = [first + number * VISIT for number in range(6)]
    day = await booked(house, expert, starts, urgency="urgent", accept_fee=True)
    kept = [
        event(visit, str(kind), occurred_at=(start + after).isoformat())
        for _, visit, start in day
        for kind, after in MOMENTS.items()
    ]
    random.Random(12).shuffle(kept)
    assert len(kept) == 30
    for ticket_id, _, _ in day:
        await house.later(ticket_id, OFFLINE)
    async with replica(house, ahead=OFFLINE) as http:
        there = replace(house, http=http)
        for _ in range(2):
            await sent_unread(there, expert, {"events": kept, "sent_at": ahead(hours=6)})
        for ticket_id, _, _ in day:
            await house.until(ticket_id, "COMPLETED")
        results = await batch(there, expert, kept, sent_at=ahead(hours=6))
    assert [r["client_event_id"] for r in results] == [e["client_event_id"] for e in kept]
    told = Counter((r["status"], r["standing"]["effect"], r["standing"]["state"]) for r in results)
    assert told == {(200, "repeated", "COMPLETED"): 30}
    for ticket_id, visit, start in day:
        assert await counted(house, ticket_id, visit, start)


async def counted(house: House, ticket_id: str, visit: str, start: datetime) -> bool:
    """Whether all that was reported of a visit is there once, at its time, and billed once."""
    kinds = [f"visit.{kind}" for kind in GOOD_DAY]
    query = """select type, occurred_at from events
        where facts ->> 'visit_id' = %s and type = any(%s)"""
    found = {(r["type"], r["occurred_at"]) for r in rows(house, query, visit, kinds)}
    assert found == {(f"visit.{kind}", start + after) for kind, after in MOMENTS.items()}
    assert len(rows(house, query, visit, kinds)) == len(MOMENTS)
    [stands] = rows(house, "select * from visits where id = %s", visit)
    worked = (start, start + MOMENTS[GOOD_DAY[-1]])
    assert (stands["actual_start"], stands["actual_end"]) == worked
    bills = "select id from invoices where ticket_id = %s"
    await house.soon(lambda: rows(house, bills, ticket_id), "the bill")
    earned = rows(house, "select * from earnings where ticket_id = %s", ticket_id)
    return (len(rows(house, bills, ticket_id)), len(earned)) == (1, 1)


async def test_of_fifty_reports_one_bad_one_is_refused_and_the_rest_is_taken(house: House) -> None:
    expert = hire(house, "small-appliances")
    day = await booked(house, expert, [at(8) + n * VISIT for n in range(10)])
    fifty = [event(visit, str(kind)) for kind in GOOD_DAY for _, visit, _ in day]
    bad = 23
    fifty[bad]["occurred_at"] = "2026-12-01T09:00:00"
    results = await batch(house, expert, fifty)
    assert [r["client_event_id"] for r in results] == [e["client_event_id"] for e in fifty]
    refused = results.pop(bad)
    assert (refused["status"], refused["standing"]) == (422, None)
    [fault] = refused["problem"]["errors"]
    assert (fault["pointer"], fault["code"]) == (f"/events/{bad}/occurred_at", "offset-missing")
    assert [(r["status"], r["standing"]["effect"]) for r in results] == [(200, "applied")] * 49
