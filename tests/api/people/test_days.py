"""A day in one answer, for where there is no network."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from models.rules.message.ref import ref_of
from tests.api.people.roads import booked, date_of, errand, moment
from tests.api.visit.test_reports import booked as finished
from tests.api.visit.test_reports import taken
from tests.api.visit.test_start_codes import begin, code_of
from tests.api.visit.test_start_codes import booked as with_code
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import at, bare, hire
from tests.workflows.company import parting as parting


async def test_three_tickets_of_a_day_are_taken_along_in_one_answer(house: House) -> None:
    who = hire(house, "refrigeration")
    tickets = [await booked(house, who, hour, 13.45) for hour in (9, 12, 15)]
    stop = await errand(house, who, "Fetch a relay", 13.52)
    await booked(house, who, 9, 13.45, day=21)
    day = await house.expect(who, "GET", f"/experts/me/day?date={date_of()}")
    assert (day["date"], day["tz"], day["stops"]) == (date_of(), "Europe/Berlin", [stop])
    assert [v["ticket"] for v in day["visits"]] == [t["number"] for t in tickets]
    items = (await house.expect(who, "GET", "/experts/me/work-items"))["items"]
    assert items[:3] == day["visits"]
    first = day["visits"][0]
    assert (first["customer_name"], first["customer_phone"]) == ("Sam Roe", "+491710000001")
    assert first["address"] == "Feldweg 3, 10999 Berlin"
    assert first["description"] == "It hums."
    assert (moment(first["start"]), moment(first["end"])) == (
        at(9),
        at(9) + timedelta(minutes=tickets[0]["visits"][0]["minutes"]),
    )
    assert first["geo"] == "geo:52.5,13.45"
    assert len({link["url"] for link in first["maps"]}) == 4
    assert first["ref"] == ref_of(first["assignment_id"])
    assert {v["next_report"] for v in day["visits"]} == {"acknowledged"}
    assert {v["start_code_needed"] for v in day["visits"]} == {False}


async def test_a_phone_knows_that_the_code_is_needed_until_the_work_has_begun(house: House) -> None:
    # Admitted while the policy said so, and booked when it no longer did.
    _, visit, who = await with_code(house)

    async def needed() -> list[bool]:
        items = (await house.expect(who, "GET", "/experts/me/work-items"))["items"]
        day = await house.expect(who, "GET", f"/experts/me/day?date={date_of()}")
        shown = [*items, *day["visits"]]
        return [one["start_code_needed"] for one in shown if one["visit_id"] == visit]

    assert await needed() == [True, True]
    assert (await begin(house, visit, who, code_of(house, visit))).status_code == 200

    async def begun() -> bool:
        return await needed() == [False, False]

    await house.soon(begun, "the work begun")


@pytest.mark.parametrize("found", ["day", "work-items"])
async def test_a_phone_that_has_the_day_is_told_so_until_something_changes(
    house: House, found: str
) -> None:
    who = hire(house, "refrigeration")
    ticket = await booked(house, who, 9, 13.45)
    path = f"/experts/me/{found}?" + (f"date={date_of()}" if found == "day" else "limit=5")
    visits = "visits" if found == "day" else "items"
    read = await house.ask(who, "GET", path)
    tag = read.headers["ETag"]
    assert read.headers["Cache-Control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await house.ask(who, "GET", path, **{"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag), known
    other = await house.ask(who, "GET", path, **{"If-None-Match": '"other"'})
    assert (other.status_code, other.json()) == (200, read.json())
    await house.report(ticket["visits"][0]["id"], "acknowledged", who)

    async def changed() -> bool:
        now = await house.ask(who, "GET", path, **{"If-None-Match": tag})
        return now.status_code == 200 and now.json()[visits][0]["next_report"] == "en_route"

    await house.soon(changed, "the next report")


@pytest.mark.parametrize("known", ["untagged", '"', '"a" "b"', "W/*"])
@pytest.mark.parametrize("found", ["day", "work-items"])
async def test_a_tag_that_is_none_is_refused(house: House, found: str, known: str) -> None:
    answer = await house.ask("expert", "GET", f"/experts/me/{found}", **{"If-None-Match": known})
    problem = refused(answer, 400, "invalid-parameter", None)
    assert problem["errors"][0]["parameter"] == "If-None-Match"


async def test_what_is_not_to_be_read_any_more_is_not_on_the_day(house: House) -> None:
    who = hire(house, "refrigeration")
    await booked(house, who, 9, 13.45)
    with psycopg.connect(house.database_url) as session:
        session.execute("update experts set status = 'SUSPENDED' where id = %s", (bare(who),))
    paths = (
        "/experts/me/work-items",
        f"/experts/me/day?date={date_of()}",
        f"/experts/me/route?date={date_of()}",
    )
    for path in paths:
        answer = await house.ask(who, "GET", path)
        for secret in ("Feldweg", "Sam Roe", "13.45", "+491710000001"):
            assert secret not in answer.text, path
    [stop] = answer.json()["stops"]
    assert (stop["eta"], stop["travel_minutes"], stop["maps"]) == (None, None, [])


async def test_without_a_date_it_is_today(house: House) -> None:
    who = hire(house, "refrigeration")
    for path in ("day", "route"):
        found = await house.expect(who, "GET", f"/experts/me/{path}")
        asked = await house.expect(who, "GET", f"/experts/me/{path}?date={found['date']}")
        assert asked["date"] == found["date"]
    assert (await house.expect(who, "GET", "/experts/me/route"))["stops"] == []


async def test_a_day_has_what_is_published_about_the_model_and_ones_own_drafts(
    house: House,
) -> None:
    author, reader = hire(house, "refrigeration"), hire(house, "refrigeration")
    done, _ = await finished(house, expert=author)
    note = "E24: the relay sticks.\nKnock on it first."
    await taken(house, done, author, "completed", report={"notes": "Done.", "kb_note": note})

    async def articles(who: str) -> list[Any]:
        day = await house.expect(who, "GET", f"/experts/me/day?date={date_of()}")
        found: list[Any] = day["visits"][0]["articles"]
        items = (await house.expect(who, "GET", "/experts/me/work-items"))["items"]
        mine = day["visits"][0]["assignment_id"]
        assert [i["articles"] for i in items if i["assignment_id"] == mine] == [found]
        return found

    for who, hour in ((author, 9), (reader, 12)):
        await booked(house, who, hour, 13.45)
    drafts = await house.soon(lambda: articles(author), "the draft")
    assert [(one["title"], one["body"], one["state"]) for one in drafts] == [
        ("E24: the relay sticks.", note, "DRAFT")
    ]
    assert await articles(reader) == []
    path = f"/kb/articles/{drafts[0]['id']}"
    refused(await house.ask(reader, "GET", path), 404, "article-unknown")
    with psycopg.connect(house.database_url) as session:
        publish = "update articles set state = 'PUBLISHED' where id = %s"
        session.execute(publish, (drafts[0]["id"],))
    for who in (author, reader):
        assert [(a["id"], a["state"]) for a in await articles(who)] == [
            (drafts[0]["id"], "PUBLISHED")
        ]
    assert (await house.expect(reader, "GET", path))["body"] == note
    with psycopg.connect(house.database_url) as session:
        session.execute("delete from articles where id = %s", (drafts[0]["id"],))
