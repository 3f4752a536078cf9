"""An offer of times: the customer is told, and what they take is booked at once."""

from datetime import datetime

from tests.house import House
from tests.workflows.company import (
    DAY,
    between,
    hire,
    rest,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)


async def test_the_customer_is_told_of_an_offer(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 10))
    await house.propose(visit, expert, [between(8, 12, DAY + 1)])
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/slot-offers", {})
    page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={ticket_id}")
    await rest(house, ticket_id)
    to_customer = {n["template"] for n in page["items"] if n["recipient_role"] == "customer"}
    assert to_customer - {"ticket.received"}, to_customer


async def test_an_accepted_time_is_booked_at_once_even_where_full_groups_are_held(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    await house.expect("admin", "PUT", "/policies/normal/match_hold", {"value": "PT2H"})
    try:
        ticket_id, visit = await waiting(house, between(8, 10))
    finally:
        await house.expect("admin", "PUT", "/policies/normal/match_hold", {"value": "PT0S"})
    await house.propose(visit, expert, [between(8, 12, DAY + 1)])
    offer = await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/slot-offers", {})
    expires = datetime.fromisoformat(offer["expires_at"])
    token = house.services.offers.token(ticket_id, offer["offer_id"], expires)
    assert (await house.http.post(f"/v1/offers/{token}", json={"option": 0})).is_success
    await house.until(ticket_id, "SCHEDULED")


async def test_an_offered_time_that_is_gone_is_refused_and_the_link_stays_good(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 10))
    only = between(8, 9.5, DAY + 1)
    await house.propose(visit, expert, [only])
    offer = await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/slot-offers", {})
    expires = datetime.fromisoformat(offer["expires_at"])
    token = house.services.offers.token(ticket_id, offer["offer_id"], expires)
    other, taken = await waiting(house, only)
    await house.propose(taken, expert, [only])
    await house.until(other, "SCHEDULED")
    answer = await house.http.post(f"/v1/offers/{token}", json={"option": 0})
    assert answer.status_code == 409, f"{answer.status_code} {answer.text}"
