"""Who hears of a booking, once, and what becomes of questions and of those who take it back."""

from datetime import timedelta
from typing import Any

from tests.house import House
from tests.workflows.company import (
    DAY,
    add,
    after,
    assignments,
    bare,
    between,
    crew,
    hire,
    hour,
    proposals,
    rest,
    stands,
    times,
    told,
    waiting,
)
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import matched_anew


async def test_losers_and_winners_are_told_once_a_booking(house: House) -> None:
    winner, twice, loser = (hire(house, "refrigeration") for _ in range(3))
    ticket_id, visit = await waiting(house)
    for who in (winner, twice, loser, twice, winner):
        await house.propose(visit, who, [between(8, 12)])
    await times(house, ticket_id, between(8, 20))
    customer = (await _settled(house, ticket_id))["customer_id"]
    assert await told(house, ticket_id, "visit.scheduled") == [customer]
    assert await told(house, ticket_id, "proposal.selected") == [bare(winner)]
    lost = sorted([bare(twice), bare(loser)])
    assert await told(house, ticket_id, "proposal.released") == lost


async def test_who_wins_two_visits_of_a_group_hears_of_each_and_the_customer_of_both_at_once(
    house: House,
) -> None:
    winner = hire(house, "refrigeration")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "refrigeration", **after(first))
    for visit in (first, second):
        await house.propose(visit, winner, [between(8, 20)])
    await times(house, ticket_id, between(8, 20))
    customer = (await _settled(house, ticket_id))["customer_id"]
    assert await told(house, ticket_id, "proposal.selected") == [bare(winner)] * 2
    assert await told(house, ticket_id, "visit.scheduled") == [customer]


async def test_who_wins_one_visit_and_loses_another_is_told_that_they_won(house: House) -> None:
    earlier, winner = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "refrigeration", **after(first))
    for visit, who in ((first, earlier), (first, winner), (second, winner)):
        await house.propose(visit, who, [between(8, 20)])
    await times(house, ticket_id, between(8, 20))
    await _settled(house, ticket_id)
    both = sorted([bare(earlier), bare(winner)])
    assert await told(house, ticket_id, "proposal.selected") == both
    assert await told(house, ticket_id, "proposal.released") == []


async def test_every_new_booking_of_a_group_is_told_anew(house: House) -> None:
    first, second = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    for who, day in ((first, DAY), (second, DAY + 1)):
        await house.propose(visit, who, [between(8, 12, day)])
    await times(house, ticket_id, between(8, 20))
    await _settled(house, ticket_id)
    await times(house, ticket_id, between(8, 20, DAY + 1))
    seen = await _staffed(house, ticket_id, second)
    assert hour(seen["start"], DAY + 1) == 8
    assert len(await told(house, ticket_id, "visit.scheduled")) == 2
    both = sorted([bare(first), bare(second)])
    assert await told(house, ticket_id, "proposal.selected") == both


async def test_a_question_is_answered_by_itself_once_the_group_is_booked(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    await rest(house, ticket_id)
    await house.propose(visit, expert, [between(8, 12)])
    asked = (await _settled(house, ticket_id))["escalations"]
    assert [(e["reason"], e["state"]) for e in asked] == [("NO_COMMON_TIME", "AUTO_RESOLVED")]


async def test_a_question_follows_what_is_missing(house: House) -> None:
    cooler, electrician = hire(house, "hvac"), hire(house, "electrical")
    body = {"model_id": "mod_daikin-ftxm35r"}
    ticket_id, visit = await waiting(house, between(8, 12), **body)
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    asked = [("NO_PROPOSALS", "OPEN")]
    assert await _questions(house, ticket_id) == asked
    for who, window, reason in (
        (cooler, between(8, 12), "PARTIAL"),
        (electrician, between(14, 18), "NO_COMMON_TIME"),
    ):
        await house.propose(visit, who, [window])
        asked = [*((r, "AUTO_RESOLVED") for r, _ in asked), (reason, "OPEN")]
        assert await _questions(house, ticket_id) == asked


async def test_who_is_chosen_and_withdraws_is_replaced_by_the_next(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    chosen = await house.propose(visit, one, [between(8, 12)])
    await house.propose(visit, other, [between(8, 12)])
    await times(house, ticket_id, between(8, 12))
    await _settled(house, ticket_id)
    await house.expect(one, "DELETE", f"/proposals/{chosen['id']}")
    await matched_anew(house, ticket_id)
    assert hour((await _staffed(house, ticket_id, other))["start"]) == 8
    states = [p["state"] for p in (await proposals(house, visit)).values()]
    assert states == ["WITHDRAWN", "SELECTED"]
    held = {a["expert_id"]: a["state"] for a in assignments(house, ticket_id)}
    assert held.pop(bare(one)) in ("RELEASED", "CANNOT_ARRIVE")
    assert held == {bare(other): "RESERVED"}


async def _settled(house: House, ticket_id: str) -> Any:
    await house.until(ticket_id, "SCHEDULED")
    return await rest(house, ticket_id)


async def _staffed(house: House, ticket_id: str, who: str) -> Any:
    async def there() -> Any:
        visit = (await rest(house, ticket_id))["visits"][0]
        return visit if crew(visit) == [who] else None

    return await house.soon(there, f"{who} to be booked")


async def _questions(house: House, ticket_id: str) -> list[tuple[str, str]]:
    asked = (await rest(house, ticket_id))["escalations"]
    return [(e["reason"], e["state"]) for e in sorted(asked, key=lambda e: e["opened_at"])]
