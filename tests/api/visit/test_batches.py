"""What a phone kept while nobody could be reached, sent at once."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import psycopg
import pytest

from tests.api.visit.test_reports import NO_VISIT, NOTES, ago, ahead, booked, sent, taken, visit_row
from tests.house import House
from tests.refusals import refused
from tests.town import GOOD_DAY
from tests.workflows.company import hire, rows
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import policy

pytestmark = pytest.mark.usefixtures("parting")
DAY = [str(kind) for kind in GOOD_DAY]
_WITHDRAWN = "visit.report_withdrawn"


def event(visit: str, kind: str, **said: Any) -> dict[str, Any]:
    more = {"report": NOTES} if kind == "completed" else {}
    name = f"{kind}-{uuid.uuid4()}"
    body = {"visit_id": visit, "client_event_id": name, "type": kind, "occurred_at": ago()}
    return {**body, **more, **said}


async def batch(house: House, expert: str, events: list[Any], **said: Any) -> list[Any]:
    answer = await house.ask(expert, "POST", "/visits/events:batch", {"events": events, **said})
    assert answer.status_code == 200, answer.text
    results: list[Any] = answer.json()["results"]
    return results


async def test_a_day_offline_is_reported_at_once_and_is_there_once(house: House) -> None:
    expert = hire(house, "refrigeration")
    visit, _ = await booked(house, expert=expert)
    day = [event(visit, k, occurred_at=ago(seconds=9 - n)) for n, k in enumerate(DAY)]
    first = await batch(house, expert, day[::-1], sent_at=ago(minutes=4))
    assert [r["client_event_id"] for r in first] == [e["client_event_id"] for e in day[::-1]]
    assert {(r["status"], r["standing"]["effect"]) for r in first} == {(200, "applied")}
    assert first[0]["standing"]["state"] == "COMPLETED"
    assert not any(r["standing"]["out_of_order"] for r in first)
    again = await batch(house, expert, day)
    assert {r["standing"]["effect"] for r in again} == {"repeated"}
    count = "select count(*) as n from events where facts ->> 'visit_id' = %s and type = any(%s)"
    kinds = [f"visit.{kind}" for kind in DAY]
    assert rows(house, count, visit, kinds) == [{"n": 5}]


async def test_what_a_phone_sends_again_is_answered_though_no_ticket_can_be_asked(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    visit, _ = await booked(house, expert=expert)
    day = [event(visit, k, occurred_at=ago(seconds=9 - n)) for n, k in enumerate(DAY)]
    await batch(house, expert, day, sent_at=ago(minutes=4))
    same_name = event(visit, "en_route", client_event_id=day[0]["client_event_id"])
    assert house.shift is not None
    async with house.shift.over():
        again = await batch(house, expert, [*day, same_name], sent_at=ago())
    assert [(r["status"], r["standing"]["effect"]) for r in again[:-1]] == [(200, "repeated")] * 5
    assert {r["standing"]["state"] for r in again[:-1]} == {"COMPLETED"}
    assert again[-1]["problem"]["code"] == "client-event-id-reused"


async def test_a_hundred_reports_of_one_visit_are_all_taken_at_once(house: House) -> None:
    visit, expert = await booked(house)
    said = [event(visit, "acknowledged", occurred_at=ago(seconds=1)) for _ in range(100)]
    began = monotonic()
    results = await batch(house, expert, said, sent_at=ago(minutes=4))
    took = monotonic() - began
    assert {r["status"] for r in results} == {200}, f"{took:.1f} s"
    assert [r["standing"]["effect"] for r in results].count("applied") == 1
    print(f"a hundred reports of one visit: {took:.1f} s")


async def test_one_bad_report_stops_none_of_the_others(house: House) -> None:
    visit, expert = await booked(house)
    good = [event(visit, k) for k in ("acknowledged", "en_route", "on_site")]
    bad = [
        (event(visit, "teleported"), 422, "validation-failed", "/events/0/type"),
        (
            event(visit, "started", occurred_at="2026-12-01T09:00:00"),
            422,
            "validation-failed",
            None,
        ),
        (event(NO_VISIT, "started"), 404, "visit-unknown", None),
        (event(visit, "started", occurred_at=ahead(hours=1)), 422, "occurred-in-the-future", None),
        (event(visit, "need_more_time"), 422, "minutes-missing", None),
        (event(visit, "started", minutes=30), 422, "field-of-another-type", None),
    ]
    results = await batch(house, expert, [said for said, *_ in bad] + good)
    for number, (_, status, code, pointer) in enumerate(bad):
        problem = results[number]["problem"]
        assert (results[number]["status"], problem["code"]) == (status, code)
        if problem["errors"]:
            assert problem["errors"][0]["pointer"].startswith(pointer or f"/events/{number}/")
    assert [r["standing"]["effect"] for r in results[len(bad) :]] == ["applied"] * 3


async def test_a_batch_has_a_hundred_reports_at_the_most(house: House) -> None:
    events = [{"visit_id": NO_VISIT}] * 101
    answer = await house.ask("expert", "POST", "/visits/events:batch", {"events": events})
    [fault] = refused(answer, 422, "validation-failed", "/events")["errors"]
    assert fault["code"] == "too-long"


async def test_what_cannot_even_be_read_is_answered_like_the_rest(house: House) -> None:
    visit, expert = await booked(house)
    results = await batch(house, expert, [{}, {"client_event_id": 7}, event(visit, "en_route")])
    assert [r["status"] for r in results] == [422, 422, 200]


async def test_a_clock_that_is_wrong_is_mended_for_all_of_a_batch(house: House) -> None:
    visit, expert = await booked(house)
    said = [event(visit, "started", occurred_at=ahead(hours=6))]
    results = await batch(house, expert, said, sent_at=ahead(hours=6))
    assert results[0]["standing"]["effect"] == "applied"
    [times] = rows(house, "select actual_start < now() as past from visits where id = %s", visit)
    assert times["past"]


async def test_what_was_sent_alone_is_repeated_in_a_batch(house: House) -> None:
    visit, expert = await booked(house)
    said = event(visit, "en_route")
    alone = {name: value for name, value in said.items() if name != "visit_id"}
    first = await house.expect(expert, "POST", f"/visits/{visit}/events", alone)
    [again] = await batch(house, expert, [said], sent_at=ago())
    assert (first["effect"], again["standing"]["effect"]) == ("applied", "repeated")


@contextmanager
def patience(house: House, value: str) -> Iterator[None]:
    """Reports may be taken back for so long, of urgent tickets that are filed meanwhile."""
    update = "update policies set value = %s where (name, urgency) = (%s, %s)"
    with psycopg.connect(house.database_url, autocommit=True) as session:
        session.execute(update, (value, "correction_window", "urgent"))
        yield
        session.execute(update, ("PT0S", "correction_window", "urgent"))


async def test_a_mistaken_tap_is_taken_back_and_nothing_follows_from_it(house: House) -> None:
    with patience(house, "PT10M"):
        visit, expert = await booked(house)
    for kind in ("started", "completed"):
        more = {"report": NOTES} if kind == "completed" else {}
        await taken(house, visit, expert, kind, **more)
    back = {"client_event_id": "back", "occurred_at": ago(), "corrects": "phone-completed"}
    path = f"/visits/{visit}/events"
    stands = await house.expect(expert, "POST", path, back)
    assert (stands["state"], stands["effect"]) == ("IN_PROGRESS", "applied")
    assert (await house.expect(expert, "POST", path, back))["effect"] == "repeated"
    kinds = "select type from events where facts ->> 'visit_id' = %s order by seq"
    assert rows(house, kinds, visit)[-1] == {"type": "visit.report_withdrawn"}
    again = await taken(house, visit, expert, "completed", report=NOTES, client_event_id="late")
    assert (again["state"], again["effect"]) == ("COMPLETED", "applied")


async def test_work_is_billed_when_nobody_may_take_it_back_any_more(house: House) -> None:
    with patience(house, "PT1S"):
        visit, expert = await booked(house)
    await taken(house, visit, expert, "completed", report=NOTES)
    [ticket] = rows(house, "select ticket_id from visits where id = %s", visit)

    async def billed() -> bool:
        path = f"/tickets/{ticket['ticket_id']}/invoices"
        return bool((await house.expect("helpdesk", "GET", path))["items"])

    assert not await billed()
    await house.soon(billed, "the bill")
    happened = await house.timeline(ticket["ticket_id"])
    at = {e["type"]: datetime.fromisoformat(e["recorded_at"]) for e in happened}
    waited = at["ticket.completed"] - at["visit.completed"]
    assert timedelta(seconds=0.9) < waited < timedelta(seconds=10)


async def test_what_counts_as_done_is_not_taken_back(house: House) -> None:
    visit, expert = await booked(house)
    await taken(house, visit, expert, "en_route")
    await taken(house, visit, expert, "completed", report=NOTES)
    back = {"client_event_id": "back", "occurred_at": ago(), "corrects": "phone-completed"}
    path = f"/visits/{visit}/events"
    answer = await house.ask(expert, "POST", path, back)
    refused(answer, 409, "correction-too-late", "/corrects")
    answer = await house.ask(expert, "POST", path, {**back, "corrects": "phone-on_site"})
    refused(answer, 404, "report-unknown", "/corrects")


@pytest.mark.parametrize(
    ("kind", "said", "code", "field"),
    [
        ("cannot_arrive", {}, "reason-missing", "/reason"),
        ("cannot_arrive", {"reason": "BORED"}, "reason-unknown", "/reason"),
        ("cannot_enter", {}, "contact-attempt-missing", "/contact_attempts"),
        ("need_more_time", {"minutes": 255}, "minutes-off-the-grid", "/minutes"),
        ("incomplete", {"reason": "WRONG_SKILL"}, "skill-unnamed", "/skill"),
        ("start_partial", {}, "reason-missing", "/reason"),
        ("en_route", {"report": NOTES}, "report-too-early", "/report"),
        ("en_route", {"reason": "Traffic."}, "field-of-another-type", "/reason"),
    ],
)
async def test_a_report_says_what_its_type_needs(
    house: House, kind: str, said: dict[str, Any], code: str, field: str
) -> None:
    answer = await sent(house, NO_VISIT, "expert", kind, **said)
    refused(answer, 422, code, field)


async def test_what_is_corrected_is_taken_before_its_correction_whenever_it_was(
    house: House,
) -> None:
    async with policy(house, "correction_window", "PT10M", "PT0S", "urgent"):
        visit, expert = await booked(house)
    wrong = event(visit, "on_site", occurred_at=ago(seconds=10))
    right = event(visit, "on_site", occurred_at=ago(seconds=50))
    right["corrects"] = wrong["client_event_id"]
    set_out = event(visit, "en_route", occurred_at=ago(seconds=60))
    sent_at = ago(minutes=4)
    results = await batch(house, expert, [right, wrong, set_out], sent_at=sent_at)
    assert [r["standing"]["effect"] for r in results] == ["applied"] * 3
    assert results[0]["standing"]["state"] == "ON_SITE"
    [row] = await visit_row(house, visit)
    kinds = [e["type"] for e in await house.timeline(row["ticket_id"])]
    told = [k for k in kinds if k in ("visit.en_route", "visit.on_site", _WITHDRAWN)]
    assert told == ["visit.en_route", "visit.on_site", _WITHDRAWN, "visit.on_site"]


async def test_reports_that_correct_each_other_stop_nobody(house: House) -> None:
    async with policy(house, "correction_window", "PT10M", "PT0S", "urgent"):
        visit, expert = await booked(house)
    one, other = event(visit, "en_route"), event(visit, "on_site")
    one["corrects"], other["corrects"] = other["client_event_id"], one["client_event_id"]
    results = await batch(house, expert, [one, other, event(visit, "acknowledged")])
    assert [r["standing"]["effect"] for r in results] == ["applied"] * 3
    assert results[1]["standing"]["state"] == "ON_SITE"


async def test_a_correction_of_what_was_refused_stands_by_itself(house: House) -> None:
    visit, expert = await booked(house)
    wrong = event(visit, "started", occurred_at="2199-12-31T23:59:59Z")
    right = event(visit, "on_site") | {"corrects": wrong["client_event_id"]}
    [refusal, standing] = await batch(house, expert, [wrong, right])
    assert refusal["problem"]["code"] == "occurred-in-the-future"
    assert standing["standing"]["effect"] == "applied"
    assert standing["standing"]["state"] == "ON_SITE"


async def test_a_time_of_years_ahead_is_refused_though_the_same_was_reported_before(
    house: House,
) -> None:
    visit, expert = await booked(house)
    good = event(visit, "started")
    wrong = event(visit, "started", occurred_at="2199-12-31T23:59:59Z", client_event_id="ahead")
    [standing, refusal] = await batch(house, expert, [good, wrong])
    assert standing["standing"]["effect"] == "applied"
    assert (refusal["status"], refusal["problem"]["code"]) == (422, "occurred-in-the-future")
    alone = (await sent(house, visit, expert, "started", **_alone(wrong))).json()
    blamed, same = refusal["problem"]["errors"], alone["errors"]
    assert [e.keys() for e in blamed] == [e.keys() for e in same], "said as it is said alone"


def _alone(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("occurred_at", "client_event_id")}


@pytest.mark.parametrize("nonsense", [None, [], "", 1, True, 1.5, {}])
async def test_what_is_no_report_is_refused_by_its_place_and_stops_no_other(
    house: House, nonsense: Any
) -> None:
    expert = hire(house, "refrigeration")
    visit, _ = await booked(house, expert=expert)
    bad, good = await batch(house, expert, [nonsense, event(visit, "acknowledged")])
    assert (bad["status"], bad["problem"]["code"]) == (422, "validation-failed")
    assert all(e["pointer"].startswith("/events/0") for e in bad["problem"]["errors"])
    assert (good["status"], good["standing"]["effect"]) == (200, "applied")
