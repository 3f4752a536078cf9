"""Pages behind links: what they show, what a button does, and that to look changes nothing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
import pytest

from temporal.links import Door
from tests.house import House
from tests.workflows.company import (
    DAY,
    HOME,
    at,
    bare,
    between,
    crew,
    hire,
    hour,
    rest,
    stands,
    waiting,
    welcome,
)
from tests.workflows.company import parting as parting

NEXT, BERLIN = DAY + 1, ZoneInfo("Europe/Berlin")
TO_COME = timedelta(days=1)


async def mine(house: House, *slots: Any) -> tuple[str, str]:
    """A ticket of somebody in Berlin who reads English, and its visit."""
    return await waiting(house, *slots, who=welcome(house, *HOME))


def times_link(house: House, ticket_id: str, visit: str, holds: timedelta = TO_COME) -> str:
    until = datetime.now(UTC) + holds
    return f"/link/times/{house.services.visit_links.token(Door.TIMES, ticket_id, visit, until)}"


async def look(house: House, path: str, status: int = 200) -> str:
    answer = await house.http.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script" not in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


async def send(house: House, path: str, **form: Any) -> httpx2.Response:
    """Press a button, as a browser does on a page of ours."""
    ours = {"Origin": house.services.public_url}
    return await house.http.post(path, data=form, headers=ours)


def typed(number: int, start: float, end: float, day: int = DAY) -> dict[str, str]:
    """A row of the form; the hours are UTC, and Berlin's are typed."""
    here = [at(h, day).astimezone(BERLIN) for h in (start, end)]
    return {
        f"day{number}": here[0].date().isoformat(),
        f"from{number}": f"{here[0]:%H:%M}",
        f"to{number}": f"{here[1]:%H:%M}",
    }


async def test_a_customer_names_times_by_a_link_and_moves_the_visit_by_the_same(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house)
    await house.propose(visit, expert, [between(8, 20), between(8, 20, NEXT)])
    path = times_link(house, ticket_id, visit)
    seq = (await rest(house, ticket_id))["seq"]
    for _ in "123":
        page = await look(house, path)
    assert "We do not know yet when somebody may come." in page
    assert (await rest(house, ticket_id))["seq"] == seq
    form = {"form_id": uuid4().hex, **typed(1, 8, 10), **typed(4, 10, 12)}
    for _ in "12":
        answer = await send(house, path, **form)
        assert (answer.status_code, answer.headers["location"]) == (303, "?thanks")
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([expert], 8)
    page = await look(house, f"{path}?thanks")
    assert "Thank you, we have your times." in page
    assert "Our expert comes on" in page
    assert bare(expert) not in page
    answer = await send(house, path, form_id=uuid4().hex, **typed(2, 9, 12, NEXT))
    assert answer.status_code == 303, answer.text

    async def moved() -> Any:
        now = (await house.ticket(ticket_id))["visits"][0]
        return now if now["start"] not in (None, seen["start"]) else None

    assert hour((await house.soon(moved, "the visit to move"))["start"], NEXT) == 9
    happened = [e for e in await house.timeline(ticket_id) if e["type"] == "visit.move_asked"]
    assert [e["actor_role"] for e in happened] == ["customer"] * 2
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    assert "The ticket was cancelled" in await look(house, path)
    late = await send(house, path, form_id=uuid4().hex, **typed(1, 9, 12))
    assert late.status_code == 200
    assert "The ticket was cancelled" in late.text
    assert "<form" not in late.text


async def test_what_is_wrong_with_a_time_stands_at_it_and_nothing_typed_is_lost(
    house: House,
) -> None:
    ticket_id, visit = await mine(house)
    path = times_link(house, ticket_id, visit)
    good, short = typed(1, 8, 10), typed(3, 8, 8.25, NEXT)
    for rows, said in (
        ({**good, **short}, "The visit does not fit into this time."),
        ({**good, **typed(2, 8, 10, -2)}, "This time has begun already."),
        ({**good, **typed(2, 8, 10, 70)}, "This is more than 60 days from now."),
        ({**good, "day2": "2027-01-01"}, "A day, a beginning and an end are needed."),
        ({**good, **typed(2, 8, 10, 61)}, "This is more than 60 days from now."),
        ({}, "Name one time at least."),
    ):
        answer = await send(house, path, **rows)
        assert answer.status_code == 422, answer.text
        assert said in answer.text
        assert answer.text.count('role="alert"') == 1
        assert all(f'value="{value}"' in answer.text for value in rows.values())
    everything = {
        **typed(1, 8, 8.25, NEXT),
        **typed(2, 8, 10, -2),
        **typed(3, 8, 10),
        **typed(4, 8, 10, 70),
        "day5": "2027-01-01",
    }
    page = (await send(house, path, **everything)).text
    assert re.findall('id="wrong([0-9])" role="alert">([^<]*)<', page) == [
        ("1", "The visit does not fit into this time."),
        ("2", "This time has begun already."),
        ("4", "This is more than 60 days from now."),
        ("5", "A day, a beginning and an end are needed."),
    ]
    assert page.count("autofocus") == 1
    assert "<details open>" in page
    empty = await look(house, path)
    assert "<details>" in empty
    last = (datetime.now(BERLIN) + timedelta(days=60)).date().isoformat()
    assert empty.count(f'max="{last}"') == 5
    assert (await house.ticket(ticket_id))["slots"] == []
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})


