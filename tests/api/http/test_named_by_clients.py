"""What a client calls its requests may say anything: only ids derived from it are kept."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.json_format import MessageToJson
from sqlalchemy import text
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from models.identity import derived_id
from tests.house import House, days
from tests.workflows.company import hire
from tests.workflows.company import parting as parting

CANARY = "anna.kowalski"


async def history_of(house: House, filed: str) -> list[str]:
    """What Temporal has of a ticket, in words; none of its octets say it."""
    history = await house.workflow(filed).fetch_history()
    for event in history.events:
        assert CANARY.encode() not in event.SerializeToString()
    return [MessageToJson(event) for event in history.events]


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Request-Id"])
async def test_keys_and_request_ids_reach_no_history_no_row_and_no_log(
    house: House, header: str
) -> None:
    def sent(step: str) -> dict[str, str]:
        return {header: f"{CANARY}.{header}.{step}"}

    with capture_logs(processors=[merge_contextvars]) as lines:
        body = {"description": "It hums.", "model_id": None, "slots": days(35, 1)}
        answer = await house.ask("customer", "POST", "/tickets", body, **sent("filed"))
        filed = answer.json()["id"]
        if header == "X-Request-Id":
            assert answer.headers[header] == sent("filed")[header]
        await house.until(filed, "MATCHING")
        path = f"/tickets/{filed}"
        slots = {"slots": days(36, 1), "reason": "Later."}
        await house.expect("customer", "PUT", f"{path}/slots", slots, **sent("moved"))
        why = {"reason": "It works again."}
        await house.expect("customer", "POST", f"{path}/cancel", why, **sent("cancelled"))
        await house.until(filed, "CANCELLED")
    told = await history_of(house, filed)
    with house.database.reading() as session:
        for table in ("events", "idempotency", "notifications", "tickets", "notes"):
            rows = session.scalars(text(f"select to_jsonb(t) from {table} t"))  # noqa: S608
            told += [json.dumps(row) for row in rows]
    told += [repr(line) for line in lines]
    assert [words for words in told if CANARY in words] == []
    causes = [entry["cause"] for entry in await house.timeline(filed)]
    step = "cancelled" if header == "Idempotency-Key" else "filed"
    assert derived_id("req", sent(step)[header]) in causes


async def test_what_a_phone_calls_its_reports_reaches_no_history_no_event_and_no_log(
    house: House,
) -> None:
    def called(kind: str) -> str:
        return f"{CANARY}+4930123456/Hauptstr.7/{kind}"

    slot = soon(0.1)
    filed = await house.file(urgency="urgent", accept_fee=True, slots=[slot])
    visit = (await house.until(filed, "MATCHING"))["visits"][0]["id"]
    expert = hire(house, "refrigeration")
    await house.propose(visit, expert, [slot])
    await house.until(filed, "SCHEDULED")
    assert house.shift is not None
    with capture_logs(processors=[merge_contextvars]) as lines:
        async with house.shift.over():
            left = {"client_event_id": called("acknowledged"), "occurred_at": soon(0)["start"]}
            assert (await house.report(visit, "acknowledged", expert, **left))["state"] is None
        again = await house.report(visit, "acknowledged", expert, **left)
        assert (again["repeated"], again["state"]) == (True, "SCHEDULED")
        for kind in ("en_route", "completed"):
            await house.report(visit, kind, expert, client_event_id=called(kind))
        await house.until(filed, "COMPLETED")
    told = await history_of(house, filed)
    with house.database.reading() as session:
        for table in ("events", "notifications", "tickets", "visits", "work_reports"):
            rows = session.scalars(text(f"select to_jsonb(t) from {table} t"))  # noqa: S608
            told += [json.dumps(row) for row in rows]
    timelines = [await house.timeline(filed, who) for who in ("customer", "helpdesk", expert)]
    told += [json.dumps(entry) for entries in timelines for entry in entries]
    told += [repr(line) for line in lines]
    assert [words for words in told if CANARY in words] == []
    reported = [e["data"].get("client_event_id") for e in timelines[1]]
    own = expert.partition(":")[2]
    for kind in ("acknowledged", "en_route", "completed"):
        assert reported.count(derived_id("cev", own, called(kind))) == 1


def soon(hours: float) -> dict[str, str]:
    """A day that begins so many hours from now."""
    start = datetime.now(UTC) + timedelta(hours=hours)
    return {"start": start.isoformat(), "end": (start + timedelta(hours=30)).isoformat()}
