"""Reading: lists page by page, one ticket, its timeline and its clocks."""

import re
import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.http.dependencies import encode_cursor
from tests.house import FRIDGE, REFERENCE, House, days
from tests.town import Town, pages

TOWN = Town("chicago")


async def test_a_list_is_read_whole_and_once_while_new_tickets_arrive(house: House) -> None:
    before = [(await TOWN.opened(house))[0] for _ in range(5)]
    page = await house.expect(TOWN.me, "GET", "/tickets?limit=2")
    seen = [row["id"] for row in page["items"]]
    assert seen == before[:-3:-1]
    while page["next_cursor"]:
        await TOWN.opened(house)
        page = await house.expect(TOWN.me, "GET", f"/tickets?limit=2&cursor={page['next_cursor']}")
        seen += [row["id"] for row in page["items"]]
    assert len(seen) == len(set(seen))
    assert seen[:5] == before[::-1]
    rows = await pages(house, TOWN.me, "/tickets", limit=3)
    assert [r["opened_at"] for r in rows] == sorted((r["opened_at"] for r in rows), reverse=True)


async def test_a_list_is_narrowed_by_status_and_zone(house: House) -> None:
    filed, _ = await TOWN.opened(house)
    await house.expect(TOWN.me, "POST", f"/tickets/{filed}/cancel", {})
    await house.until(filed, "CANCELLED")
    given_up = await pages(house, TOWN.me, "/tickets?status=CANCELLED&zone=chicago", limit=100)
    assert filed in {row["id"] for row in given_up}
    assert {(row["status"], row["zone"]) for row in given_up} == {("CANCELLED", "chicago")}
    assert await pages(house, TOWN.me, "/tickets?zone=berlin") == []
    elsewhere = await pages(house, "helpdesk", "/tickets?zone=berlin", limit=100)
    assert {row["zone"] for row in elsewhere} <= {"berlin"}


@pytest.mark.parametrize(
    ("who", "path", "status", "code"),
    [
        ("customer", "/tickets?statuss=CLOSED", 400, "unknown-parameter"),
        ("customer", "/tickets?Limit=3", 400, "unknown-parameter"),
        ("customer", "/tickets?limit=0", 400, "invalid-parameter"),
        ("customer", "/tickets?limit=101", 400, "invalid-parameter"),
        ("customer", "/tickets?limit=all", 400, "invalid-parameter"),
        ("customer", f"/tickets?limit={10**40}", 400, "invalid-parameter"),
        ("customer", "/tickets?status=closed", 400, "invalid-parameter"),
        ("customer", "/tickets?zone=%00", 400, "invalid-parameter"),
        ("customer", "/tickets?zone=atlantis", 422, "zone-unknown"),
        (
            "customer",
            "/tickets/tkt_019e0000-0000-7000-8000-000000000009?fields=all",
            400,
            "unknown-parameter",
        ),
        ("helpdesk", "/notifications", 400, "invalid-parameter"),
        ("helpdesk", "/notifications?ticket_id=1", 400, "invalid-parameter"),
        ("expert", "/marketplace/visits?zone=berlin", 400, "unknown-parameter"),
        ("expert", "/experts/me/calendar?from=yesterday", 400, "invalid-parameter"),
        ("expert", "/experts/me/calendar?from=2026-12-01T00:00:00", 400, "invalid-parameter"),
        ("customer", "/models?q=%00", 400, "invalid-parameter"),
        ("customer", "/skills?limit=1", 400, "unknown-parameter"),
    ],
)
async def test_a_parameter_nobody_knows_is_refused_and_not_ignored(
    house: House, who: str, path: str, status: int, code: str
) -> None:
    answer = await house.ask(who, "GET", path)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


