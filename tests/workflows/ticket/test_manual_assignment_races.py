"""Of two wishes for one expert, or for one place, one is granted."""

import asyncio
import uuid

from tests.house import House
from tests.workflows.company import assignments, at, between, crew, hire, rest, waiting
from tests.workflows.company import parting as parting
from tests.workflows.sending import in_order, sent_as, wish


async def test_sending_twice_under_one_key_sends_once(house: House) -> None:
    sent, key = hire(house, "refrigeration"), str(uuid.uuid4())
    ticket_id, visit = await waiting(house, between(8, 12))
    body = wish(sent, at(10))
    first = await sent_as(house, visit, body, key)
    again = await sent_as(house, visit, body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    await rest(house, ticket_id)
    assert len(assignments(house, ticket_id)) == 1
    other = wish(sent, at(11))
    assert (await sent_as(house, visit, other, key)).json()["code"] == "idempotency-key-reused"


async def test_of_two_tickets_that_want_one_expert_at_one_time_exactly_one_gets_them(
    house: House,
) -> None:
    for round_ in range(6):
        sent = hire(house, "refrigeration")
        made = [await waiting(house, between(8, 12)) for _ in range(2)]
        answers = await asyncio.gather(
            *(sent_as(house, visit, wish(sent, at(8 + round_ % 2))) for _, visit in made)
        )
        assert sorted(a.status_code for a in answers) == [201, 409]
        [lost] = [a.json() for a in answers if a.status_code == 409]
        assert lost["code"] == "expert-busy"
        seen = [(await rest(house, ticket))["visits"][0]["state"] for ticket, _ in made]
        assert sorted(seen) == ["OPEN", "SCHEDULED"]
    assert in_order(house.database)


async def test_of_two_wishes_for_one_position_exactly_one_is_granted(house: House) -> None:
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    answers = await asyncio.gather(
        *(sent_as(house, visit, wish(who, at(10))) for who in (one, other))
    )
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert len(crew((await rest(house, ticket_id))["visits"][0])) == 1
    assert in_order(house.database)


async def test_a_wish_and_the_matching_do_not_both_book_a_visit(house: House) -> None:
    for _ in range(5):
        sent, own = hire(house, "refrigeration"), hire(house, "refrigeration")
        ticket_id, visit = await waiting(house, between(8, 12))
        answer, _ = await asyncio.gather(
            sent_as(house, visit, wish(sent, at(10))),
            house.ask(own, "POST", f"/visits/{visit}/proposals", {"windows": [between(8, 12)]}),
        )
        seen = (await rest(house, ticket_id))["visits"][0]
        assert crew(seen) == ([sent] if answer.status_code == 201 else [own])
    assert in_order(house.database)


async def test_a_ticket_cancelled_while_somebody_is_being_sent_books_nobody(house: House) -> None:
    for _ in range(6):
        sent = hire(house, "refrigeration")
        ticket_id, visit = await waiting(house, between(8, 12))
        answer, _ = await asyncio.gather(
            sent_as(house, visit, wish(sent, at(10))),
            house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {}),
        )
        assert answer.status_code in (201, 409), answer.text
        await house.until(ticket_id, "CANCELLED")
        assert all(a["state"] == "RELEASED" for a in assignments(house, ticket_id))
