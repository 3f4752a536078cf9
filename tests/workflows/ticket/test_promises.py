"""What a customer agreed to, and what they say afterwards: the last word is theirs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import House
from tests.workflows.company import (
    DAY,
    add,
    after,
    at,
    between,
    crew,
    hire,
    hour,
    refused,
    rest,
    times,
    waiting,
)
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import matched_anew
from tests.workflows.sending import send

NEXT = DAY + 1
HOME = (between(9, 12), between(9, 13, NEXT))
"""When the customer is at home at first."""


async def test_after_an_accepted_offer_new_times_of_the_customer_count(house: House) -> None:
    priya, owen, ticket_id, _ = await agreed_to_one_o_clock(house)
    seen = await times(house, ticket_id, *HOME)
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (crew(seen), hour(seen["start"], NEXT)) == ([priya], 13)
    await times(house, ticket_id, between(7, 9))
    seen = await booked(house, ticket_id)
    assert (crew(seen), hour(seen["start"])) == ([owen], 7)


async def test_after_an_accepted_offer_that_its_expert_leaves_new_times_match(
    house: House,
) -> None:
    priya, owen, ticket_id, mine = await agreed_to_one_o_clock(house)
    await house.expect(priya, "DELETE", f"/proposals/{mine}")
    await matched_anew(house, ticket_id)
    assert (await rest(house, ticket_id))["status"] == "MATCHING"
    await times(house, ticket_id, between(7, 9))
    seen = await booked(house, ticket_id)
    assert (crew(seen), hour(seen["start"])) == ([owen], 7)


async def test_after_a_time_set_by_hand_outside_the_slots_new_times_count(house: House) -> None:
    priya, owen = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, *HOME)
    await house.propose(visit, owen, [between(7, 9)])
    await send(house, visit, priya, at(13, NEXT), customer_consent=True)
    await times(house, ticket_id, *HOME)
    assert crew((await rest(house, ticket_id))["visits"][0]) == [priya]
    await times(house, ticket_id, between(7, 9))
    seen = await booked(house, ticket_id)
    assert (crew(seen), hour(seen["start"])) == ([owen], 7)


async def test_a_visit_that_would_be_dragged_along_is_too_near_as_well(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "electrical")
    soon = datetime.now(UTC) + timedelta(minutes=62)
    start = datetime.fromtimestamp(soon.timestamp() // 900 * 900 + 900, UTC)
    kept, later = slot(start, 1.5), slot(start + timedelta(hours=3), 1)
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "electrical", **after(first, "PT0S", "PT4H"))
    await house.propose(first, one, [kept])
    await house.propose(second, other, [later, between(8, 12)])
    await times(house, ticket_id, kept, later)
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    path, dropped = f"/tickets/{ticket_id}/slots", {"slots": [kept, between(8, 12)]}
    problem = await refused(house, 409, "reschedule-cutoff", "customer", "PUT", path, dropped)
    assert problem["evidence"]["visit_id"] == first
    assert [v["start"] for v in (await rest(house, ticket_id))["visits"]] == [
        v["start"] for v in seen
    ]


async def agreed_to_one_o_clock(house: House) -> tuple[str, str, str, str]:
    """Priya is to come at 13:00 of the second day, which the customer took from an offer; Owen
    could come early on the first. Both, the ticket, and Priya's proposal."""
    priya, owen = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, *HOME)
    mine = await house.propose(visit, priya, [between(13, 18, NEXT)])
    await house.propose(visit, owen, [between(7, 9)])
    offer = await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/slot-offers", {})
    expires = datetime.fromisoformat(offer["expires_at"])
    token = house.services.offers.token(ticket_id, offer["offer_id"], expires)
    starts = [o["visits"][0]["start"] for o in offer["options"]]
    option = [hour(s, NEXT) for s in starts].index(13)
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": option})
    assert answer.is_success, answer.text
    seen = await booked(house, ticket_id)
    assert (crew(seen), hour(seen["start"], NEXT)) == ([priya], 13)
    return priya, owen, ticket_id, mine["id"]


async def booked(house: House, ticket_id: str) -> Any:
    """The visit of a ticket that rests and is settled."""
    ticket = await rest(house, ticket_id)
    assert ticket["status"] == "SCHEDULED", ticket
    return ticket["visits"][0]


def slot(start: datetime, hours: float) -> dict[str, str]:
    """So many hours from an instant on."""
    return {"start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()}
