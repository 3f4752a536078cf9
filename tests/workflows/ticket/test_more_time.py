"""More time for a visit, over the whole house: the calendars decide, and everybody hears once."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from activities.visit import VisitActivities
from models.db.invariants import InvariantRepository
from models.messages.visit import ExtendVisit
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import (
    add,
    after,
    assignments,
    at,
    bare,
    between,
    hire,
    hour,
    rest,
    told,
    waiting,
    welcome,
)
from tests.workflows.company import parting as parting
from tests.workflows.imagined import ticket_of


async def begun(house: House) -> tuple[str, str, str, str, str]:
    """A ticket, its first visit from 12:30 to 14:00, which has begun, with its expert; a second one
    from 16:00 to 17:00 with another, whose time and the customer's end at 18:00."""
    anna, ben = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(12.5, 14))
    more = after(first, "PT30M", "PT2H")
    second = await add(house, ticket_id, "electrical", slots=[between(16, 18)], **more)
    await house.propose(first, anna, [between(12.5, 14)])
    await house.propose(second, ben, [between(16, 18)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(first, "on_site", anna)
    return ticket_id, first, anna, second, ben


async def need(house: House, visit: str, expert: str, minutes: int, name: str) -> Any:
    body = {
        "client_event_id": name,
        "type": "need_more_time",
        "minutes": minutes,
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return await house.ask(expert, "POST", f"/visits/{visit}/events", body)


def booked(house: House, ticket_id: str) -> dict[str, tuple[datetime, datetime, datetime]]:
    """By visit: from when to when, and until when it blocks its expert."""
    return {
        a["visit_id"]: (a["start_at"], a["end_at"], a["blocked"].upper)
        for a in assignments(house, ticket_id)
    }


def wrong_of(house: House, ticket_id: str) -> list[str]:
    """What is not as it must be (I2, I3, I5) with a ticket's visits and who is booked for them."""
    own = {a[name] for a in assignments(house, ticket_id) for name in ("id", "visit_id")}
    with house.database.reading() as session:
        known = InvariantRepository(session)
        found = known.double_bookings() | known.half_reserved_groups() | known.broken_gaps()
    return [f"{who} {why}" for who, why in found.items() if who in own]


async def test_the_example_of_the_text_in_every_calendar(house: House) -> None:
    ticket_id, first, anna, second, ben = await begun(house)
    granted = await need(house, first, anna, 30, "more")
    assert (granted.status_code, granted.json()["effect"]) == (200, "applied")
    assert hour(granted.json()["end"]) == 14.5
    assert booked(house, ticket_id)[first] == (at(12.5), at(14.5), at(14.5))
    assert booked(house, ticket_id)[second] == (at(16), at(17), at(17))

    granted = await need(house, first, anna, 75, "still-more")
    assert hour(granted.json()["end"]) == 15.75
    assert booked(house, ticket_id)[first] == (at(12.5), at(15.75), at(15.75))
    assert booked(house, ticket_id)[second] == (at(16.25), at(17.25), at(17.25))
    ticket = await rest(house, ticket_id)
    assert [(hour(v["start"]), hour(v["end"])) for v in ticket["visits"]] == [
        (12.5, 15.75),
        (16.25, 17.25),
    ]
    assert await told(house, ticket_id, "visit.changed") == [ticket["customer_id"]]
    assert await told(house, ticket_id, "assignment.shifted") == [bare(ben)]

    assert wrong_of(house, ticket_id) == []

    no = refused(
        await need(house, first, anna, 75, "too-much"), 409, "next-visit-affected", "/minutes"
    )
    assert no["evidence"]["options"] == [
        {"finish_by": f"{at(16.5):%Y-%m-%dT%H:%M:%SZ}", "minutes": 45},
        {"follow_up": True},
    ]
    assert bare(ben) not in str(no)
    again = await need(house, first, anna, 75, "too-much")
    assert again.status_code in (409, 422)
    await rest(house, ticket_id)
    events = [e["type"] for e in await house.timeline(ticket_id)]
    assert events.count("visit.extended") == 2
    assert events.count("visit.extension_refused") == 1


async def test_asked_again_after_they_granted_it_the_calendars_answer_the_same(
    house: House,
) -> None:
    ticket_id, first, anna, second, _ = await begun(house)
    before = await ticket_of(house, ticket_id)
    await need(house, first, anna, 105, "more")
    calendars = booked(house, ticket_id)
    ask = ExtendVisit(ticket=before, visit_id=first, end=at(15.75), now=datetime.now(UTC))
    again = VisitActivities(house.database).extend_visit(ask)
    assert (again.granted, again.end) == (True, at(15.75))
    assert [(m.visit_id, m.start) for m in again.moved] == [(second, at(16.25))]
    assert booked(house, ticket_id) == calendars


async def test_the_same_report_gives_time_once(house: House) -> None:
    ticket_id, first, anna, _, _ = await begun(house)
    body = {
        "client_event_id": "more",
        "type": "need_more_time",
        "minutes": 30,
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    path = f"/visits/{first}/events"
    answers = await asyncio.gather(*(house.expect(anna, "POST", path, body) for _ in range(4)))
    assert {hour(a["end"]) for a in answers} == {14.5}
    await rest(house, ticket_id)
    events = [e["type"] for e in await house.timeline(ticket_id)]
    assert events.count("visit.extended") == 1
    assert await told(house, ticket_id, "assignment.extended") == [bare(anna)]


async def test_a_grant_and_a_booking_at_once_do_not_both_have_the_hour(house: House) -> None:
    ticket_id, first, anna, _, _ = await begun(house)
    other, visit = await waiting(house, between(14.25, 15.75))
    answer, _ = await asyncio.gather(
        need(house, first, anna, 60, "more"), house.propose(visit, anna, [between(14.25, 15.75)])
    )
    await rest(house, ticket_id)
    seen = await rest(house, other)
    ends = booked(house, ticket_id)[first][1]
    if answer.status_code == 200:
        assert (ends, seen["visits"][0]["match_state"]) == (at(15), "NO_COMMON_TIME")
    else:
        refused(answer, 409, "next-visit-affected", "/minutes")
        assert (ends, seen["status"]) == (at(14), "SCHEDULED")


async def test_a_need_that_was_left_by_a_signal_is_granted_or_refused_too(house: House) -> None:
    ticket_id, first, anna, _, _ = await begun(house)
    left = {
        "visit_id": first,
        "kind": "need_more_time",
        "expert_id": bare(anna),
        "occurred_at": datetime.now(UTC).isoformat(),
        "by": {"actor": {"role": "expert", "id": bare(anna)}},
    }
    story = house.workflow(ticket_id)
    for name, minutes in (("a", 30), ("b", 240)):
        said = {**left, "client_event_id": name, "particulars": {"minutes": minutes}}
        await story.signal("visit_reported", said)
    nobody = {
        **left,
        "client_event_id": "c",
        "expert_id": "exp_00000000-0000-7000-8000-000000000000",
    }
    await story.signal("visit_reported", {**nobody, "particulars": {"minutes": 30}})

    async def answered() -> Any:
        await rest(house, ticket_id)
        found = [e for e in await house.timeline(ticket_id) if e["type"] == "command.rejected"]
        return found

    [rejected] = await house.soon(answered, "all three to be answered")
    assert rejected["data"] == {"command": "visit_reported", "code": "assignment-unknown"}
    assert booked(house, ticket_id)[first][1] == at(14.5)
    assert await told(house, ticket_id, "assignment.extended") == [bare(anna)]
    assert await told(house, ticket_id, "visit.extension_refused") == [bare(anna)]


async def test_of_the_next_visit_at_another_customers_nothing_is_told_but_until_when_there_is_room(
    house: House,
) -> None:
    anna = hire(house, "refrigeration")
    _, first = await waiting(house, between(12.5, 14))
    await house.propose(first, anna, [between(12.5, 14)])
    # 10 km to the north: 22 minutes away.
    other = welcome(house, 52.5906, 13.4222)
    their_ticket, theirs = await waiting(house, between(16, 18), who=other)
    await house.propose(theirs, anna, [between(16, 18)])
    seen = await house.until(their_ticket, "SCHEDULED")
    await house.report(first, "on_site", anna)
    answer = await need(house, first, anna, 180, "too-much")
    no = refused(answer, 409, "next-visit-affected", "/minutes")
    assert no["evidence"]["options"] == [
        {"finish_by": f"{at(15.5):%Y-%m-%dT%H:%M:%SZ}", "minutes": 90},
        {"follow_up": True},
    ]
    assert hour(no["evidence"]["next_at"]) <= 16
    named = (bare(other), their_ticket, theirs, f"T-{seen['number']}", seen["number"], "Roe")
    assert [name for name in named if name in answer.text] == []
    assert (await house.ticket(their_ticket))["visits"] == seen["visits"]
    granted = await need(house, first, anna, 90, "as-much-as-there-is")
    assert (granted.status_code, hour(granted.json()["end"])) == (200, 15.5)
    assert (await house.ticket(their_ticket))["visits"] == seen["visits"]