NOT_CURSORS = {
    "words": "here",
    "a number": "1",
    "nothing": "",
    "base64 of nothing": "bnVsbA",
    "not base64": "%25%25%25",
    "unicode": "%F0%9F%A6%84",
    "a NUL": encode_cursor("2026-11-01T00:00:00+00:00", "tkt_\x00"),
    "a lone surrogate": "WyIyMDI2LTExLTAxVDAwOjAwOjAwKzAwOjAwIiwgIlx1ZDgwMCJd",
    "too many parts": encode_cursor("2026-11-01T00:00:00+00:00", "a", "b"),
    "too few parts": encode_cursor("2026-11-01T00:00:00+00:00"),
    "no parts": encode_cursor(),
    "another list's": encode_cursor("exp_1", "2026-11-01T00:00:00+00:00"),
    "a time without offset": encode_cursor("2026-11-01T00:00:00", "tkt_1"),
    "the year 1": encode_cursor("0001-01-01T00:00:00+00:00", "tkt_1"),
    "the year 9999": encode_cursor("9999-12-31T23:59:59-23:59", "tkt_1"),
    "nested": "W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb" * 8,
    "too long": "A" * 401,
}


@pytest.mark.parametrize("name", NOT_CURSORS)
@pytest.mark.parametrize(
    ("who", "path"), [("customer", "/tickets"), ("expert", "/marketplace/visits")]
)
async def test_a_cursor_of_ones_own_making_is_refused(
    house: House, who: str, path: str, name: str
) -> None:
    answer = await house.ask(who, "GET", f"{path}?cursor={NOT_CURSORS[name]}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("cursor-invalid", "invalid-parameter")


@pytest.mark.parametrize(("who", "path"), [("expert", "/experts/me/earnings"), ("", "/models")])
async def test_a_cursor_is_no_way_to_upset_the_database(house: House, who: str, path: str) -> None:
    for part in ("\x00", "\ud800", "'; drop table tickets; --", "🦄"):
        answer = await house.ask(who or "customer", "GET", f"{path}?cursor={encode_cursor(part)}")
        assert answer.status_code in (200, 400)


async def test_the_catalogue_is_found_page_by_page_and_by_every_word(house: House) -> None:
    everything = await pages(house, "customer", "/models", limit=25)
    assert sorted(m["id"] for m in everything) == sorted(m.id for m in REFERENCE.models)
    found = await pages(house, "customer", "/models?q=bosch%20KGN", limit=3)
    assert FRIDGE in {m["id"] for m in found}
    assert {m["brand"] for m in found} == {"Bosch"}
    assert await pages(house, "customer", "/models?q=%25") == []
    assert await pages(house, "customer", "/models?q=_") == []


# One ticket.


async def test_a_ticket_is_there_as_soon_as_it_is_filed(house: House) -> None:
    for _ in range(10):
        answer = await house.ask(
            TOWN.me, "POST", "/tickets", {"description": "It hums.", "slots": days(30, 1)}
        )
        location = answer.headers["Location"].removeprefix("/v1")
        ticket = await house.expect(TOWN.me, "GET", location)
        assert ticket["id"] == answer.json()["id"]
        assert ticket["status"] in ("RECEIVED", "MATCHING")
        assert (await house.ask("customer", "GET", location)).status_code == 404
        assert (await house.ask("helpdesk", "GET", f"{location}/timeline")).status_code == 200


async def test_a_tickets_tag_changes_when_the_ticket_does_and_only_then(house: House) -> None:
    filed, _ = await TOWN.opened(house)

    async def tag() -> str:
        answer = await house.ask(TOWN.me, "GET", f"/tickets/{filed}")
        return answer.headers["ETag"]

    first = await tag()
    assert re.fullmatch(r'"\d+"', first)
    assert await tag() == first
    await house.expect(TOWN.me, "PUT", f"/tickets/{filed}/slots", {"slots": days(31, 1)})

    async def changed() -> bool:
        return await tag() != first

    await house.soon(changed, "another tag")


async def test_answers_are_not_kept_by_anybody_on_the_way(house: House) -> None:
    for path in ("/tickets", f"/tickets/{(await TOWN.opened(house))[0]}"):
        answer = await house.ask(TOWN.me, "GET", path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# The timeline.


async def test_the_timeline_says_who_what_when_and_why(house: House) -> None:
    filed, visit = await TOWN.settled(house, 31)
    why = "The tenant has moved out."
    trace = "0af7651916cd43dd8448eb211c80319c"
    key = str(uuid.uuid4())
    await house.expect(
        "helpdesk",
        "POST",
        f"/tickets/{filed}/cancel",
        {"reason": why},
        traceparent=f"00-{trace}-b7ad6b7169203331-01",
        **{"Idempotency-Key": key},
    )
    await house.until(filed, "CANCELLED")
    entries = await house.timeline(filed)
    [cancelled] = [e for e in entries if e["type"] == "ticket.cancelled"]
    assert (cancelled["actor_role"], cancelled["actor_id"]) == ("helpdesk", "usr_helpdesk")
    assert (cancelled["cause"], cancelled["trace_id"]) == (key, trace)
    assert cancelled["data"]["note"] == why
    proposed = next(e for e in entries if e["type"] == "proposal.posted")
    assert (proposed["actor_role"], proposed["actor_id"]) == ("expert", TOWN.skilled[0].id)
    scheduled = next(e for e in entries if e["type"] == "visit.scheduled")
    assert scheduled["data"]["visit_id"] == visit
    recorded = [e["recorded_at"] for e in entries]
    assert recorded == sorted(recorded)
    events = [e["seq"] for e in entries if e["aggregate"] == filed]
    assert events == list(range(1, len(events) + 1))
    assert all(e["occurred_at"] and e["actor_role"] and e["actor_id"] for e in entries)


async def test_what_people_write_is_for_themselves_and_the_helpdesk(house: House) -> None:
    filed, visit = await TOWN.done(house, 32)
    again = {"slots": days(33, 1), "reason": "It hums louder, they were rude."}
    await house.expect(TOWN.me, "POST", f"/tickets/{filed}/reopen", again)
    await house.until(filed, "MATCHING")
    [second] = [v for v in (await house.ticket(filed))["visits"] if v["id"] != visit]
    await house.propose(second["id"], TOWN.expert, days(33, 1))
    await house.until(filed, "SCHEDULED")
    ours = {"reason": "Customer known for this; do not argue."}
    await house.expect("helpdesk", "POST", f"/tickets/{filed}/cancel", ours)
    await house.until(filed, "CANCELLED")

    async def words(who: str) -> list[str]:
        return [e["data"]["note"] for e in await house.timeline(filed, who) if "note" in e["data"]]

    assert await words("helpdesk") == [again["reason"], ours["reason"]]
    assert await words(TOWN.me) == [again["reason"]]


async def test_an_expert_reads_nobodys_words_but_knows_what_happened(house: House) -> None:
    filed, visit = await TOWN.done(house, 34)
    again = {"slots": days(35, 1), "reason": "It hums louder, they were rude."}
    await house.expect(TOWN.me, "POST", f"/tickets/{filed}/reopen", again)
    await house.until(filed, "MATCHING")
    entries = await house.timeline(filed, TOWN.expert)
    assert "ticket.reopened" in {e["type"] for e in entries}
    assert all("note" not in e["data"] for e in entries)
    assert visit in {e["data"].get("visit_id") for e in entries}


async def test_the_timeline_names_who_was_told_and_people_only_read_of_themselves(
    house: House,
) -> None:
    filed, _ = await TOWN.settled(house, 36)

    async def told() -> list[Any]:
        entries = [e for e in await house.timeline(filed) if e["type"] == "notification.sent"]
        names = {(e["data"]["recipient_role"], e["data"]["template"]) for e in entries}
        wanted = {("customer", "visit.scheduled"), ("expert", "proposal.selected")}
        return entries if wanted <= names else []

    everybody = await house.soon(told, "everybody told")
    assert {e["data"]["channel"] for e in everybody} <= {"sms", "email", "app"}
    for who, subject in ((TOWN.me, TOWN.customer.id), (TOWN.expert, TOWN.skilled[0].id)):
        mine = [e for e in await house.timeline(filed, who) if e["type"].startswith("notif")]
        assert {e["data"]["recipient_id"] for e in mine} == {subject}


# Clocks.


async def test_every_running_clock_is_listed_with_its_due_time(house: House) -> None:
    started = datetime.now(UTC)
    for changes, patience in (
        ({}, timedelta(hours=24)),
        ({"urgency": "urgent", "accept_fee": True}, timedelta(hours=2)),
    ):
        filed, _ = await TOWN.opened(house, **changes)
        [clock] = (await house.expect(TOWN.me, "GET", f"/tickets/{filed}/timers"))["timers"]
        assert clock["name"] == "pending_timeout"
        due = datetime.fromisoformat(clock["due_at"])
        assert timedelta(0) <= due - started - patience < timedelta(seconds=30)
    filed, _ = await TOWN.settled(house, 37)
    running = (await house.expect(TOWN.me, "GET", f"/tickets/{filed}/timers"))["timers"]
    assert [clock["name"] for clock in running] == ["ack_timeout", "late_start"]


# What was promised.


async def test_a_ticket_shows_by_when_it_is_scheduled_begun_and_done(house: House) -> None:
    filed, visit = await TOWN.opened(house, urgency="urgent", accept_fee=True)
    ticket = await house.ticket(filed, TOWN.me)
    opened = datetime.fromisoformat(ticket["opened_at"])
    home = datetime.fromisoformat(ticket["slots"][0]["start"])
    promised = ticket["sla"]
    schedule_by, onsite_by, resolve_by = (
        datetime.fromisoformat(promised[name])
        for name in ("schedule_by", "onsite_by", "resolve_by")
    )
    assert schedule_by == opened + timedelta(hours=2)
    # Nobody can be with the customer before the first time that they named.
    assert onsite_by == home + timedelta(hours=8)
    assert resolve_by == home + timedelta(hours=24)
    assert promised["state"] == "RUNNING"
    assert _states(ticket) == ["RUNNING", "PAUSED", "PAUSED"]
    await house.propose(visit, TOWN.expert, days(30, 1))
    settled = await house.until(filed, "SCHEDULED")
    assert _states(settled) == ["MET", "PAUSED", "PAUSED"]
    await house.report(visit, "on_site", TOWN.expert)
    assert _states(await house.until(filed, "IN_PROGRESS")) == ["MET", "MET", "PAUSED"]
    for kind in ("started", "completed"):
        await house.report(visit, kind, TOWN.expert)
    assert (await house.until(filed, "COMPLETED"))["sla"]["state"] == "MET"


async def test_a_normal_ticket_counts_the_hours_in_which_its_zone_works(house: House) -> None:
    filed, _ = await TOWN.opened(house)
    ticket = await house.ticket(filed)
    due = datetime.fromisoformat(ticket["sla"]["onsite_by"]).astimezone(ZoneInfo("America/Chicago"))
    # Two working days of nine hours: it ends as its day began, or with a working day.
    assert due.weekday() < 5
    assert time(9) < due.time() <= time(18)
    assert all(clock["business_hours"] for clock in ticket["sla"]["clocks"])


async def test_whoever_owes_us_times_stops_the_clocks(house: House) -> None:
    body = {"description": "It hums.", "model_id": FRIDGE, "slots_later": True}
    filed = (await house.expect(TOWN.me, "POST", "/tickets", body))["id"]
    waiting = (await house.until(filed, "MATCHING"))["sla"]
    assert (waiting["state"], waiting["schedule_by"], waiting["onsite_by"]) == (
        "PAUSED",
        None,
        None,
    )
    await house.expect(TOWN.me, "PUT", f"/tickets/{filed}/slots", {"slots": days(30, 1)})

    async def resumed() -> bool:
        return bool((await house.ticket(filed))["sla"]["state"] == "RUNNING")

    await house.soon(resumed, "a running clock")


async def test_a_better_plan_promises_more(house: House) -> None:
    subscriber = next(
        c for c in REFERENCE.customers if any(s.plan == "complete-usd" for s in c.subscriptions)
    )
    filed = await house.file(f"customer:{subscriber.id}")
    promised = (await house.until(filed, "MATCHING"))["sla"]["clocks"]
    assert [clock["target"] for clock in promised] == ["PT4H", "PT9H", "P1DT3H"]


def _states(ticket: Any) -> list[str]:
    return [clock["state"] for clock in ticket["sla"]["clocks"]]
