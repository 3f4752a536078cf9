"""Reports from the field while the engine, the database or both are away."""

import sqlite3
import time
import uuid
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.intake.waiting_room import MOST
from tests.api.intake.outage import DATABASE, ENGINE, asked, report, without
from tests.house import LIMIT, House

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    "away", [(ENGINE,), (DATABASE,), (ENGINE, DATABASE)], ids=["engine", "database", "both"]
)
async def test_a_report_from_the_field_is_received_whoever_is_away(
    house: House, tmp_path: Path, away: tuple[str, ...]
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    now = datetime.now(UTC)
    done = report("acknowledged", now, sent_at=now.isoformat())
    async with without(house, tmp_path / "log", *away) as (http, outage):
        path = f"/visits/{visit}/events"
        received = await asked(house, http, "expert", "POST", path, done)
        assert received.status_code == 202, received.text
        assert (received.json()["effect"], received.json()["state"]) == ("accepted", None)
        batch = {"sent_at": now.isoformat(), "events": [{**done, "visit_id": visit}]}
        batch["events"][0].pop("sent_at")
        many = await asked(house, http, "expert", "POST", "/visits/events:batch", batch)
        [result] = many.json()["results"]
        assert (many.status_code, result["status"]) == (200, 202)
        await outage.mend()

        async def acknowledged() -> bool:
            [one] = (await house.ticket(ticket["id"]))["visits"][0]["assignments"]
            return bool(one["state"] == "ACKNOWLEDGED")

        await house.soon(acknowledged, "the report")
        final = await asked(house, http, "expert", "POST", path, done)
        assert (final.status_code, final.json()["effect"]) == (200, "repeated")
    told = [e for e in await house.timeline(ticket["id"]) if "acknowledged" in e["type"].lower()]
    assert len(told) == 1


async def test_what_was_said_at_the_end_is_kept_sealed_while_the_database_is_away(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    for kind in ("acknowledged", "en_route", "on_site", "started"):
        await house.report(visit, kind)
    now = datetime.now(UTC)
    done = report("completed", now, report={"notes": "The canary sang."}, sent_at=now.isoformat())
    log = tmp_path / "log"
    async with without(house, log, DATABASE) as (http, outage):
        path = f"/visits/{visit}/events"
        received = await asked(house, http, "expert", "POST", path, done)
        assert received.json()["effect"] == "accepted"
        assert not [file for file in log.iterdir() if b"canary" in file.read_bytes()]
        await outage.mend()
        await house.until(ticket["id"], "COMPLETED")

        def said() -> bool:
            with psycopg.connect(house.database_url) as session:
                words = "select notes from work_reports where visit_id = %s"
                return session.execute(words, [visit]).fetchall() == [("The canary sang.",)]

        await house.soon(said, "what was said")


async def test_a_phones_clock_is_judged_by_when_the_report_came_first(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    behind = datetime.now(UTC) - timedelta(minutes=20)
    said = report("acknowledged", behind, sent_at=behind.isoformat())
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        received = await asked(house, http, "expert", "POST", f"/visits/{visit}/events", said)
        came = datetime.now(UTC)
        assert received.status_code == 202
        await outage.mend()

        async def known() -> Any:
            return [
                entry
                for entry in await house.timeline(ticket["id"])
                if "acknowledged" in entry["type"].lower()
            ]

        [entry] = await house.soon(known, "the report")
    happened = datetime.fromisoformat(entry["occurred_at"])
    assert abs(came - happened) < timedelta(seconds=30)


async def test_a_report_of_a_stranger_is_received_and_comes_to_nothing(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    stranger = f"expert:exp_{uuid.uuid4()}"
    path, said = f"/visits/{visit}/events", report("acknowledged", datetime.now(UTC))
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        assert (await asked(house, http, stranger, "POST", path, said)).status_code == 202
        await outage.mend()

        async def judged() -> bool:
            return (await asked(house, http, stranger, "POST", path, said)).status_code == 404

        await house.soon(judged, "the refusal")
    [one] = (await house.ticket(ticket["id"]))["visits"][0]["assignments"]
    assert one["state"] == "RESERVED"


async def test_a_batch_is_received_whole_while_the_database_is_frozen(
    house: House, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    events = [{**report("acknowledged", now), "visit_id": f"vis_{uuid.uuid4()}"} for _ in range(30)]
    batch = {"sent_at": now.isoformat(), "events": events}
    stranger = f"expert:exp_{uuid.uuid4()}"
    async with without(house, tmp_path / "log", DATABASE, frozen=True) as (http, outage):
        for _ in range(2):
            began = time.monotonic()
            many = await asked(house, http, stranger, "POST", "/visits/events:batch", batch)
            assert [result["status"] for result in many.json()["results"]] == [202] * 30
            assert time.monotonic() - began < LIMIT
        await outage.mend()


async def test_nobody_puts_off_without_end(house: House, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    stranger = f"expert:exp_{uuid.uuid4()}"
    statuses: Counter[int] = Counter()
    async with without(house, tmp_path / "log", DATABASE) as (http, _):
        for _ in range(6):
            events = [
                {**report("acknowledged", now), "visit_id": f"vis_{uuid.uuid4()}"}
                for _ in range(100)
            ]
            batch = {"sent_at": now.isoformat(), "events": events}
            many = await asked(house, http, stranger, "POST", "/visits/events:batch", batch)
            statuses.update(result["status"] for result in many.json()["results"])
    assert statuses == {202: MOST, 503: 100}


async def test_a_report_that_is_sent_again_and_again_meanwhile_is_kept_once(
    house: House, tmp_path: Path
) -> None:
    log, expert = tmp_path / "log", f"expert:exp_{uuid.uuid4()}"
    said, path = report("acknowledged", datetime.now(UTC)), f"/visits/vis_{uuid.uuid4()}/events"
    async with without(house, log, DATABASE) as (http, _):
        for _ in range(3):
            again = {**said, "sent_at": datetime.now(UTC).isoformat()}
            assert (await asked(house, http, expert, "POST", path, again)).status_code == 202
        other = {**said, "type": "on_site"}
        assert (await asked(house, http, expert, "POST", path, other)).status_code == 202
        with closing(sqlite3.connect(f"file:{log}/commands-0.db?mode=ro", uri=True)) as kept:
            [count] = kept.execute("select count(*) from command").fetchone()
    assert count == 2, "and what says something else beside it"