async def test_a_page_without_a_time_names_no_place_of_its_clocks(house: House) -> None:
    ticket_id, visit = await mine(house)
    path = times_link(house, ticket_id, visit)
    assert "All times are those of Berlin." in await look(house, path)
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    assert "All times are those" not in await look(house, path)


async def test_a_link_that_is_over_forged_or_of_another_door_leads_to_a_page(house: House) -> None:
    ticket_id, visit = await mine(house)
    over = times_link(house, ticket_id, visit, -timedelta(minutes=1))
    page = await look(house, over, 410)
    assert "This link was good until" in page
    assert "We do not know yet" in page
    assert "<form" not in page
    answer = await send(house, over, **typed(1, 8, 10))
    assert answer.status_code == 410
    path = times_link(house, ticket_id, visit)
    coming = house.services.visit_links.token(
        Door.COMING, ticket_id, visit, datetime.now(UTC) + TO_COME
    )
    for wrong in (path[:-1], f"{path}A", f"/link/times/{coming}", "/link/times/x", "/link/x/y"):
        page = await look(house, wrong, 404)
        assert "This link does not work" in page
        assert "Answer the message" in page
    german = await house.http.get("/link/times/x", headers={"Accept-Language": "de-DE,en;q=0.5"})
    assert "Dieser Link funktioniert nicht" in german.text
    assert (await house.ticket(ticket_id))["slots"] == []
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_a_form_of_somebody_elses_changes_nothing(
    house: House, headers: dict[str, str]
) -> None:
    ticket_id, visit = await mine(house)
    path = times_link(house, ticket_id, visit)
    answer = await house.http.post(path, data=typed(1, 8, 10), headers=headers)
    assert answer.status_code == 403
    assert "This did not come from our page" in answer.text
    assert (await house.ticket(ticket_id))["slots"] == []
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})


async def test_offered_times_are_taken_by_a_button_once(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 20, NEXT)])
    path, offer = await offered(house, ticket_id)
    page = await look(house, path)
    assert page.count('name="option"') == len(offer["options"])
    assert "You can choose until" in page
    for _ in "12":
        answer = await send(house, path, option="1")
        assert (answer.status_code, answer.headers["location"]) == (303, "?thanks"), answer.text
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert seen["start"] == offer["options"][1]["visits"][0]["start"]
    page = await look(house, path)
    assert "You took" in page
    assert "Our expert comes on" in page
    assert "<form" not in page
    other = await send(house, path, option="0")
    assert other.status_code == 409
    assert "Things have changed meanwhile" in other.text
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    assert "The ticket was cancelled" in await look(house, path)


async def test_whom_no_offered_time_suits_names_their_own_there(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 20, NEXT)])
    path, offer = await offered(house, ticket_id)
    named, _, _ = path.rpartition(".")
    longer = datetime.now(UTC) - timedelta(seconds=5)
    stale = house.services.offers.token(ticket_id, offer["offer_id"], longer)
    page = await look(house, f"/link/offers/{stale}", 410)
    assert "nothing was booked by this link" in page
    assert "option" not in page
    await look(house, named, 404)
    assert (await send(house, f"/link/offers/{stale}", option="0")).status_code == 410
    wrong = await send(house, path, **typed(1, 8, 8.25, NEXT))
    assert wrong.status_code == 422
    assert "The visit does not fit into this time." in wrong.text
    assert (await send(house, path, option="77")).status_code == 422
    answer = await send(house, path, **typed(1, 10, 12, NEXT))
    assert answer.status_code == 303, answer.text
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert hour(seen["start"], NEXT) == 10


async def offered(house: House, ticket_id: str) -> tuple[str, Any]:
    """The path of the link in the letter, and the offer."""
    await stands(house, ticket_id, "NO_COMMON_TIME")
    path = f"/tickets/{ticket_id}/slot-offers"
    offer = await house.expect("helpdesk", "POST", path, {})
    number = (await house.ticket(ticket_id))["number"]

    def sent() -> str | None:
        for letter in house.letters():
            found = re.search(r"http://\S+(/link/offers/\S+)", letter)
            if found and number in letter:
                return found[1]
        return None

    link: str = await house.soon(sent, "the letter")
    return link, offer
