"""Times offered to the customer by a link that is signed, ends, and is good for one answer."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

from tests.house import LIMIT, House
from tests.workflows.company import (
    DAY,
    bare,
    between,
    hire,
    rest,
    times,
    told,
    waiting,
)
from tests.workflows.company import parting as parting

NEXT = DAY + 1


async def test_an_offered_time_is_accepted_once_and_settled_within_two_seconds(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 20, NEXT)])
    offer, token = await _offer(house, ticket_id)
    await rest(house, ticket_id)
    customer = (await house.ticket(ticket_id))["customer_id"]
    assert await told(house, ticket_id, "slots.offered") == [customer]
    shown = await house.http.get(f"/v1/offers/{token}")
    assert shown.json() == offer
    assert bare(expert) not in shown.text
    began = time.monotonic()
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 1})
    assert answer.is_success, answer.text
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert time.monotonic() - began < LIMIT
    assert seen["start"] == offer["options"][1]["visits"][0]["start"]
    same = await house.http.post(f"/v1/offers/{token}", json={"option": 1})
    assert (same.status_code, same.json()) == (200, answer.json())
    assert "Idempotency-Replayed" not in answer.headers
    assert same.headers["Idempotency-Replayed"] == "true"
    again = await house.http.post(f"/v1/offers/{token}", json={"option": 0})
    assert (again.status_code, again.json()["code"]) == (409, "offer-used")
    assert again.json()["evidence"] == {"accepted": 1}
    used = await house.http.get(f"/v1/offers/{token}")
    assert (shown.json()["accepted"], used.json()["accepted"]) == (None, 1)
    assert (await rest(house, ticket_id))["visits"][0]["start"] == seen["start"]


async def test_a_used_offer_says_so_also_when_its_ticket_is_over(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 20, NEXT)])
    _, token = await _offer(house, ticket_id)
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 1})
    assert answer.is_success, answer.text
    await house.until(ticket_id, "SCHEDULED")
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    same = await house.http.post(f"/v1/offers/{token}", json={"option": 1})
    assert (same.status_code, same.json()) == (200, answer.json())
    assert same.headers["Idempotency-Replayed"] == "true"
    other = await house.http.post(f"/v1/offers/{token}", json={"option": 0})
    assert (other.status_code, other.json()["code"]) == (409, "offer-used")
    assert (await house.http.get(f"/v1/offers/{token}")).json()["accepted"] == 1


async def test_a_forged_or_expired_offer_is_not_accepted(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 20, NEXT)])
    offer, token = await _offer(house, ticket_id)
    expires = datetime.fromisoformat(offer["expires_at"])
    now = datetime.now(expires.tzinfo)
    assert timedelta(hours=23) < expires - now <= timedelta(hours=24)
    named, _, signature = token.rpartition(".")
    swapped = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB")
    longer = f"{named.rpartition('.')[0]}.{int(expires.timestamp()) + 9}.{signature}"
    stale = house.services.offers.token(ticket_id, offer["offer_id"], now - timedelta(seconds=1))
    for bad in (f"{named}.{swapped}", longer, stale, "x", "a.b.c.d", "%00"):
        answer = await house.http.post(f"/v1/offers/{bad}", json={"option": 0})
        assert answer.status_code == 404, f"{bad}: {answer.status_code} {answer.text}"
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 20})
    assert answer.status_code == 422, answer.text
    overtaken, visit = await waiting(house, between(8, 12))
    await house.propose(visit, hire(house, "refrigeration"), [between(8, 20, NEXT)])
    _, late = await _offer(house, overtaken)
    await times(house, overtaken, between(8, 20, NEXT))
    await house.until(overtaken, "SCHEDULED")
    answer = await house.http.post(f"/v1/offers/{late}", json={"option": 0})
    assert (answer.status_code, answer.json()["code"]) == (409, "offer-overtaken")
    await house.later(ticket_id, timedelta(hours=24, seconds=5))
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 0})
    assert (answer.status_code, answer.json()["code"]) == (409, "offer-expired")
    assert (await rest(house, ticket_id))["visits"][0]["start"] is None


async def test_an_accepted_time_is_booked_at_once_even_where_full_groups_are_held(
    house: House,
) -> None:
    expert, policy = hire(house, "refrigeration"), "/policies/normal/match_hold"
    await house.expect("admin", "PUT", policy, {"value": "PT2H"})
    try:
        ticket_id, visit = await waiting(house, between(8, 10))
    finally:
        await house.expect("admin", "PUT", policy, {"value": "PT0S"})
    await house.propose(visit, expert, [between(8, 12, NEXT)])
    _, token = await _offer(house, ticket_id)
    began = time.monotonic()
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 0})
    assert answer.is_success, answer.text
    await house.until(ticket_id, "SCHEDULED")
    assert time.monotonic() - began < LIMIT


async def test_of_two_answers_at_once_one_counts(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 10))
    await house.propose(visit, expert, [between(8, 20, NEXT)])
    offer, token = await _offer(house, ticket_id)
    answers = await asyncio.gather(
        *(house.http.post(f"/v1/offers/{token}", json={"option": n}) for n in range(4))
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    [option] = [n for n, answer in enumerate(answers) if answer.is_success]
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert seen["start"] == offer["options"][option]["visits"][0]["start"]


async def test_an_offered_time_that_is_gone_is_refused_and_the_others_stay_good(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 10))
    two = [between(8, 9.5, NEXT), between(12, 13.5, NEXT)]
    await house.propose(visit, expert, two)
    offer, token = await _offer(house, ticket_id)
    assert len(offer["options"]) == 2
    other, taken = await waiting(house, two[0])
    await house.propose(taken, expert, two[:1])
    await house.until(other, "SCHEDULED")
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 0})
    assert answer.status_code == 409, answer.text
    assert (await rest(house, ticket_id))["status"] == "MATCHING"
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 1})
    assert answer.is_success, answer.text
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert seen["start"] == offer["options"][1]["visits"][0]["start"]


async def _offer(house: House, ticket_id: str) -> tuple[Any, str]:
    """Times offered to the customer, and the token that the message would carry."""
    offer = await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/slot-offers", {})
    expires = datetime.fromisoformat(offer["expires_at"])
    return offer, house.services.offers.token(ticket_id, offer["offer_id"], expires)
