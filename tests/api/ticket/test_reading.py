"""Reading: lists page by page, and one ticket."""

import re

import pytest

from api.http.paging import encode_cursor
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
        ("customer", "/tickets?status=CLOSED&status=MATCHING", 400, "invalid-parameter"),
        ("customer", "/tickets?limit=1&limit=2", 400, "invalid-parameter"),
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
        ("customer", "/skills?code=electrical", 400, "unknown-parameter"),
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
    ids = [m["id"] for m in everything]
    assert len(ids) == len(set(ids))
    # Helpdesk may have put in others.
    assert {m.id for m in REFERENCE.models} <= set(ids)
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
