"""More time that was granted and is not needed, over the whole house: the calendars have it back,
and who was told of it hears of the way back."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from activities.visit import VisitActivities
from models.messages.visit import GiveTimeBack
from models.rules.visit.giving_back import return_due
from tests.house import House
from tests.workflows.company import add, after, at, bare, between, hire, hour, rest, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.imagined import ticket_of
from tests.workflows.ticket.test_more_time import booked, need, wrong_of


@pytest.fixture(autouse=True)
def patient(house: House) -> Iterator[None]:
    """Reports may be taken back for ten minutes."""
    update = "update policies set value = %s where (name, urgency) = ('correction_window', %s)"
    with psycopg.connect(house.database_url, autocommit=True) as session:
        session.execute(update, ("PT10M", "normal"))
        yield
        session.execute(update, ("PT0S", "normal"))


async def begun(house: House) -> tuple[str, str, str, str, str]:
    """A ticket, its first visit from 12:30 to 14:00, which has begun, with its expert; a second one
    from 16:00 to 17:00 with another, who mends fridges too; both have acknowledged."""
    anna, ben = hire(house, "refrigeration"), hire(house, "electrical", "refrigeration")
    ticket_id, first = await waiting(house, between(12.5, 14))
    more = after(first, "PT30M", "PT2H")
    second = await add(house, ticket_id, "electrical", slots=[between(16, 18)], **more)
    await house.propose(first, anna, [between(12.5, 14)])
    await house.propose(second, ben, [between(16, 18)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(first, "on_site", anna)
    return ticket_id, first, anna, second, ben


def taking_back(name: str, **instead: Any) -> dict[str, Any]:
    """A report that takes another back, and perhaps stands in its place."""
    return {
        "client_event_id": str(uuid.uuid4()),
        "corrects": name,
        "occurred_at": datetime.now(UTC).isoformat(),
        **instead,
    }


async def take_back(house: House, visit: str, expert: str, name: str, **instead: Any) -> Any:
    """They take a report back."""
    said = taking_back(name, **instead)
    return await house.expect(expert, "POST", f"/visits/{visit}/events", said)


async def written(house: House, ticket_id: str, words: str) -> None:
    """Somebody has a letter about the ticket with these words."""
    number = str((await house.ticket(ticket_id))["number"])

    async def sent() -> bool:
        return any(words in letter and number in letter for letter in house.letters())

    await house.soon(sent, f"a letter that says {words}")


async def returned(house: House, ticket_id: str, times: int = 1) -> list[Any]:
    """What the timeline says of time that was given back so often, once the ticket rests."""

    async def noted() -> Any:
        found = [e for e in await house.timeline(ticket_id) if e["type"] == "visit.time_given_back"]
        return found if len(found) == times else None

    found: list[Any] = await house.soon(noted, "the time to be given back")
    await rest(house, ticket_id)
    return [e["data"] for e in found]


async def test_a_need_that_moved_nothing_is_taken_back_and_the_end_is_what_it_was(
    house: House,
) -> None:
    ticket_id, first, anna, second, _ = await begun(house)
    await need(house, first, anna, 30, "more")
    await take_back(house, first, anna, "more")
    [facts] = await returned(house, ticket_id)
    assert (facts["minutes"], hour(facts["end"])) == (30, 14)
    assert (facts["moved"], facts["stayed"]) == ([], [])
    assert booked(house, ticket_id)[first] == (at(12.5), at(14), at(14))
    assert booked(house, ticket_id)[second] == (at(16), at(17), at(17))
    assert await told(house, ticket_id, "assignment.shortened") == [bare(anna)]
    assert await told(house, ticket_id, "assignment.brought_forward") == []
    assert wrong_of(house, ticket_id) == []


async def test_what_moved_is_back_where_it_was_and_each_hears_of_it_once(house: House) -> None:
    ticket_id, first, anna, second, ben = await begun(house)
    await need(house, first, anna, 105, "more")
    assert booked(house, ticket_id)[second] == (at(16.25), at(17.25), at(17.25))
    await written(house, ticket_id, "begins later")
    for _ in range(2):
        await take_back(house, first, anna, "more")
    [facts] = await returned(house, ticket_id)
    assert (facts["minutes"], hour(facts["end"]), facts["moved"]) == (105, 14, [second])
    assert booked(house, ticket_id)[first] == (at(12.5), at(14), at(14))
    assert booked(house, ticket_id)[second] == (at(16), at(17), at(17))
    ticket = await rest(house, ticket_id)
    assert [(hour(v["start"]), hour(v["end"])) for v in ticket["visits"]] == [(12.5, 14), (16, 17)]
    assert await told(house, ticket_id, "assignment.brought_forward") == [bare(ben)]
    assert await told(house, ticket_id, "assignment.shortened") == [bare(anna)]
    assert await told(house, ticket_id, "visit.changed") == 2 * [ticket["customer_id"]]
    await written(house, ticket_id, "begins earlier again")
    assert wrong_of(house, ticket_id) == []


async def test_whose_hour_is_taken_by_then_comes_as_late_and_the_gap_is_kept(house: House) -> None:
    ticket_id, first, anna, second, ben = await begun(house)
    await need(house, first, anna, 105, "more")
    other, visit = await waiting(house, between(14.75, 16.25))
    await house.propose(visit, ben, [between(14.75, 16.25)])
    await house.until(other, "SCHEDULED")
    await take_back(house, first, anna, "more")
    [facts] = await returned(house, ticket_id)
    assert (facts["minutes"], hour(facts["end"])) == (90, 14.25)
    assert (facts["moved"], facts["stayed"]) == ([], [second])
    assert booked(house, ticket_id)[first] == (at(12.5), at(14.25), at(14.25))
    assert booked(house, ticket_id)[second] == (at(16.25), at(17.25), at(17.25))
    assert await told(house, ticket_id, "assignment.brought_forward") == []
    assert wrong_of(house, ticket_id) == wrong_of(house, other) == []


async def test_less_is_asked_for_in_its_place_and_counts_from_the_end_without_it(
    house: House,
) -> None:
    ticket_id, first, anna, second, _ = await begun(house)
    await need(house, first, anna, 105, "more")
    less = await take_back(house, first, anna, "more", type="need_more_time", minutes=30)
    assert (less["effect"], hour(less["end"])) == ("applied", 14.5)
    assert booked(house, ticket_id)[first] == (at(12.5), at(14.5), at(14.5))
    assert booked(house, ticket_id)[second] == (at(16), at(17), at(17))
    await returned(house, ticket_id)
    assert wrong_of(house, ticket_id) == []


async def test_of_two_grants_the_newer_stays(house: House) -> None:
    ticket_id, first, anna, second, _ = await begun(house)
    await need(house, first, anna, 30, "more")
    await need(house, first, anna, 75, "still-more")
    assert booked(house, ticket_id)[second][0] == at(16.25)
    await take_back(house, first, anna, "more")
    [facts] = await returned(house, ticket_id)
    assert (facts["minutes"], hour(facts["end"]), facts["moved"]) == (30, 15.25, [second])
    assert booked(house, ticket_id)[first][1] == at(15.25)
    assert booked(house, ticket_id)[second] == (at(16), at(17), at(17))
    assert wrong_of(house, ticket_id) == []


async def test_asked_again_after_they_gave_it_back_the_calendars_answer_the_same(
    house: House,
) -> None:
    ticket_id, first, anna, second, _ = await begun(house)
    await need(house, first, anna, 105, "more")
    before = await ticket_of(house, ticket_id)
    ask = _taken_back(before, first)
    activities = VisitActivities(house.database)
    answers = [activities.give_time_back(ask) for _ in range(2)]
    for back in answers:
        assert back.end == at(14)
        assert [(m.visit_id, m.start) for m in back.moved] == [(second, at(16))]
    assert booked(house, ticket_id)[first] == (at(12.5), at(14), at(14))
    # And a worker that died right after it: the ticket goes on from what the calendars have.
    await take_back(house, first, anna, "more")
    [facts] = await returned(house, ticket_id)
    assert (hour(facts["end"]), facts["moved"]) == (14, [second])
    assert booked(house, ticket_id)[second] == (at(16), at(17), at(17))
    assert wrong_of(house, ticket_id) == []


def _taken_back(ticket: Any, visit_id: str) -> GiveTimeBack:
    """What the calendars would be asked if all that was granted were taken back."""
    visit = ticket.visit(visit_id)
    facts = tuple(f.but(withdrawn=f.granted is not None) for f in visit.facts)
    ask = return_due(ticket.with_visit(visit.but(facts=facts)), datetime.now(UTC))
    assert ask is not None
    return ask
