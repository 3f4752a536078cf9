"""Where an expert was when they reported: kept if they let us know, and nowhere else than there."""

from typing import Any

import pytest

from tests.api.people.test_positions import SHARING, ago, kept, sharing
from tests.api.visit.test_reports import booked, sent, taken
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import hire, rows
from tests.workflows.company import parting as parting

SPOT = {"lat": 52.4711, "lng": 13.3817}
ELSEWHERE = {"lat": 52.4822, "lng": 13.3928}


def places(house: House, who: str) -> list[dict[str, float]]:
    """Where an expert is known to be."""
    return [{"lat": lat, "lng": lng} for lat, lng, _ in kept(house, who) if lat is not None]


async def written(house: House, visit: str) -> str:
    """All that was written down of a visit's ticket but where its experts are: its history, its
    events, what was told, and what was kept of reports."""
    [row] = rows(house, "select ticket_id from visits where id = %s", visit)
    ticket_id = row["ticket_id"]
    history = await house.workflow(ticket_id).fetch_history()
    events = rows(house, "select facts::text from events where ticket_id = %s", ticket_id)
    told = rows(house, "select facts::text from notifications where ticket_id = %s", ticket_id)
    return f"{history.to_json()}{events}{told}"


async def test_where_a_report_was_made_is_the_last_place_of_whoever_lets_us_know(
    house: House,
) -> None:
    who = await sharing(house)
    visit, _ = await booked(house, expert=who)
    await taken(house, visit, who, "acknowledged")
    report = {"occurred_at": ago(2)["at"], "sent_at": ago(2)["at"], "position": SPOT}
    answer = await taken(house, visit, who, "en_route", **report)
    assert (answer["effect"], answer["state"]) == ("applied", "EN_ROUTE")
    assert places(house, who) == [SPOT]
    [(_, _, at)] = kept(house, who)
    assert at.isoformat() == report["occurred_at"]
    await taken(house, visit, who, "on_site", position=ELSEWHERE)
    assert places(house, who) == [ELSEWHERE]
    everything = await written(house, visit)
    for place in (SPOT, ELSEWHERE):
        assert not [degrees for degrees in place.values() if str(degrees) in everything]


async def test_a_batch_brings_places_and_the_last_one_stays(house: House) -> None:
    who = await sharing(house)
    visit, _ = await booked(house, expert=who)
    reports = [
        {"type": "on_site", "occurred_at": ago(1)["at"], "position": ELSEWHERE},
        {"type": "en_route", "occurred_at": ago(3)["at"], "position": SPOT},
    ]
    named = [{"visit_id": visit, "client_event_id": r["type"], **r} for r in reports]
    body = {"events": named, "sent_at": ago(3)["at"]}
    answer = await house.expect(who, "POST", "/visits/events:batch", body)
    assert [result["status"] for result in answer["results"]] == [200, 200]
    assert places(house, who) == [ELSEWHERE]


async def test_a_report_counts_though_nobody_may_know_where_it_was_made(house: House) -> None:
    visit, who = await booked(house)
    answer = await taken(house, visit, who, "en_route", position=SPOT)
    assert answer["state"] == "EN_ROUTE"
    assert kept(house, who) == []


async def test_a_report_that_is_sent_again_brings_no_place_back(house: House) -> None:
    who = await sharing(house)
    visit, _ = await booked(house, expert=who)
    behind = {"occurred_at": ago(1)["at"], "sent_at": ago(1)["at"]}
    report: dict[str, Any] = {**behind, "position": SPOT}
    await taken(house, visit, who, "en_route", **report)
    for on in (False, True):
        await house.expect(who, "PUT", SHARING, {"on": on})
    assert (await taken(house, visit, who, "en_route", **report))["effect"] == "repeated"
    assert places(house, who) == []
    other = await sent(house, visit, who, "en_route", **{**report, "position": ELSEWHERE})
    refused(other, 422, "client-event-id-reused", "/client_event_id")
    assert places(house, who) == []


async def test_a_refused_report_leaves_no_place(house: House) -> None:
    who = await sharing(house)
    visit, _ = await booked(house, expert=who)
    early = {"occurred_at": ago(-6)["at"], "position": SPOT}
    answer = await sent(house, visit, who, "en_route", **early)
    refused(answer, 422, "occurred-in-the-future", "/occurred_at")
    assert places(house, who) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"lat": 91.0, "lng": 13.0}, "/position/lat"),
        ({"lat": 52.0, "lng": -180.5}, "/position/lng"),
        ({"lat": "52", "lng": 13.0}, "/position/lat"),
        ({"lat": 52.0}, "/position/lng"),
        ({"lat": 52.0, "lng": 13.0, "at": "2026-12-08T08:00:00Z"}, "/position/at"),
        ([52.0, 13.0], "/position"),
    ],
)
async def test_a_place_that_is_none_is_refused_by_its_name(
    house: House, wrong: Any, field: str
) -> None:
    visit, who = await booked(house)
    answer = await sent(house, visit, who, "en_route", position=wrong)
    refused(answer, 422, "validation-failed", field)
    one = {"visit_id": visit, "client_event_id": "one", "type": "on_site"}
    body = {"events": [{**one, "occurred_at": ago(0)["at"], "position": wrong}]}
    batch = await house.expect(who, "POST", "/visits/events:batch", body)
    [problem] = [result["problem"] for result in batch["results"]]
    assert problem["errors"][0]["pointer"] == f"/events/0{field}"


async def test_no_other_report_carries_a_place(house: House) -> None:
    visit, who = await booked(house, expert=hire(house, "refrigeration"))
    for kind in ("acknowledged", "started"):
        answer = await sent(house, visit, who, kind, position=SPOT)
        refused(answer, 422, "field-of-another-type", "/position")
