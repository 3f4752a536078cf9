"""What is not known is not taken for known: where a customer is of whom only the city was told."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.people.test_customer_files import nobody
from tests.house import House, days
from tests.refusals import refused
from tests.workflows.company import hire

POTSDAM = {
    "name": "Sam Roe",
    "zone": "berlin",
    "street": "Am Neuen Markt 3",
    "city": "Potsdam",
    "region": "Brandenburg",
    "postcode": "14467",
    "country": "DE",
    "locale": "en-GB",
    "phone": "+4930901820001",
    "email": "sam@example.org",
}
OUT_OF_THE_CITY = timedelta(minutes=63)
FROM_ONE_TO_ANOTHER = timedelta(minutes=126)


async def filed_by_somebody_of(house: House, file: dict[str, Any], day: int) -> tuple[str, str]:
    """A ticket of a new customer, whom the house helps for nothing, and its visit."""
    customer = nobody()
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", file)
    ticket = await house.file(f"customer:{customer}", slots=days(day, 1))
    await house.until(ticket, "REVIEW")
    await house.expect("helpdesk", "POST", f"/tickets/{ticket}/coverage", {"coverage": "WAIVED"})
    return ticket, (await house.until(ticket, "MATCHING"))["visits"][0]["id"]


async def settled(house: House, who: str, file: dict[str, Any], day: int) -> Any:
    """The visit of a new customer, with its expert."""
    ticket, visit = await filed_by_somebody_of(house, file, day)
    await house.propose(visit, who, days(day, 1))
    return await house.until(ticket, "SCHEDULED")


def times(ticket: Any) -> tuple[datetime, datetime]:
    [visit] = ticket["visits"]
    return datetime.fromisoformat(visit["start"]), datetime.fromisoformat(visit["end"])


async def item_of(house: House, who: str, ticket: Any) -> Any:
    items = (await house.expect(who, "GET", "/experts/me/work-items"))["items"]
    return next(item for item in items if item["ticket_id"] == ticket["id"])


async def test_two_customers_of_whom_only_the_city_is_known_are_not_at_one_address(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    first, second = [await settled(house, who, POTSDAM, 44) for _ in range(2)]
    assert times(second)[0] - times(first)[1] >= FROM_ONE_TO_ANOTHER


async def test_two_customers_at_one_known_address_are(house: House) -> None:
    who, known = hire(house, "refrigeration"), {**POTSDAM, "lat": 52.3967, "lng": 13.0583}
    first, second = [await settled(house, who, known, 45) for _ in range(2)]
    assert times(second)[0] == times(first)[1]


async def test_the_visits_of_one_ticket_follow_each_other_wherever_its_address_is(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    ticket, first = await filed_by_somebody_of(house, POTSDAM, 46)
    chained = {
        "minutes": 60,
        "positions": [{"skill": "refrigeration"}],
        "after": [{"visit_id": first, "min_gap": "PT0S", "max_gap": "PT1H"}],
    }
    added = await house.expect("helpdesk", "POST", f"/tickets/{ticket}/visits", chained)

    async def recorded() -> bool:
        return len((await house.ticket(ticket))["visits"]) == 2

    await house.soon(recorded, "the second visit")
    for visit in (first, added["visit_id"]):
        await house.propose(visit, who, days(46, 1))
    one, other = (await house.until(ticket, "SCHEDULED"))["visits"]
    assert other["start"] == one["end"]


async def test_no_map_is_opened_at_a_place_that_only_stands_for_the_address(house: House) -> None:
    who = hire(house, "refrigeration")
    inexact = await item_of(house, who, await settled(house, who, POTSDAM, 47))
    assert inexact["geo"] is None
    assert inexact["address"] == "Am Neuen Markt 3, 14467 Potsdam"
    known = {**POTSDAM, "lat": 52.3967, "lng": 13.0583}
    exact = await item_of(house, who, await settled(house, who, known, 47))
    assert exact["geo"] == "geo:52.3967,13.0583"


async def test_a_place_that_is_learnt_later_is_that_of_the_tickets_there_too(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    ticket = await settled(house, who, POTSDAM, 50)
    path = f"/customers/{ticket['customer_id']}"
    elsewhere = {**POTSDAM, "street": "Wall 7", "lat": 52.4, "lng": 13.05}
    await house.expect("helpdesk", "PUT", path, elsewhere)
    assert (await item_of(house, who, ticket))["geo"] is None
    await house.expect("helpdesk", "PUT", path, {**POTSDAM, "lat": 52.3967, "lng": 13.0583})
    assert (await item_of(house, who, ticket))["geo"] == "geo:52.3967,13.0583"


@pytest.mark.parametrize(
    ("known", "way"),
    [({"lat": 52.3967, "lng": 13.0583}, timedelta(minutes=15)), ({}, OUT_OF_THE_CITY)],
    ids=["at an address", "somewhere in the city"],
)
async def test_a_calendar_shows_what_a_visit_truly_blocks(
    house: House, known: dict[str, float], way: timedelta
) -> None:
    who = hire(house, "refrigeration")
    hours = {"weekday": 0, "start": "00:00", "end": "24:00"}
    week = {"week": [{**hours, "weekday": day} for day in range(7)]}
    await house.expect(who, "PUT", "/experts/me/availability", week)
    start, end = times(await settled(house, who, {**POTSDAM, **known}, 48))
    [day] = days(48, 1)
    span = f"from={day['start'][:10]}T00:00:00Z&to={day['end'][:10]}T23:00:00Z"
    calendar = await house.expect(who, "GET", f"/experts/me/calendar?{span}")
    [busy] = calendar["assignments"]
    blocked = [datetime.fromisoformat(busy[name]) for name in ("blocked_from", "blocked_until")]
    assert blocked == [start - way, end + way]
    for free in calendar["free"]:
        begins, ends = (datetime.fromisoformat(free[name]) for name in ("start", "end"))
        assert ends <= blocked[0] or begins >= blocked[1]
    assert len(calendar["free"]) == 2
    # What the calendar calls free, a proposal can be booked in: the way was counted.
    assert datetime.fromisoformat(calendar["free"][1]["start"]) == end + way


async def test_messages_name_the_city_of_the_customer_and_not_that_of_their_zone(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    filed, visit = await filed_by_somebody_of(house, POTSDAM, 49)
    number = (await house.ticket(filed))["number"]

    async def told(*wanted: str) -> list[str]:
        mine = [t for t in house.letters() if number in t]
        return mine if all(any(w in t for t in mine) for w in wanted) else []

    # Nobody is told of an open visit that was settled meanwhile.
    await house.soon(lambda: told("Open visit for your skills"), "the call for experts")
    await house.propose(visit, who, days(49, 1))
    letters = await house.soon(
        lambda: told("our expert comes", "The visit is yours"), "the letters"
    )
    naming = [text for text in letters if "Potsdam" in text]
    assert len(naming) >= 3
    assert not [text for text in letters if "Berlin" in text.replace("Europe/Berlin", "")]


async def test_a_customer_is_written_to_in_the_language_of_their_country(house: House) -> None:
    unsaid = {name: value for name, value in POTSDAM.items() if name != "locale"}
    path = f"/customers/{nobody()}"
    assert (await house.expect("helpdesk", "PUT", path, unsaid))["locale"] == "de-DE"


async def test_a_point_that_cannot_be_in_the_zone_is_refused(house: House) -> None:
    path = f"/customers/{nobody()}"
    for point in ({"lat": 13.06, "lng": 52.39}, {"lat": 0, "lng": 0}, {"lat": 48.1, "lng": 11.6}):
        answer = await house.ask("helpdesk", "PUT", path, {**POTSDAM, **point})
        refused(answer, 422, "place-outside-zone", "/lat")
    near = {"lat": 52.39, "lng": 13.06}
    await house.expect("helpdesk", "PUT", path, {**POTSDAM, **near})
