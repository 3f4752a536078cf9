"""What an expert finds: the open visits that suit them, and what they earned."""

from datetime import datetime, timedelta
from typing import Any

from tests.house import REFERENCE, House, days
from tests.refusals import refused
from tests.town import SKILL, Town, pages

TOWN = Town("phoenix")
FAR_AWAY = next(e for e in REFERENCE.experts if e.zone == "sydney" and SKILL in e.skills)


async def open_list(house: House, who: str) -> dict[str, Any]:
    return {v["id"]: v for v in await pages(house, who, "/marketplace/visits", limit=100)}


async def test_experts_see_the_open_visits_of_their_skills_in_their_area(house: House) -> None:
    _, visit = await TOWN.opened(house, 38)
    shown = await open_list(house, TOWN.expert)
    assert shown[visit]["zone"] == "phoenix"
    assert shown[visit]["city"] == TOWN.customer.address.city
    assert shown[visit]["positions"][0]["skill"] == SKILL
    read = await house.expect(TOWN.expert, "GET", f"/marketplace/visits/{visit}")
    assert read == shown[visit]
    for other in (TOWN.unskilled[0], FAR_AWAY):
        who = f"expert:{other.id}"
        assert visit not in await open_list(house, who)
        answer = await house.ask(who, "GET", f"/marketplace/visits/{visit}")
        refused(answer, 404, "visit-unknown")


async def test_who_lacks_the_skill_or_lives_too_far_is_told_so(house: House) -> None:
    _, visit = await TOWN.opened(house, 38)
    path, offer = f"/visits/{visit}/proposals", {"windows": days(38, 1)}
    for who, code in ((TOWN.unskilled[0], "skill-missing"), (FAR_AWAY, "outside-area")):
        problem = refused(await house.ask(f"expert:{who.id}", "POST", path, offer), 403, code)
        assert problem["evidence"]["skills"] == [SKILL]
    assert (await house.expect("helpdesk", "GET", path))["items"] == []


async def test_a_visit_that_an_expert_has_no_time_for_is_not_on_their_list(house: House) -> None:
    _, mine = await TOWN.settled(house, 39)
    start, end = await times_of(house, mine)
    at_that_time = [{"start": (start - timedelta(minutes=15)).isoformat(), "end": end.isoformat()}]
    clashing = await house.file(TOWN.me, slots=at_that_time)
    await house.until(clashing, "MATCHING")
    whenever, free = await TOWN.opened(house, 39)
    shown = await open_list(house, TOWN.expert)
    assert free in shown
    assert (await house.ticket(clashing))["visits"][0]["id"] not in shown
    assert mine not in shown
    for filed in (clashing, whenever):
        await house.expect(TOWN.me, "POST", f"/tickets/{filed}/cancel", {})


async def times_of(house: House, visit: str) -> tuple[datetime, datetime]:
    items = (await house.expect(TOWN.expert, "GET", "/experts/me/work-items"))["items"]
    [item] = [i for i in items if i["visit_id"] == visit]
    return datetime.fromisoformat(item["start"]), datetime.fromisoformat(item["end"])


async def test_the_open_list_is_read_page_by_page_while_visits_come_and_go(house: House) -> None:
    visits = [(await TOWN.opened(house, 40))[1] for _ in range(5)]
    page = await house.expect(TOWN.expert, "GET", "/marketplace/visits?limit=2")
    seen = [v["id"] for v in page["items"]]
    while page["next_cursor"]:
        visits.append((await TOWN.opened(house, 40))[1]) if len(visits) < 7 else None
        path = f"/marketplace/visits?limit=2&cursor={page['next_cursor']}"
        page = await house.expect(TOWN.expert, "GET", path)
        seen += [v["id"] for v in page["items"]]
    assert len(seen) == len(set(seen))
    assert set(visits) <= set(seen)
    assert [v for v in seen if v in visits] == visits


async def test_an_expert_earns_for_each_visit_and_reads_it_page_by_page(house: House) -> None:
    before = await pages(house, TOWN.expert, "/experts/me/earnings")
    mine = [(await TOWN.done(house, day))[1] for day in (41, 42, 43)]

    async def earned() -> list[Any]:
        rows = await pages(house, TOWN.expert, "/experts/me/earnings")
        return rows if len(rows) == len(before) + 3 else []

    rows = await house.soon(earned, "the earnings")
    new = [row for row in rows if row["visit_id"] in mine]
    assert {row["visit_id"] for row in new} == set(mine)
    for row in new:
        assert row["payout"] == row["gross"] - row["commission"] > 0
        assert row["currency"] == "USD"
    assert await pages(house, f"expert:{TOWN.unskilled[0].id}", "/experts/me/earnings") == []


async def test_an_experts_work_is_read_page_by_page(house: House) -> None:
    settled = {(await TOWN.settled(house, day))[1] for day in (36, 37)}
    whole = (await house.expect(TOWN.expert, "GET", "/experts/me/work-items"))["items"]
    assert await pages(house, TOWN.expert, "/experts/me/work-items", limit=1) == whole
    assert settled <= {item["visit_id"] for item in whole}
    assert whole == sorted(whole, key=lambda item: item["start"])
