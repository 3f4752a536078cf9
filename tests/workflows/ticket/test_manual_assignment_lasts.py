"""What was sent by hand survives what befalls workers and workflows."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from activities.matching import MatchingActivities
from models.identity import derived_id
from models.messages.matching import BookByHand
from models.visit import Position
from tests.house import House, living_house
from tests.scratch import scratch_database, scratch_temporal
from tests.workflows.company import (
    DAY,
    add,
    after,
    assignments,
    at,
    bare,
    between,
    crew,
    hire,
    rest,
    told,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.sending import in_order, send, sent_as, wish
from workers.histories import runs_of
from workers.tools.invariants import Premises, check
from workers.tools.timetravel import travelled

TIRES_EARLY = "limit.historyCount.suggestContinueAsNew=15"


async def test_a_booking_that_runs_again_books_once(house: House) -> None:
    expert = bare(hire(house, "refrigeration"))
    ticket_id, visit = await waiting(house, between(8, 12))
    group = (await rest(house, ticket_id))["visits"][0]["group_id"]
    book = MatchingActivities(house.database, house.env.client).book_by_hand
    ask = BookByHand(
        ticket_id=ticket_id,
        group_id=group,
        round=1,
        visit_id=visit,
        position=Position(idx=0, skill="refrigeration"),
        assignment_id=derived_id("asg", visit, "once"),
        expert_id=expert,
        proposal_id=None,
        start=at(8),
        end=at(8) + timedelta(minutes=90),
    )
    for _ in range(3):
        await asyncio.to_thread(book, ask)
    [booked] = assignments(house, ticket_id)
    assert (booked["id"], booked["source"], booked["state"]) == (
        ask.assignment_id,
        "MANUAL",
        "RESERVED",
    )
    with psycopg.connect(house.database_url) as session:
        # Booked past its ticket, which would never let it go.
        session.execute("update assignments set state = 'RELEASED' where id = %s", (booked["id"],))


async def test_the_history_of_a_ticket_settled_by_hand_replays(house: House) -> None:
    sent, second = hire(house, "refrigeration"), hire(house, "electrical")
    ticket_id, first = await waiting(house, between(8, 20))
    follows = await add(house, ticket_id, "electrical", **after(first))
    await send(house, first, sent, at(9))
    refused = await sent_as(house, follows, wish(second, at(15)))
    assert refused.json()["code"] == "gap-broken"
    group = (await rest(house, ticket_id))["visits"][0]["group_id"]
    path = f"/tickets/{ticket_id}/groups/{group}/re-evaluate"
    assert (await house.expect("helpdesk", "POST", path))["match_state"] == "EMPTY"
    await house.propose(follows, second, [between(8, 20)])
    await rest(house, ticket_id)
    journey = await travelled(await house.workflow(ticket_id).fetch_history())
    assert journey.failure is None
    assert journey.ticket is not None
    assert [len(v.crew) for v in journey.ticket.visits] == [1, 1]


async def test_nothing_that_was_asked_is_lost_when_a_ticket_goes_on_in_another_run(
    postgres_url: str, tmp_path: Path
) -> None:
    with scratch_database(postgres_url) as url:
        async with (
            scratch_temporal(TIRES_EARLY) as server,
            living_house(server, url, tmp_path) as house,
        ):
            await _sent_in_many_runs(house)
            assert await check(Premises(house.env.client, house.database))


async def _sent_in_many_runs(house: House) -> None:
    ticket_id, first = await waiting(house, between(8, 20))
    visits = [first, *[await add(house, ticket_id, "refrigeration") for _ in range(4)]]
    sent = [hire(house, "refrigeration") for _ in visits]
    group = (await rest(house, ticket_id))["visits"][-1]["group_id"]
    path = f"/tickets/{ticket_id}/groups/{group}/re-evaluate"
    slots = {"slots": [between(8, 20), between(8, 20, DAY + 1)]}
    for visit, who in zip(visits[:-1], sent[:-1], strict=True):
        answers = await asyncio.gather(
            sent_as(house, visit, wish(who, at(10))),
            house.ask("helpdesk", "POST", path),
            house.ask("customer", "PUT", f"/tickets/{ticket_id}/slots", slots),
        )
        assert [a.is_success for a in answers] == [True] * 3, [a.text for a in answers]
    await send(house, visits[-1], sent[-1], at(10))
    ticket = await rest(house, ticket_id)
    assert (ticket["status"], [crew(v) for v in ticket["visits"]]) == (
        "SCHEDULED",
        [[who] for who in sent],
    )
    runs = await runs_of(house.env.client, house.workflow(ticket_id).id)
    assert len(runs) > 2
    assert in_order(house.database)


async def test_a_cancellation_has_its_turn_after_the_booking_that_was_under_way(
    house: House,
) -> None:
    sent = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    with busy_calendar(house, sent):
        asked = asyncio.create_task(sent_as(house, visit, wish(sent, at(10))))
        await being_booked(house, ticket_id)
        cancel = house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
        cancelling = asyncio.create_task(cancel)
        await taken(house, ticket_id, "cancel")
    assert (await asked).status_code == 201
    assert (await cancelling)["status"] == "CANCELLED"
    await house.until(ticket_id, "CANCELLED")
    assert [a["state"] for a in assignments(house, ticket_id)] == ["RELEASED"]
    for template in ("expert.assigned", "assignment.cancelled"):
        assert len(await told(house, ticket_id, template)) == 1
    _, free = await waiting(house, between(8, 12))
    await send(house, free, sent, at(10))
    assert in_order(house.database)


async def test_a_time_that_the_customer_takes_back_meanwhile_is_not_theirs_any_more(
    house: House,
) -> None:
    sent = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    key, body = str(uuid.uuid4()), wish(sent, at(10))
    with busy_calendar(house, sent):
        asked = asyncio.create_task(sent_as(house, visit, body, key))
        await being_booked(house, ticket_id)
        slots = {"slots": [between(14, 18)]}
        put = house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", slots)
        putting = asyncio.create_task(put)
        await taken(house, ticket_id, "change_slots")
    assert (await asked).status_code == 201
    await putting
    ticket = await rest(house, ticket_id)
    assert (ticket["status"], ticket["visits"][0]["state"]) == ("MATCHING", "OPEN")
    assert [a["state"] for a in assignments(house, ticket_id)] == ["RELEASED"]
    assert in_order(house.database)


async def test_requests_are_carried_out_in_the_order_in_which_they_came(house: House) -> None:
    first, second = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    with busy_calendar(house, first):
        asked = asyncio.create_task(sent_as(house, visit, wish(first, at(10))))
        await being_booked(house, ticket_id)
        cancel = house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
        cancelling = asyncio.create_task(cancel)
        await taken(house, ticket_id, "cancel")
        late = asyncio.create_task(sent_as(house, visit, wish(second, at(10.5))))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(late), 0.3)
    assert (await asked).status_code == 201
    await cancelling
    refused = await late
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal-transition")
    assert await told(house, ticket_id, "expert.assigned") != []
    assert bare(second) not in {a["expert_id"] for a in assignments(house, ticket_id)}


async def taken(house: House, ticket_id: str, update: str) -> None:
    """A request is in the ticket's history."""

    async def accepted() -> bool:
        history = await house.workflow(ticket_id).fetch_history()
        return any(
            e.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
            == update
            for e in history.events
        )

    await house.soon(accepted, f"{update} in the history")


@contextmanager
def busy_calendar(house: House, who: str) -> Iterator[None]:
    """Somebody else holds an expert's calendar: who wants to book them waits."""
    with psycopg.connect(house.database_url) as session:
        session.execute("select from experts where id = %s for update", (bare(who),))
        yield


async def being_booked(house: House, ticket_id: str) -> None:
    """The wish has reached the calendar."""

    async def pending() -> bool:
        described = (await house.workflow(ticket_id).describe()).raw_description
        return any(a.activity_type.name == "book_by_hand" for a in described.pending_activities)

    await house.soon(pending, "the booking to begin")
